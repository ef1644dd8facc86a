// Invalid numbers are errors that name the field, thrown before anything is changed.
#include <heed/heed.h>

#include <cmath>
#include <limits>

#include "catch.h"

using namespace heed;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity(),
                 quiet_nan = std::numeric_limits<double>::quiet_NaN();
constexpr float float_infinity = std::numeric_limits<float>::infinity(),
                float_nan = std::numeric_limits<float>::quiet_NaN();

template <class Call>
void check_names(const Call& call, const std::string& field) {
  CAPTURE(field);
  try {
    call();
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(std::string(error.what()).find(field) != std::string::npos);
  }
}

}  // namespace

TEST_CASE("a rate must be finite and not negative", "[optim]") {
  const nn::Parameter weight(ones({2}));
  optim::AdamW adam({weight});
  weight.set_grad(ones({2}));
  for (const double rate : {-1e-3, quiet_nan, infinity, -infinity, 1e300})
    check_names([&] { adam.step(rate); }, "rate");
  CHECK(adam.steps() == 0);
  CHECK(weight.grad());
  CHECK(weight.to_vector<float>() == std::vector<float>{1, 1});
  adam.step(0);
  CHECK(adam.steps() == 1);
}

TEST_CASE("AdamW's options are checked one by one", "[optim]") {
  const auto with = [](const optim::AdamWOptions& options) {
    return [options] { optim::AdamW(std::vector<nn::Parameter>{}, options); };
  };
  for (const float bad : {-0.1f, 1.0f, float_nan, float_infinity}) {
    check_names(with({.beta1 = bad}), "beta1");
    check_names(with({.beta2 = bad}), "beta2");
  }
  for (const float bad : {0.0f, -1.0f, float_nan, float_infinity}) check_names(with({.epsilon = bad}), "epsilon");
  for (const float bad : {-1.0f, float_nan, float_infinity}) check_names(with({.weight_decay = bad}), "weight_decay");
}

TEST_CASE("a state with impossible means is rejected and changes nothing", "[optim]") {
  const nn::Parameter weight(ones({2})), bias(ones({3}));
  optim::AdamW adam({weight, bias});
  weight.set_grad(ones({2}));
  adam.step(0.1);
  const auto before = adam.state().tensors.at("m")[0].to_vector<float>();
  const auto with = [&](const char* mean, float value) {
    optim::OptimizerState state{
        7, {7, 0}, {{"m", {full({2}, 5.0f), zeros({3})}}, {"v", {full({2}, 5.0f), zeros({3})}}}};
    state.tensors.at(mean)[1] = tensor({0.0f, value, 0.0f});
    return state;
  };
  for (const float bad : {float_nan, float_infinity, -float_infinity})
    check_names([&] { adam.resume(with("m", bad)); }, "m of parameter 1");
  for (const float bad : {float_nan, -1.0f, -float_infinity})
    check_names([&] { adam.resume(with("v", bad)); }, "v of parameter 1");
  CHECK(adam.state().tensors.at("m")[0].to_vector<float>() == before);
  CHECK(adam.steps() == 1);
  adam.resume(with("v", float_infinity));  // squares of large gradients
  CHECK(adam.steps() == 7);
}

TEST_CASE("schedules reject invalid numbers", "[optim]") {
  for (const double bad : {-1.0, quiet_nan, infinity}) {
    check_names([&] { optim::warmup_linear(bad, 1, 2); }, "peak");
    check_names([&] { optim::warmup_cosine(bad, 1, 2); }, "peak");
    check_names([&] { optim::warmup_cosine(1, 1, 2, bad); }, "floor");
    check_names([&] { optim::inverse_square_root(bad, 1); }, "peak");
    check_names([&] { optim::noam(4, 1, bad); }, "factor");
    check_names([&] { optim::WarmupLinear{bad, 1, 2}(0); }, "peak");
  }
  check_names([] { optim::warmup_linear(1, -1, 2); }, "warmup");
  check_names([] { optim::warmup_linear(1, 3, 2); }, "warmup");
  check_names([] { optim::warmup_linear(1, 0, 0); }, "total");
  check_names([] { optim::warmup_linear(1, 0, -5); }, "total");
  check_names([] { optim::warmup_cosine(1, 3, 2); }, "warmup");
  check_names([] { optim::warmup_cosine(1, 0, 0); }, "total");
  check_names([] { optim::inverse_square_root(1, -1); }, "warmup");
  check_names([] { optim::noam(0, 4); }, "width");
  check_names([] { optim::noam(4, -4); }, "warmup");
  check_names([] { optim::warmup_linear(1, 1, 2)(-1); }, "step");
  check_names([] { optim::warmup_cosine(1, 1, 2)(-1); }, "step");
  check_names([] { optim::noam(4, 4)(-1); }, "step");
  CHECK(optim::warmup_linear(1, 2, 2)(1) == 1);
}

