// expect: the hyperparameters of a layer must be its first fields: move this one up
#include <heed/graph/create.h>
#include <heed/nn/fields/parameters.h>

struct Scale {
  heed::nn::Parameter factor = heed::ones({1});
  float rate = 0.1f;
};

void f(const Scale& layer) { heed::nn::parameters(layer); }
