#include <heed/heed.h>

#include <thread>

#include "catch.h"
#include "nn/layers/layers.h"

using namespace heed;
using namespace layers;

namespace {

struct Expert {
  Parameter weight = ones({1});
  Tensor operator()(const Tensor& x) const {
    nn::tap(*this, "load", x);
    return x;
  }
};

// The first sublayer has the address of the layer.
struct Experts {
  Expert first{}, second{};
  Tensor operator()(const Tensor& x) const {
    nn::tap(*this, "balance", weightless);
    return second(first(x));
  }
  static inline const Tensor weightless = scalar(0.5f);
};

struct Model {
  Size depth;
  std::vector<Experts> layers = heed::nn::repeat(depth, [](int) { return Experts{}; });
  Tensor operator()(Tensor x) const {
    for (const Experts& layer : layers) x = layer(x);
    nn::tap(*this, "output", x);
    return x;
  }
};

std::vector<std::string> paths(const nn::Taps& taps) {
  std::vector<std::string> all;
  for (const auto& [path, tensor] : taps) all.push_back(path);
  return all;
}

}  // namespace

TEST_CASE("taps collect tensors by field path", "[taps]") {
  const Model model{.depth = 2};
  const Tensor x = ones({1});
  CHECK_FALSE(nn::is_tapped());
  model(x);  // no scope collects
  nn::Taps taps{model};
  CHECK(nn::is_tapped());
  model(x);
  CHECK(paths(taps) == std::vector<std::string>{"layers.0.balance", "layers.0.first.load", "layers.0.second.load",
                                                "layers.1.balance", "layers.1.first.load", "layers.1.second.load",
                                                "output"});
  CHECK(taps["output"].is(x));
  CHECK(taps["layers.1.balance"].item() == 0.5);
  CHECK_THROWS_WITH(taps["layers.2.balance"],
                    "Taps: layers.2.balance was not tapped; tapped were layers.0.balance, layers.0.first.load, "
                    "layers.0.second.load, layers.1.balance, layers.1.first.load, layers.1.second.load, output");
  model(x);
  CHECK(taps.size() == 14);
  CHECK_THROWS_WITH(taps["output"], "Taps: output was tapped 2 times; iterate over the taps to get each");
  taps.clear();
  CHECK_THROWS_WITH(taps["output"], "Taps: output was not tapped; nothing was");
}

TEST_CASE("nested taps collect from their own models", "[taps]") {
  const Model model{.depth = 1}, other{.depth = 1};
  const Tensor x = ones({1});
  const nn::Taps outer{model};
  {
    const nn::Taps part{model.layers[0]}, unrelated{other};
    model(x);
    CHECK(paths(part) == std::vector<std::string>{"balance", "first.load", "second.load"});
    CHECK(unrelated.size() == 0);
  }
  CHECK(outer.size() == 4);
  model(x);
  CHECK(outer.size() == 8);
}

TEST_CASE("total sums the tensors of all layers with the same name", "[taps]") {
  struct Loss {
    Parameter weight = ones({});
    Tensor operator()(const Tensor& x) const {
      nn::tap(*this, "balance", weight * x);
      nn::tap(*this, "unbalance", weight * 100);
      nn::tap(*this, "count", tensor<std::int64_t>({2}));
      return x;
    }
  };
  struct Losses {
    Loss first{}, second{};
    Tensor operator()(const Tensor& x) const { return second(first(x) * 3); }
  };
  const Losses model;
  nn::Taps taps{model};
  const Tensor x = scalar(2.0f);
  model(x);
  CHECK(taps.total("balance").item() == 8);
  CHECK(taps.total("count").to_vector<std::int64_t>() == std::vector<std::int64_t>{4});
  backward(taps.total("balance"));
  CHECK(model.second.weight.grad().item() == 6);
  CHECK_THROWS_WITH(taps.total("load"),
                    "Taps: load was not tapped; tapped were first.balance, first.unbalance, first.count, "
                    "second.balance, second.unbalance, second.count");
  // A tapped loss of a checkpointed layer has its gradient once.
  taps.clear();
  model.second.weight.clear_grad();
  const Tensor y = nn::checkpointed(model, x);
  backward(y + taps.total("balance"));
  CHECK(model.second.weight.grad().item() == 6);

  // The total of one loss is that loss.
  taps.clear();
  model.first(x);
  CHECK(taps.total("balance").is(taps["first.balance"]));
}

TEST_CASE("taps are local to a thread", "[taps]") {
  const Model model{.depth = 1};
  const nn::Taps taps{model};
  std::thread([&] { model(ones({1})); }).join();
  CHECK(taps.size() == 0);
}