TEST_CASE("clipping and early stopping reject invalid numbers", "[optim]") {
  const nn::Parameter weight(ones({2}));
  const std::vector<nn::Parameter> all{weight};
  for (const double bad : {0.0, -1.0, quiet_nan}) check_names([&] { optim::clip_norm(all, bad); }, "max_norm");
  for (const double bad : {-1.0, quiet_nan, infinity})
    check_names([&] { train::EarlyStopping{.min_delta = bad}.improves(1); }, "min_delta");
  check_names([] { (void)train::EarlyStopping{.patience = 0}.should_stop(); }, "patience");
  check_names([] { train::EarlyStopping{.best = quiet_nan}.improves(1); }, "best");
  for (const double bad : {-0.1, 1.1, quiet_nan})
    check_names([&] { cross_entropy(ones({1, 3}), tensor({1}), {.label_smoothing = bad}); }, "label_smoothing");
  for (const double bad : {-0.1, quiet_nan, infinity})
    check_names([&] { cross_entropy(ones({1, 3}), tensor({1}), {.z_loss = bad}); }, "z_loss");
}

TEST_CASE("gradient checks reject invalid tolerances", "[autodiff]") {
  const Tensor x = tensor(std::vector<double>{1, 2}).require_grad();
  const auto f = [](const Tensor& v) { return v * v; };
  for (const double bad : {0.0, -1.0, quiet_nan, infinity})
    check_names([&] { gradcheck(f, {x}, {.step = bad}); }, "step");
  for (const double bad : {-1.0, quiet_nan, infinity})
    check_names([&] { gradcheck(f, {x}, {.tolerance = bad}); }, "tolerance");
  const nn::Linear layer{.in = 2, .out = 2};
  for (const double bad : {-1.0, quiet_nan, infinity}) {
    check_names([&] { nn::check_with({.gradient_tolerance = bad}, layer, ones({1, 2})); }, "gradient_tolerance");
    check_names([&] { nn::check_with({.ragged_tolerance = bad}, layer, ones({1, 2})); }, "ragged_tolerance");
    check_names([&] { nn::check_with({.step_tolerance = bad}, layer, ones({1, 2})); }, "step_tolerance");
  }
}

TEST_CASE("initialisation rejects invalid numbers", "[nn]") {
  const nn::Linear layer{.in = 2, .out = 2};
  const auto before = layer.weight.to_vector<float>();
  for (const float bad : {-1.0f, float_nan, float_infinity}) {
    check_names([&] { nn::init_normal(layer, bad); }, "init_normal: stddev");
    check_names([&] { nn::init_truncated_normal(layer, bad); }, "init_truncated_normal: stddev");
    check_names([&] { nn::init_gpt2(layer, 2, bad); }, "init_gpt2: stddev");
    check_names([&] { nn::init_xavier(layer, bad); }, "init_xavier: gain");
    check_names([&] { nn::init_deep_norm(layer, bad); }, "init_deep_norm: beta");
    check_names([&] { nn::balance_experts(layer, bad); }, "balance_experts: rate");
  }
  check_names([&] { nn::init_orthogonal(layer, float_nan); }, "init_orthogonal: gain");
  CHECK(layer.weight.to_vector<float>() == before);
}

TEST_CASE("sampling rejects invalid numbers", "[nn]") {
  const auto with = [](const nn::Sampling& sampling) {
    return [sampling] { nn::token_probabilities({1, 2}, {}, sampling); };
  };
  for (const double bad : {-1.0, quiet_nan, infinity}) check_names(with({.temperature = bad}), "temperature");
  for (const double bad : {0.0, 1.5, quiet_nan}) check_names(with({.temperature = 1, .top_p = bad}), "top_p");
  for (const double bad : {-0.5, 1.5, quiet_nan}) check_names(with({.temperature = 1, .min_p = bad}), "min_p");
  for (const double bad : {0.0, -1.0, quiet_nan, infinity})
    check_names(with({.repetition_penalty = bad}), "repetition_penalty");
  check_names(with({.temperature = 1, .top_k = -1}), "top_k");
}
