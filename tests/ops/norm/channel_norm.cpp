#include <cmath>

#include "catch.h"
#include "ops/table.h"

using namespace heed;
using namespace table;

namespace {

/// Reference: normalises each set of elements with the same number `set`; then applies scale and bias of each channel,
/// if given.
Array normalised(const std::vector<Array>& x, std::int64_t sets, double epsilon,
                 const std::function<std::int64_t(const Shape&)>& set) {
  std::vector<double> mean(static_cast<std::size_t>(sets)), variance = mean, count = mean;
  Array y = x[0];
  const auto of = [&](std::int64_t i) { return static_cast<std::size_t>(set(place_of(i, y.shape))); };
  for (std::int64_t i = 0; i < y.size(); ++i) {
    mean[of(i)] += y[i];
    ++count[of(i)];
  }
  for (std::size_t s = 0; s < mean.size(); ++s) mean[s] /= count[s];
  for (std::int64_t i = 0; i < y.size(); ++i) variance[of(i)] += std::pow(y[i] - mean[of(i)], 2) / count[of(i)];
  for (std::int64_t i = 0; i < y.size(); ++i) {
    y[i] = (y[i] - mean[of(i)]) / std::sqrt(variance[of(i)] + epsilon);
    const std::int64_t channel = place_of(i, y.shape)[1];
    if (x.size() > 1) y[i] = y[i] * x[1][channel] + x[2][channel];
  }
  return y;
}

}  // namespace

TEST_CASE("group_norm", "[ops]") {
  for (const std::int64_t groups : {1, 2, 4}) {
    check_op({.op = [&](auto& x) { return group_norm(x[0], groups, x[1], x[2], 1e-3); },
              .reference =
                  [&](auto& x) {
                    return normalised(x, x[0].shape[0] * groups, 1e-3,
                                      [&](const Shape& at) { return at[0] * groups + at[1] / (4 / groups); });
                  },
              .shapes = {{{2, 4, 3}, {4}, {4}}, {{0, 4, 3}, {4}, {4}}, {{2, 4, 3, 3}, {4}, {4}}},
              .float32_tolerance = 1e-5,
              .large = {{20, 4, 30, 41}, {4}, {4}}});
  }
  check_op(
      {.op = [&](auto& x) { return group_norm(x[0], 2, {}, {}, 1e-3); },
       .reference =
           [&](auto& x) { return normalised(x, 6, 1e-3, [&](const Shape& at) { return at[0] * 2 + at[1] / 3; }); },
       .shapes = {{{3, 6}}},
       .errors = {{[] { group_norm(zeros({3}), 1); }, "group_norm: x is [3], but it must be [batch, channels, ...]"},
                  {[] { group_norm(zeros({2, 3}), 2); },
                   "group_norm: x is [2, 3], but its 3 channels cannot be cut into 2 groups"},
                  {[] { group_norm(zeros({2, 3}), 0); },
                   "group_norm: x is [2, 3], but its 3 channels cannot be cut into 0 groups"},
                  {[] { group_norm(zeros({2, 3, 5}), 1, ones({5})); },
                   "group_norm: scale is float32 [5] and x is float32 [2, 3, 5], but scale must be float32 [3]"},
                  {[] { group_norm(zeros({2, 3}, int64), 1); },
                   "group_norm: the tensor is int64, but it must be float32 or float64"}},
       .float32_tolerance = 1e-5});
}

