// expect: a layer must not have a base class: make it a field
#include <heed/graph/create.h>
#include <heed/nn/fields/parameters.h>

struct Scale {
  heed::nn::Parameter factor = heed::ones({1});
};
struct Shifted : Scale {
  heed::nn::Parameter shift = heed::ones({1});
};

void f(const Shifted& layer) { heed::nn::parameters(layer); }
