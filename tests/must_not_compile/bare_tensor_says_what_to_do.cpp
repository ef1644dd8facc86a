// expect: a field of a layer must not be a bare Tensor: make it a Parameter or a Buffer
#include <heed/graph/create.h>
#include <heed/nn/fields/parameters.h>

struct Scale {
  heed::Size width;
  heed::Tensor factor = heed::ones({width});
};

void f(const Scale& layer) { heed::nn::parameters(layer); }
