// expect: Field<Tied, .*"other"}, const Scale ?\*
#include <heed/graph/create.h>
#include <heed/nn/fields/parameters.h>

struct Scale {
  heed::nn::Parameter factor = heed::ones({1});
};
struct Tied {
  Scale scale{};
  const Scale* other = nullptr;
};

void f(const Tied& layer) { heed::nn::parameters(layer); }
