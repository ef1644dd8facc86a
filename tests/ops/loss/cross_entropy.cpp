// Also tests ops/loss/linear_cross_entropy.h.
#include <cmath>

#include "catch.h"
#include "ops/table.h"

using namespace heed;
using namespace table;

namespace {

/// Targets of rows 0, 1, ..., of which every fourth is `ignored`.
std::vector<std::int64_t> some_targets(std::int64_t rows, std::int64_t classes, std::int64_t ignored = -100) {
  std::vector<std::int64_t> targets;
  for (std::int64_t row = 0; row < rows; ++row) targets.push_back(row % 4 == 1 ? ignored : row * 7 % classes);
  return targets;
}

Shape without_last(Shape shape) {
  shape.erase(shape.rank() - 1);
  return shape;
}

Tensor targets_of(const Shape& rows, std::int64_t classes, std::int64_t ignored = -100) {
  return tensor(some_targets(rows.elements(), classes, ignored), rows);
}

double mean_loss(const std::vector<double>& logits, std::int64_t classes, const std::vector<std::int64_t>& targets) {
  double total = 0, counted = 0;
  for (std::size_t row = 0; row < targets.size(); ++row) {
    if (targets[row] < 0) continue;
    const double* of_row = &logits[row * static_cast<std::size_t>(classes)];
    double sum = 0;
    for (std::int64_t i = 0; i < classes; ++i) sum += std::exp(of_row[i]);
    total += std::log(sum) - of_row[targets[row]];
    counted += 1;
  }
  return counted > 0 ? total / counted : 0;
}

Array scalar_array(double value) { return Array(Shape{}, value); }

/// Reference of x, weight and optionally bias.
Array linear_reference(const std::vector<Array>& x) {
  const std::int64_t width = x[1].shape[1], classes = x[1].shape[0], rows = x[0].size() / width;
  std::vector<double> logits;
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t j = 0; j < classes; ++j) {
      double value = x.size() > 2 ? x[2][j] : 0;
      for (std::int64_t i = 0; i < width; ++i) value += x[0][row * width + i] * x[1][j * width + i];
      logits.push_back(value);
    }
  return scalar_array(mean_loss(logits, classes, some_targets(rows, classes)));
}

}  // namespace

TEST_CASE("cross_entropy", "[ops]") {
  check_op({.op =
                [](auto& x) {
                  const Shape& shape = x[0].shape();
                  return cross_entropy(x[0], targets_of(without_last(shape), shape[-1]));
                },
            .reference =
                [](const std::vector<Array>& x) {
                  const std::int64_t classes = x[0].shape[-1];
                  return scalar_array(mean_loss(x[0].values, classes, some_targets(x[0].size() / classes, classes)));
                },
            .shapes = {{{4, 33}}, {{7}}, {{5, 1}}, {{2, 3, 7}}, {{0, 4}}},
            .errors = {{[] { cross_entropy(zeros({2, 3}), tensor({0, 3})); },
                        "cross_entropy: the target at [1] is 3, but a row has 3 classes"},
                       {[] { cross_entropy(zeros({1, 3}), tensor({-1})); },
                        "cross_entropy: the target at [0] is -1, but a row has 3 classes"},
                       {[] { cross_entropy(zeros({2, 3}), tensor({0, 1, 2})); },
                        "cross_entropy: targets are [3], but with a target for each row they must be [2]"},
                       {[] { cross_entropy(zeros({2, 3}), zeros({2})); },
                        "cross_entropy: the target tensor is float32 [2], but it must be int64 or int32"},
                       {[] { cross_entropy(scalar(1.0f), zeros({}, int64)); },
                        "cross_entropy: logits are [], but they must have an axis of classes"},
                       {[] { cross_entropy(zeros({2, 3}, int64), zeros({2}, int64)); },
                        "cross_entropy: the tensor is int64, but it must be float32 or float64"}},
            .large = {{300, 701}}});
}

TEST_CASE("linear_cross_entropy", "[ops]") {
  const auto op = [](auto& x) {
    return linear_cross_entropy(x[0], x[1], x.size() > 2 ? x[2] : Tensor{},
                                targets_of(without_last(x[0].shape()), x[1].shape()[0]));
  };
  check_op(
      {.op = op,
       .reference = linear_reference,
       .shapes = {{{5, 4}, {7, 4}, {7}},
                  {{1, 1}, {1, 1}, {1}},
                  {{4}, {3, 4}, {3}},
                  {{2, 3, 4}, {5, 4}, {5}},
                  {{0, 4}, {5, 4}, {5}}},
       .errors = {{[] { linear_cross_entropy(zeros({2, 3}), zeros({4, 2}), {}, tensor({0, 0})); },
                   "linear_cross_entropy: x is [2, 3] and weight is [4, 2], but the last axis of x must be as long "
                   "as that of weight, [classes, width]"},
                  {[] { linear_cross_entropy(zeros({2, 3}), zeros({4, 3}), zeros({3}), tensor({0, 0})); },
                   "linear_cross_entropy: bias is float32 [3], but with weight [4, 3] it must be float32 [4]"},
                  {[] { linear_cross_entropy(zeros({2, 3}), zeros({4, 3}), {}, tensor({0, 4})); },
                   "linear_cross_entropy: the target at [1] is 4, but a row has 4 classes"},
                  {[] { linear_cross_entropy(zeros({2, 3}), zeros({4, 3}), {}, tensor({0})); },
                   "linear_cross_entropy: targets are [1], but with a target for each row they must be [2]"},
                  {[] { linear_cross_entropy(zeros({2, 3}), zeros({4, 3}, float64), {}, tensor({0, 0})); },
                   "linear_cross_entropy: x is float32 and weight is float64, but both must have the same dtype; cast "
                   "one of them"}},
       .float32_tolerance = 4e-6,
       .large = {{1500, 40}, {301, 40}, {301}}});
  check_op({.op = op, .reference = linear_reference, .shapes = {{{5, 4}, {7, 4}}, {{3, 7}, {2, 7}}}});
}

