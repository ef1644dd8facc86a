#include "catch.h"
#include "nn/layers/layers.h"

using namespace heed;
using namespace layers;

TEST_CASE("repeat makes separate layers, copies share", "[parameters]") {
  const Stack<> model{.width = 2, .depth = 2};
  CHECK_FALSE(model.blocks[0].up.weight.is(model.blocks[1].up.weight));
  const Stack<> copy = model;
  const Stack<> none{.width = 2, .depth = -1};
  CHECK_THROWS_WITH(nn::parameters(none),
                    Catch::Matchers::Contains("repeat: the number of layers is -1, but it must not be negative"));
  CHECK(copy.blocks[0].up.weight.is(model.blocks[0].up.weight));
}

TEST_CASE("repeat refuses layers that share parameters", "[parameters]") {
  const Dense outside{.in = 2, .out = 2};
  struct Pair {
    Dense own, shared;
  };
  const auto pair = [&](int) { return Pair{.own = Dense{.in = 2, .out = 2}, .shared = outside}; };
  CHECK_THROWS_WITH(nn::repeat(3, pair),
                    "repeat: layer 1 shares shared.weight with an earlier layer: a copy of a layer shares its "
                    "parameters, so build it inside the function");
  CHECK(nn::repeat(1, pair).size() == 1);
  using Part = nn::OneOf<Dense, Pair>;
  CHECK_THROWS_WITH(nn::repeat(2, [&](int) { return Part(outside); }),
                    Catch::Matchers::Contains("layer 1 shares weight"));
  CHECK(nn::repeat(2, [](int i) { return i; }) == std::vector<int>{0, 1});  // no layers
}
