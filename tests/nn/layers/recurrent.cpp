#include <heed/heed.h>

#include <cmath>
#include <map>

#include "catch.h"
#include "golden_folder.h"
#include "layers_check.h"

using namespace heed;

namespace {

/// Fails the running test unless each element is within the tolerance of the other's, relative to 1 + its size.
void require_close(const Tensor& a, const Tensor& b, double tolerance) {
  REQUIRE(to_string(a.shape()) == to_string(b.shape()));
  const auto x = cast(a, float64).to_vector<double>(), y = cast(b, float64).to_vector<double>();
  for (std::size_t i = 0; i < x.size(); ++i)
    if (!(std::abs(x[i] - y[i]) <= tolerance * (1 + std::abs(y[i])))) FAIL(x[i] << " is not " << y[i] << " at " << i);
}

/// Returns PyTorch's name of a parameter of a unit.
std::string torch_name(const std::string& field, std::size_t layer, bool backward) {
  static const std::map<std::string, std::string> names{{"input_weight", "weight_ih"},
                                                        {"hidden_weight", "weight_hh"},
                                                        {"input_bias", "bias_ih"},
                                                        {"hidden_bias", "bias_hh"}};
  return names.at(field) + "_l" + std::to_string(layer) + (backward ? "_reverse" : "");
}

template <class Unit>
void compare(const std::string& name, const nn::Recurrent<Unit>& given, DType dtype, double tolerance) {
  INFO(name);
  const io::TensorFile file = io::load_tensors(golden_folder() + "/recurrent/" + name + ".safetensors");
  const std::map<std::string, Tensor> stored(file.tensors.begin(), file.tensors.end());
  const auto golden = [&](const std::string& key) { return cast(stored.at(key), dtype); };
  const auto model = nn::to(given, dtype);
  const auto each = [&](const auto& body) {
    for (std::size_t layer = 0; layer < model.forward.size(); ++layer)
      for (const bool backward : {false, true})
        if (!backward || model.bidirectional)
          for (const auto& [field, parameter] :
               nn::named_parameters((backward ? model.backward : model.forward)[layer]))
            body(torch_name(field, layer, backward), parameter);
  };
  each([&](const std::string& path, const nn::Parameter& parameter) {
    assign(parameter.detach(), golden("weights." + path));
  });

  const auto lengths = stored.at("lengths").to_vector<std::int64_t>();
  const Tensor x = golden("x").require_grad();
  std::vector<std::string> kinds{"hidden"};
  if (Unit::has_cell) kinds.push_back("cell");
  nn::RecurrentState initial;
  std::map<std::string, Tensor> begun;
  for (const std::string& kind : kinds) {
    begun[kind] = golden(kind + ".initial").require_grad();
    for (std::int64_t i = 0; i < begun[kind].size(0); ++i)
      (kind == "hidden" ? initial.hidden : initial.cell).push_back(select(begun[kind], 0, i));
  }
  const nn::RecurrentOutput run = model.run(x, Sequences{std::span(lengths)}, initial);
  require_close(run.y, golden("y"), tolerance);
  Tensor loss = sum(run.y * golden("dy"));
  for (const std::string& kind : kinds) {
    const Tensor last = stack(kind == "hidden" ? run.state.hidden : run.state.cell);
    require_close(last, golden(kind + ".last"), tolerance);
    loss = loss + sum(last * golden(kind + ".dlast"));
  }
  backward(loss);
  require_close(x.grad(), golden("dx"), tolerance);
  for (const std::string& kind : kinds) require_close(begun[kind].grad(), golden(kind + ".dinitial"), tolerance);
  each([&](const std::string& path, const nn::Parameter& parameter) {
    INFO(path);
    require_close(parameter.grad(), golden("gradients." + path), tolerance);
  });
}

template <class Unit>
void compare_all(const std::string& name) {
  const nn::Recurrent<Unit> one{.in = 3, .width = 5};
  const nn::Recurrent<Unit> both{.in = 3, .width = 4, .depth = 2, .bidirectional = true};
  for (const auto& [dtype, tolerance] : {std::pair{float64, 1e-12}, {float32, 2e-6}}) {
    compare(name, one, dtype, tolerance);
    compare(name + "_two_layers_both_ways", both, dtype, tolerance);
  }
}

}  // namespace

TEST_CASE("GRU and LSTM equal PyTorch's on packed sequences, outputs and gradients", "[nn]") {
  compare_all<nn::GruUnit>("gru");
  compare_all<nn::LstmUnit>("lstm");
}

TEST_CASE("recurrent layers pass nn::check", "[nn]") {
  seed(1);
  const Sequences sequences{3, 1, 4};
  CHECK_LAYER(nn::Gru{.in = 3, .width = 4}, normal({8, 3}), sequences);
  CHECK_LAYER(nn::Lstm{.in = 3, .width = 2, .depth = 2, .bidirectional = true, .dropout = 0.3f}, normal({8, 3}),
              sequences);
}

TEST_CASE("a recurrent run continues from the state of an earlier one", "[nn]") {
  seed(2);
  const nn::Lstm lstm = nn::to(nn::Lstm{.in = 3, .width = 4, .depth = 2}, float64);
  const Tensor x = normal({7, 3}, 0, 1, float64);
  const nn::RecurrentOutput whole = lstm.run(x, {5, 2});
  const nn::RecurrentOutput first = lstm.run(gather_rows(x, tensor<std::int64_t>({0, 1, 5})), {2, 1});
  // Rows in another order keep their states.
  const nn::RecurrentOutput second = lstm.run(gather_rows(x, tensor<std::int64_t>({6, 2, 3, 4})), {1, 3},
                                              first.state.select(tensor<std::int64_t>({1, 0})));
  require_close(second.y, gather_rows(whole.y, tensor<std::int64_t>({6, 2, 3, 4})), 1e-14);
  require_close(second.state.cell[1], gather_rows(whole.state.cell[1], tensor<std::int64_t>({1, 0})), 1e-14);
}

TEST_CASE("recurrent layers refuse invalid arguments", "[nn]") {
  const nn::Gru gru{.in = 3, .width = 4, .depth = 2};
  CHECK_THROWS_WITH(gru(zeros({2, 4}), {2}),
                    Catch::Matchers::Contains("x is [2, 4], but its last axis must be 3 (in)"));
  nn::RecurrentState state;
  state.hidden.push_back(zeros({1, 4}));
  CHECK_THROWS_WITH(
      gru.run(zeros({2, 3}), {2}, state),
      Catch::Matchers::Contains("the state has 1 hidden tensors and 0 cells, but it must have 2 and 0, or none"));
}