TEST_CASE("linear_cross_entropy in several chunks is cross_entropy of linear", "[ops]") {
  // 2,500 rows: three chunks of at most 1,024, with and without ignored rows
  for (const std::int64_t ignored : {std::int64_t{0}, std::int64_t{-100}}) {
    const Tensor x = to_tensor(random_array({2500, 6}, 1)), weight = to_tensor(random_array({11, 6}, 2)),
                 bias = to_tensor(random_array({11}, 3)), targets = targets_of({2500}, 11, ignored);
    const std::vector<Tensor> inputs = {x.require_grad(), weight.require_grad(), bias.require_grad()};
    const Tensor fused = linear_cross_entropy(x, weight, bias, targets) * 3;
    const Tensor apart = cross_entropy(linear(x, weight, bias), targets) * 3;
    require_near(fused, to_array(apart), 1e-13);
    const auto expected = grad(apart, inputs);
    const auto found = grad(fused, inputs);
    for (std::size_t i = 0; i < inputs.size(); ++i) require_near(found[i], to_array(expected[i]), 1e-13);
  }
}

TEST_CASE("losses whose rows are all ignored are exactly 0, and so are the gradients", "[ops]") {
  for (const bool through_ops : {false, true}) {
    const Tensor logits = to_tensor(random_array({2, 3}, 1)).require_grad(), ignored = full({2}, -100, int64);
    const Tensor loss = cross_entropy(logits, ignored);
    REQUIRE(loss.item() == 0);
    REQUIRE(grad(loss, logits, {.create_graph = through_ops}).to_vector<double>() == std::vector<double>(6, 0));

    const Tensor weight = to_tensor(random_array({4, 3}, 2)).require_grad(),
                 bias = to_tensor(random_array({4}, 3)).require_grad();
    const Tensor of_linear = linear_cross_entropy(logits, weight, bias, ignored);
    REQUIRE(of_linear.item() == 0);
    for (const Tensor& gradient : grad(of_linear, {logits, weight, bias}, {.create_graph = through_ops}))
      for (const double value : gradient.to_vector<double>()) REQUIRE(value == 0);
  }
}

TEST_CASE("losses have any ignored target, and take int32", "[ops]") {
  const Tensor logits = to_tensor(random_array({3, 4}, 1));
  const Tensor expected = cross_entropy(slice(logits, 0, 0, 2), tensor({1, 3}));
  REQUIRE(cross_entropy(logits, tensor({1, 3, 0}), {.ignore_index = 0}).item() == Approx(expected.item()));
  REQUIRE(cross_entropy(logits, tensor({1, 3, -7}), {.ignore_index = -7}).item() == Approx(expected.item()));
  const Tensor identity =
      tensor({1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0}, {4, 4});
  REQUIRE(linear_cross_entropy(logits, identity, {}, tensor({1, 3, 0}), {.ignore_index = 0}).item() ==
          Approx(expected.item()));
}

TEST_CASE("the graph of linear_cross_entropy can be used for backward twice", "[ops]") {
  const Tensor x = to_tensor(random_array({3, 2}, 1)).require_grad(), weight = to_tensor(random_array({4, 2}, 2));
  const Tensor loss = linear_cross_entropy(x, weight, {}, tensor({1, 3, 0}));
  backward(loss, {.retain_graph = true});
  const Array once = to_array(x.grad());
  backward(loss);
  const Array twice = to_array(x.grad());
  for (std::int64_t i = 0; i < once.size(); ++i) REQUIRE(twice[i] == 2 * once[i]);
}

TEST_CASE("linear_cross_entropy never stores all logits", "[ops]") {
  const std::int64_t rows = 4096, width = 8, classes = 8192, all_logits = rows * classes * 4;
  const Tensor x = ones({rows, width}).require_grad(), weight = ones({classes, width}).require_grad(),
               targets = zeros({rows}, int64);
  const std::int64_t before = memory_report().in_use;
  reset_peak_memory();
  backward(linear_cross_entropy(x, weight, {}, targets));
  REQUIRE(memory_report().peak - before < all_logits / 3);  // 134 MB; chunks are 34 MB
}
