#include "catch.h"
#include "nn/layers/layers.h"

using namespace heed;
using namespace layers;

namespace {

template <class T>
std::vector<std::string> paths(const std::vector<std::pair<std::string, T>>& named) {
  std::vector<std::string> all;
  for (const auto& [path, tensor] : named) all.push_back(path);
  return all;
}

}  // namespace

TEST_CASE("parameters come in field order with their paths, shared ones once", "[parameters]") {
  const Stack<> model{.width = 2, .depth = 2};
  CHECK(paths(nn::named_parameters(model)) ==
        std::vector<std::string>{"blocks.0.up.weight", "blocks.0.up.bias", "blocks.0.down.weight", "blocks.0.down.bias",
                                 "blocks.1.up.weight", "blocks.1.up.bias", "blocks.1.down.weight", "blocks.1.down.bias",
                                 "pair.0.weight", "pair.0.bias", "pair.1.weight", "table", "tied.bias"});
  CHECK(paths(nn::named_buffers(model)) == std::vector<std::string>{"positions"});
  const std::vector<Parameter> all = nn::parameters(model);
  REQUIRE(all.size() == 13);
  CHECK(all[0].is(model.blocks[0].up.weight));
  CHECK(all[11].is(model.tied.weight));
  CHECK(nn::parameter_count(model) == 2 * (16 + 8 + 16 + 2) + (4 + 2) + 4 + 6 + 2);
  CHECK(nn::parameters(Identity{}).empty());
}

TEST_CASE("clone shares nothing with the model and keeps what is shared inside", "[parameters]") {
  Stack<> model{.width = 2, .depth = 2, .name = "other"};
  model.blocks[1].drop.mode.training = false;
  model.blocks[0].up.bias->require_grad(false);  // frozen
  model.pair[0].bias->set_grad(ones({2}));
  const Stack<> copy = nn::clone(model);

  CHECK_FALSE(copy.table.is(model.table));
  CHECK(copy.tied.weight.is(copy.table));
  CHECK(copy.table.requires_grad());
  CHECK_FALSE(copy.blocks[0].up.bias->requires_grad());
  CHECK_FALSE(copy.pair[0].bias->grad());
  CHECK(copy.name == "other");
  CHECK(copy.blocks[0].drop.mode == Mode{true});
  CHECK(copy.blocks[1].drop.mode == Mode{false});
  CHECK_FALSE(copy.positions.is(model.positions));
  CHECK(copy.positions.to_vector<std::int64_t>() == std::vector<std::int64_t>{0, 1});

  model.table.mutable_data<float>()[0] = 7;
  CHECK(copy.table.data<float>()[0] == 1);
}

TEST_CASE("to converts parameters and floating point buffers", "[parameters]") {
  struct Scaled {
    Parameter weight = heed::tensor({0.1f, 2.0f});
    Buffer scale = ones({2}), index = heed::arange(2);
    Parameter tied = weight;
  };
  const Scaled model;
  const Scaled wide = nn::to(model, float64);
  CHECK(wide.weight.dtype() == float64);
  CHECK(wide.weight.requires_grad());
  CHECK(wide.weight.to_vector<double>() == std::vector<double>{double{0.1f}, 2.0});
  CHECK(wide.tied.is(wide.weight));
  CHECK(wide.scale.dtype() == float64);
  CHECK(wide.index.dtype() == int64);
  CHECK(nn::to(wide, float32).weight.to_vector<float>() == std::vector<float>{0.1f, 2.0f});
  CHECK_THROWS_WITH(nn::to(model, int32), "to: a model's dtype must be float32 or float64, but it is int32");
}

TEST_CASE("train and eval set every mode", "[parameters]") {
  Stack<> model{.width = 2, .depth = 2};
  nn::eval(model);
  CHECK_FALSE(model.blocks[0].drop.mode);
  CHECK_FALSE(model.blocks[1].drop.mode);
  nn::train(model);
  CHECK(model.blocks[1].drop.mode);
  nn::train(model, false);
  CHECK_FALSE(model.blocks[0].drop.mode);
}
