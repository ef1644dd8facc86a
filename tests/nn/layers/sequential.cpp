#include <heed/heed.h>

#include "catch.h"

using namespace heed;

namespace {

auto classifier() {
  return nn::Sequential{nn::Linear{.in = 6, .out = 4}, nn::Relu{}, nn::LayerNorm{.width = 4},
                        nn::Linear{.in = 4, .out = 3, .biased = false}};
}

struct Wrapped {
  Size width;
  nn::Sequential<nn::Linear, nn::Gelu> hidden = [this] {
    return nn::Sequential{nn::Linear{.in = width, .out = width}, nn::Gelu{}};
  }();
  Tensor operator()(const Tensor& x) const { return x + hidden(x); }
};

}  // namespace

TEST_CASE("Sequential calls its layers in order, with PyTorch's paths", "[nn]") {
  const auto model = classifier();
  std::vector<std::string> paths;
  for (const auto& [path, parameter] : nn::named_parameters(model)) paths.push_back(path);
  CHECK(paths == std::vector<std::string>{"0.weight", "0.bias", "2.scale", "2.bias", "3.weight"});
  const Tensor x = normal({5, 6});
  const auto& [first, activation, norm, last] = model.layers();
  CHECK(max(abs(model(x) - last(norm(relu(first(x)))))).item() == 0);
}

TEST_CASE("Sequential passes nn::check, alone and as a field", "[nn]") {
  for (const auto& report :
       {nn::check(classifier(), normal({5, 6})), nn::check(Wrapped{.width = 4}, normal({3, 4})),
        nn::check(nn::Sequential{Wrapped{.width = 4}, nn::Sequential{nn::Tanh{}, nn::Silu{}}}, normal({3, 4}))}) {
    INFO(report.text());
    CHECK(report);
  }
}

TEST_CASE("Sequential is trained and evaluated", "[nn]") {
  auto model = nn::Sequential{nn::Dropout{.probability = 0.5f}, nn::Relu{}};
  nn::eval(model);
  const Tensor x = ones({100});
  CHECK(min(model(x)).item() == 1);
  nn::train(model);
  CHECK(min(model(x)).item() == 0);
}

TEST_CASE("the JSON of a Sequential is a list", "[nn]") {
  using Model = nn::Sequential<nn::Dropout, nn::Relu, nn::Elu>;
  const Model model{nn::Dropout{.probability = 0.5f}, nn::Relu{}, nn::Elu{.alpha = 2}};
  CHECK(nn::to_json(model) == R"({
  "layers": [
    {
      "type": "Dropout",
      "probability": 0.5
    },
    {
      "type": "Relu"
    },
    {
      "type": "Elu",
      "alpha": 2.0
    }
  ]
}
)");
  CHECK(nn::to_json(nn::from_json<Model>(nn::to_json(model))) == nn::to_json(model));
  CHECK_THROWS_WITH(nn::from_json<Model>(R"({"layers": [{}, {}]})"),
                    "from_json: layers has 2 elements, but it must have 3");
  CHECK_THROWS_WITH(nn::from_json<Model>(R"({"layers": [{}, {}, {}], "depth": 3})"),
                    "from_json: Sequential has no field depth; its fields are layers");
  CHECK(nn::to_json(nn::Relu{}) == "{\n  \"type\": \"Relu\"\n}\n");
}

TEST_CASE("activations as layers equal the ops of the same names", "[nn]") {
  const Tensor x = normal({64}, 0, 2, float64);
  const auto same = [&](const auto& layer, const Tensor& expected) {
    return max(abs(layer(x) - expected)).item() == 0;
  };
  CHECK(same(nn::Relu{}, relu(x)));
  CHECK(same(nn::Gelu{}, gelu(x)));
  CHECK(same(nn::GeluTanh{}, gelu_tanh(x)));
  CHECK(same(nn::Silu{}, silu(x)));
  CHECK(same(nn::Mish{}, mish(x)));
  CHECK(same(nn::Tanh{}, tanh(x)));
  CHECK(same(nn::Sigmoid{}, sigmoid(x)));
  CHECK(same(nn::Softplus{.beta = 2}, softplus(x, 2)));
  CHECK(same(nn::Elu{.alpha = 0.5}, elu(x, 0.5)));
  CHECK(same(nn::LeakyRelu{.slope = 0.2}, leaky_relu(x, 0.2)));
}
