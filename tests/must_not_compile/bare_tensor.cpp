// expect: Field<Scale, .*"factor"}, heed::Tensor
#include <heed/graph/create.h>
#include <heed/nn/fields/parameters.h>

struct Scale {
  heed::Size width;
  heed::Tensor factor = heed::ones({width});
};

void f(const Scale& layer) { heed::nn::parameters(layer); }
