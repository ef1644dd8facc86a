#include "catch.h"
#include "nn/layers/layers.h"

using namespace heed;
using namespace layers;
namespace fields = heed::nn::fields;

namespace {

template <class Struct>
std::string names() {
  std::string all(fields::type_name<Struct>);
  for (std::string_view name : fields::names<Struct>) (all += ' ') += name;
  return all;
}

}  // namespace

TEST_CASE("describe gives a layer's own hyperparameters", "[fields]") {
  CHECK(nn::describe(Dense{.in = 256, .out = 10}) == "Dense{in = 256, out = 10, biased = true}");
  CHECK(nn::describe(Block<>{.width = 2}) == "Block{width = 2, hidden = 8, epsilon = 1e-05, norm = after}");
  CHECK(nn::describe(Stack<>{.width = 2, .depth = 1}) == "Stack{width = 2, depth = 1, name = \"stack\"}");
  CHECK(nn::describe(Identity{}) == "Identity{}");
}

TEST_CASE("expect_last_axis names the layer, the shape and the field", "[fields]") {
  const Dense dense{.in = 256, .out = 10};
  CHECK_NOTHROW(nn::expect_last_axis(dense, ones({2, 256}), dense.in));
  CHECK_THROWS_WITH(nn::expect_last_axis(dense, ones({32, 784}), dense.in),
                    "Dense{in = 256, out = 10, biased = true}: x is [32, 784], but its last axis must be 256 (in)");
  CHECK_THROWS_WITH(nn::expect_last_axis(dense, ones({}), dense.out, "labels"),
                    "Dense{in = 256, out = 10, biased = true}: labels is [], but its last axis must be 10 (out)");
  CHECK_THROWS_WITH(nn::expect_last_axis(dense, ones({1}), 2 * dense.out),
                    "Dense{in = 256, out = 10, biased = true}: x is [1], but its last axis must be 20");
}
