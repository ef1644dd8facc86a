// expect: a field of a layer must be a Size, float, double, bool
#include <heed/graph/create.h>
#include <heed/nn/fields/parameters.h>

struct Widths {
  std::vector<float> widths{};
};

void f(const Widths& layer) { heed::nn::parameters(layer); }