TEST_CASE("batch_norm", "[ops]") {
  check_op(
      {.op = [&](auto& x) { return batch_norm(x[0], {}, {}, x[1], x[2], {.epsilon = 1e-3}); },
       .reference = [&](auto& x) { return normalised(x, x[0].shape[1], 1e-3, [&](const Shape& at) { return at[1]; }); },
       .shapes = {{{4, 3}, {3}, {3}}, {{2, 3, 4}, {3}, {3}}, {{3, 2, 2, 3}, {2}, {2}}, {{2, 0, 3}, {0}, {0}}},
       .errors = {{[] { batch_norm(zeros({3}), {}, {}); },
                   "batch_norm: x is [3], but it must be [batch, channels, ...]"},
                  {[] { batch_norm(zeros({1, 3}), {}, {}); },
                   "batch_norm: x is [1, 3], but to train each channel must have at least 2 elements"},
                  {[] { batch_norm(zeros({2, 3}), zeros({2}), ones({2})); },
                   "batch_norm: running_mean is float32 [2] and x is float32 [2, 3], but running_mean must be "
                   "float32 [3]"},
                  {[] { batch_norm(zeros({2, 3}), zeros({3}), {}); },
                   "batch_norm: running_mean and running_variance must be given together, or neither"},
                  {[] { batch_norm(zeros({2, 3}, int64), {}, {}); },
                   "batch_norm: the tensor is int64, but it must be float32 or float64"}},
       .float32_tolerance = 1e-5,
       .repeatable = false,
       .large = {{30, 4, 900}, {4}, {4}}});
  check_op({.op = [&](auto& x) { return batch_norm(x[0], x[1], x[2], {}, {}, {.training = false, .epsilon = 1e-3}); },
            .reference =
                [&](auto& x) {
                  Array y = x[0];
                  for (std::int64_t i = 0; i < y.size(); ++i) {
                    const std::int64_t channel = place_of(i, y.shape)[1];
                    y[i] = (y[i] - x[1][channel]) / std::sqrt(x[2][channel] + 1e-3);
                  }
                  return y;
                },
            .shapes = {{{2, 3, 4}, {3}, {3}}, {{1, 2}, {2}, {2}}},
            .low = 0.5,
            .high = 2});
}

TEST_CASE("batch_norm updates the running mean and variance in training", "[ops]") {
  const Tensor x = to_tensor(random_array({4, 2, 3}, 1));
  const Tensor mean = tensor({1.0, 2.0}), variance = tensor({3.0, 4.0});
  batch_norm(x, mean, variance, {}, {}, {.momentum = 0.25});
  const Array values = to_array(x);
  for (std::int64_t channel = 0; channel < 2; ++channel) {
    double m = 0, v = 0;
    for (std::int64_t i = 0; i < 24; ++i)
      if (place_of(i, values.shape)[1] == channel) m += values[i] / 12;
    for (std::int64_t i = 0; i < 24; ++i)
      if (place_of(i, values.shape)[1] == channel) v += std::pow(values[i] - m, 2) / 11;
    const auto at = static_cast<std::size_t>(channel);
    REQUIRE(mean.to_vector<double>()[at] == Approx(0.75 * (1.0 + static_cast<double>(channel)) + 0.25 * m));
    REQUIRE(variance.to_vector<double>()[at] == Approx(0.75 * (3.0 + static_cast<double>(channel)) + 0.25 * v));
  }
  const Array before = to_array(mean);
  batch_norm(x, mean, variance, {}, {}, {.training = false});
  require_near(mean, before, 0);
}

TEST_CASE("norms refuse an invalid epsilon or momentum", "[ops]") {
  const Tensor x = ones({2, 3});
  for (const double bad : {-1e-5, static_cast<double>(NAN), static_cast<double>(INFINITY)}) {
    CHECK_THROWS_WITH(layer_norm(x, {}, {}, bad), Catch::Contains("layer_norm: epsilon is"));
    CHECK_THROWS_WITH(rms_norm(x, {}, bad), Catch::Contains("rms_norm: epsilon is"));
    CHECK_THROWS_WITH(group_norm(x, 1, {}, {}, bad), Catch::Contains("group_norm: epsilon is"));
    CHECK_THROWS_WITH(batch_norm(x, {}, {}, {}, {}, {.epsilon = bad}), Catch::Contains("batch_norm: epsilon is"));
    CHECK_THROWS_WITH(batch_norm(x, {}, {}, {}, {}, {.momentum = bad}), Catch::Contains("batch_norm: the momentum is"));
  }
}
