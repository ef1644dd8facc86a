#include <cmath>

#include "catch.h"
#include "ops/table.h"

using namespace heed;
using namespace table;

namespace {

/// x, and optionally scale and bias.
Reference reference(double epsilon, bool scaled, bool biased) {
  return [=](const std::vector<Array>& x) {
    Array y = x[0];
    const std::int64_t width = y.shape[-1], rows = width > 0 ? y.size() / width : 0;
    for (std::int64_t row = 0; row < rows; ++row) {
      double mean = 0, variance = 0;
      for (std::int64_t i = 0; i < width; ++i) mean += x[0][row * width + i] / static_cast<double>(width);
      for (std::int64_t i = 0; i < width; ++i)
        variance += std::pow(x[0][row * width + i] - mean, 2) / static_cast<double>(width);
      for (std::int64_t i = 0; i < width; ++i) {
        double& value = y[row * width + i];
        value = (value - mean) / std::sqrt(variance + epsilon);
        if (scaled) value *= x[1][i];
        if (biased) value += x[scaled ? 2 : 1][i];
      }
    }
    return y;
  };
}

}  // namespace

TEST_CASE("layer_norm", "[ops]") {
  check_op({.op = [](auto& x) { return layer_norm(x[0], x[1], x[2], 1e-3); },
            .reference = reference(1e-3, true, true),
            .shapes = {{{3, 33}, {33}, {33}},
                       {{7}, {7}, {7}},
                       {{5, 1}, {1}, {1}},
                       {{2, 3, 7}, {7}, {7}},
                       {{0, 4}, {4}, {4}},
                       {{3, 0}, {0}, {0}}},
            .errors = {{[] { layer_norm(scalar(1.0f)); },
                        "layer_norm: x is [], but it must have an axis to normalise along"},
                       {[] { layer_norm(zeros({2, 4}), ones({3})); },
                        "layer_norm: scale is float32 [3] and x is float32 [2, 4], but scale must be float32 [4]"},
                       {[] { layer_norm(zeros({2, 4}), ones({4}), ones({4}, float64)); },
                        "layer_norm: bias is float64 [4] and x is float32 [2, 4], but bias must be float32 [4]"},
                       {[] { layer_norm(zeros({2, 4}, int64)); },
                        "layer_norm: the tensor is int64, but it must be float32 or float64"}},
            .float32_tolerance = 1e-5,
            .large = {{1000, 257}, {257}, {257}}});
  check_op({.op = [](auto& x) { return layer_norm(x[0]); },
            .reference = reference(1e-5, false, false),
            .shapes = {{{3, 7}}, {{2, 3, 5}}},
            .float32_tolerance = 1e-5});
  check_op({.op = [](auto& x) { return layer_norm(x[0], x[1]); },
            .reference = reference(1e-5, true, false),
            .shapes = {{{3, 7}, {7}}},
            .float32_tolerance = 1e-5});
  check_op({.op = [](auto& x) { return layer_norm(x[0], {}, x[1]); },
            .reference = reference(1e-5, false, true),
            .shapes = {{{3, 7}, {7}}},
            .float32_tolerance = 1e-5});
}

TEST_CASE("layer_norm computes no gradient that is not needed", "[ops]") {
  const Tensor x = to_tensor(random_array({4, 3}, 1)), scale = ones({3}, float64), bias = zeros({3}, float64);
  bias.require_grad();
  backward(sum(layer_norm(x, scale, bias)));
  REQUIRE(bias.grad().to_vector<double>() == std::vector<double>(3, 4));
  REQUIRE_FALSE(x.grad());
  REQUIRE_FALSE(scale.grad());
}
