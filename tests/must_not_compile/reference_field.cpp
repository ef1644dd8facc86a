// expect: the fields of this layer cannot be listed: one of them is a reference or cannot be moved
#include <heed/graph/create.h>
#include <heed/nn/fields/parameters.h>

struct Tied {
  heed::Size width;
  heed::nn::Parameter& weight;
};

void f(const Tied& layer) { heed::nn::parameters(layer); }
