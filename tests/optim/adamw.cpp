#include <heed/heed.h>

#include <cmath>

#include "catch.h"

using namespace heed;
using Catch::Matchers::Message;

namespace {

/// Formula of AdamW for one number.
struct Reference {
  double p, beta1, beta2, epsilon, decay, m = 0, v = 0;
  int t = 0;
  void step(double g, double rate) {
    ++t;
    m = beta1 * m + (1 - beta1) * g;
    v = beta2 * v + (1 - beta2) * g * g;
    p -= rate * (decay * p + m / (1 - std::pow(beta1, t)) / (std::sqrt(v / (1 - std::pow(beta2, t))) + epsilon));
  }
};

void check_against_formula(DType dtype, double tolerance) {
  seed(3);
  const optim::AdamWOptions options{.beta1 = 0.8f, .beta2 = 0.95f, .epsilon = 1e-6f, .weight_decay = 0.1f};
  // Larger than one chunk, and not a multiple of the SIMD width; weight decay does not apply to the vector.
  const nn::Parameter matrix(normal({171, 101}, 0, 1, dtype)), vector(normal({13}, 0, 1, dtype));
  optim::AdamW adam({matrix, vector}, options);
  std::vector<std::vector<Reference>> references;
  for (const auto& parameter : adam.parameters()) {
    references.emplace_back();
    for (double value : cast(parameter, float64).to_vector<double>())
      references.back().push_back({value, options.beta1, options.beta2, options.epsilon,
                                   parameter.rank() >= 2 ? double{options.weight_decay} : 0.0});
  }
  for (int step = 0; step < 5; ++step) {
    const double rate = 0.01 * (step + 1);
    for (std::size_t i = 0; i < references.size(); ++i) {
      const Tensor gradient = normal(adam.parameters()[i].shape(), 0, 1, dtype);
      const auto values = cast(gradient, float64).to_vector<double>();
      for (std::size_t j = 0; j < values.size(); ++j) references[i][j].step(values[j], rate);
      adam.parameters()[i].set_grad(gradient);
    }
    adam.step(rate);
  }
  CHECK(adam.steps() == 5);
  for (std::size_t i = 0; i < references.size(); ++i) {
    const auto found = cast(adam.parameters()[i].detach(), float64).to_vector<double>();
    double worst = 0;
    for (std::size_t j = 0; j < found.size(); ++j) worst = std::max(worst, std::abs(found[j] - references[i][j].p));
    CHECK(worst < tolerance);
  }
}

}  // namespace

TEST_CASE("AdamW matches its formula", "[optim]") {
  check_against_formula(float32, 2e-6);
  check_against_formula(float64, 1e-13);
}

TEST_CASE("AdamW clears the gradients and skips parameters without one", "[optim]") {
  const nn::Parameter used(ones({2, 2})), unused(ones({2, 2}));
  optim::AdamW adam({used, unused});
  backward(sum(used * used));
  adam.step(0.1);
  CHECK_FALSE(used.grad());
  CHECK(used.data<float>()[0] < 1);
  CHECK(unused.to_vector<float>() == std::vector<float>{1, 1, 1, 1});
}

TEST_CASE("a step is an in-place write that a retained graph detects", "[optim]") {
  const nn::Parameter weight(ones({2, 2}));
  const Tensor x = ones({3, 2}).require_grad();
  Tensor loss = sum(matmul(x, weight));
  backward(loss, {.retain_graph = true});
  optim::AdamW adam({weight});
  adam.step(0.1);
  CHECK_THROWS_MATCHES(
      backward(loss), Error,
      Message("the gradient of matmul needs values of a tensor [2, 2] that AdamW has overwritten since"));
}

TEST_CASE("weight decay applies to vectors with decay_vectors", "[optim]") {
  const nn::Parameter bias(ones({3}));
  optim::AdamW adam({bias}, {.weight_decay = 0.5f, .decay_vectors = true});
  bias.set_grad(zeros({3}));
  adam.step(0.1);
  CHECK(bias.data<float>()[0] == Approx(0.95f));
}

TEST_CASE("AdamW's options are checked", "[optim]") {
  CHECK_THROWS_MATCHES(optim::AdamW({}, {.beta1 = 1}), Error, Message("AdamW: beta1 is 1, but it must be in [0, 1)"));
}
