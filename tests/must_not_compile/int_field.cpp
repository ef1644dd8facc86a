// expect: an integer field of a layer must be a Size
#include <heed/graph/create.h>
#include <heed/nn/fields/parameters.h>

struct Scale {
  int width = 1;
  heed::nn::Parameter factor = heed::ones({width});
};

void f(const Scale& layer) { heed::nn::parameters(layer); }
