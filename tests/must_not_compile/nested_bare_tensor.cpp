// expect: Field<Inner, .*"table"}, heed::Tensor
#include <heed/graph/create.h>
#include <heed/nn/fields/parameters.h>

struct Inner {
  heed::Tensor table = heed::ones({1});
};
struct Outer {
  std::vector<std::optional<Inner>> inner{};
};

void f(const Outer& layer) { heed::nn::parameters(layer); }
