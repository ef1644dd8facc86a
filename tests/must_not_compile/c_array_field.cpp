// expect: a field of a layer must not be a C array: make it a std::array
#include <heed/graph/create.h>
#include <heed/nn/fields/parameters.h>

struct Pair {
  heed::Size width;
  heed::nn::Parameter factors[2] = {heed::ones({width}), heed::ones({width})};
};

void f(const Pair& layer) { heed::nn::parameters(layer); }
