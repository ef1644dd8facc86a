#include <cmath>

#include "catch.h"
#include "ops/table.h"

using namespace heed;
using namespace table;

namespace {

Array averaged(const Array& losses, double divisor) {
  double total = 0;
  for (const double value : losses.values) total += value;
  return Array(Shape{}, total / divisor);
}

double sigmoid_of(double x) { return 1 / (1 + std::exp(-x)); }

}  // namespace

TEST_CASE("nll_loss", "[ops]") {
  const std::vector<std::int64_t> targets = {2, 0, -100, 1};
  const auto losses = [&](const Array& x) {
    Array y(Shape{4});
    for (std::int64_t r = 0; r < 4; ++r)
      if (const std::int64_t t = targets[static_cast<std::size_t>(r)]; t >= 0) y[r] = -x.at({r, t});
    return y;
  };
  check_op({.op = [&](auto& x) { return nll_loss(x[0], tensor(targets)); },
            .reference = [&](auto& x) { return averaged(losses(x[0]), 3); },
            .linear = true,
            .shapes = {{{4, 3}}},
            .errors = {{[] { nll_loss(zeros({2, 3}), tensor({0, 3})); },
                        "nll_loss: the target at [1] is 3, but a row has 3 classes"},
                       {[] { nll_loss(zeros({2, 3}), tensor({0})); },
                        "nll_loss: targets are [1], but with a target for each row they must be [2]"},
                       {[] { nll_loss(zeros({2, 3}), tensor({0, 1}), {.weights = ones({2})}); },
                        "nll_loss: weights are float32 [2], but with 3 classes they must be float32 [3]"},
                       {[] { nll_loss(scalar(1.0f), zeros({}, int64)); },
                        "nll_loss: x is [], but it must have an axis of classes"},
                       {[] { nll_loss(zeros({2, 3}, int64), tensor({0, 1})); },
                        "nll_loss: the tensor is int64, but it must be float32 or float64"}}});
  check_op({.op = [&](auto& x) { return nll_loss(x[0], tensor(targets), {.reduction = Reduction::none}); },
            .reference = [&](auto& x) { return losses(x[0]); },
            .linear = true,
            .shapes = {{{4, 3}}}});
  check_op({.op =
                [&](auto& x) {
                  return nll_loss(x[0], tensor(targets), {.weights = cast(tensor({0.5, 2.0, 3.0}), x[0].dtype())});
                },
            .reference =
                [&](auto& x) {
                  return Array(Shape{}, -(3 * x[0].at({0, 2}) + 0.5 * x[0].at({1, 0}) + 2 * x[0].at({3, 1})) / 5.5);
                },
            .linear = true,
            .shapes = {{{4, 3}}}});
  const Tensor x = zeros({2, 3}).require_grad(), none = full({2}, -100, int64);
  REQUIRE(nll_loss(x, none).item() == 0);
}

TEST_CASE("kl_divergence", "[ops]") {
  const auto losses = [](const std::vector<Array>& x) {
    Shape rows = x[0].shape;
    const std::int64_t width = rows[-1];
    rows.erase(rows.rank() - 1);
    Array y(rows);
    for (std::int64_t i = 0; i < x[0].size(); ++i) y[i / width] += x[1][i] * (std::log(x[1][i]) - x[0][i]);
    return y;
  };
  check_op(
      {.op = [](auto& x) { return kl_divergence(x[0], x[1], Reduction::none); },
       .reference = losses,
       .shapes = {{{3, 4}, {3, 4}}, {{7}, {7}}, {{2, 1, 3}, {2, 1, 3}}, {{0, 3}, {0, 3}}},
       .errors = {{[] { kl_divergence(zeros({2, 3}), zeros({3})); },
                   "kl_divergence: x is [2, 3] and target [3], but both must have the same shape"},
                  {[] { kl_divergence(zeros({2}), zeros({2}, float64)); },
                   "kl_divergence: x is float32 and target is float64, but both must have the same dtype; cast one of "
                   "them"},
                  {[] { kl_divergence(zeros({}), zeros({})); },
                   "kl_divergence: x is [], but it must have an axis of classes"},
                  {[] { kl_divergence(zeros({2}, int64), zeros({2}, int64)); },
                   "kl_divergence: the tensor is int64, but it must be float32 or float64"}},
       .low = 0.1,
       .high = 1});
  check_op({.op = [](auto& x) { return kl_divergence(x[0], x[1]); },
            .reference = [&](auto& x) { return averaged(losses(x), 3); },
            .shapes = {{{3, 4}, {3, 4}}},
            .low = 0.1,
            .high = 1});
  const Tensor x = tensor({-1.0, -2.0}).require_grad(), target = tensor({1.0, 0.0});  // 0 ln 0 is 0
  REQUIRE(kl_divergence(x, target).item() == Approx(1));
  REQUIRE(grad(kl_divergence(x, target), x).to_vector<double>() == std::vector<double>{-1, 0});
}

TEST_CASE("binary_cross_entropy_with_logits", "[ops]") {
  const auto loss = [](double x, double y, double positive) {
    return -(positive * y * std::log(sigmoid_of(x)) + (1 - y) * std::log(sigmoid_of(-x)));
  };
  check_op(
      {.op = [](auto& x) { return binary_cross_entropy_with_logits(x[0], x[1], {.reduction = Reduction::none}); },
       .reference = elementwise([&](double x, double y) { return loss(x, y, 1); }),
       .shapes = {{{3, 4}, {3, 4}}, {{33}, {33}}, {{}, {}}, {{0, 3}, {0, 3}}},
       .errors = {{[] { binary_cross_entropy_with_logits(zeros({2}), zeros({3})); },
                   "binary_cross_entropy_with_logits: x is [2] and targets [3], but both must have the same shape"},
                  {[] { binary_cross_entropy_with_logits(zeros({2}), zeros({2}), {.weights = zeros({3, 2})}); },
                   "binary_cross_entropy_with_logits: weights are [3, 2], which cannot be broadcast to [2]"},
                  {[] { binary_cross_entropy_with_logits(zeros({2}), zeros({2}), {.positive_weights = zeros({3})}); },
                   "binary_cross_entropy_with_logits: positive_weights is [3] and x is [2], but each axis, from "
                   "the last, must have the same length or length 1"}},
       .large = {{100, 900}, {100, 900}}});
  check_op({.op =
                [](auto& x) {
                  return binary_cross_entropy_with_logits(
                      x[0], x[1], {.weights = x[2].detach(), .positive_weights = x[3].detach()});
                },
            .reference =
                [&](auto& x) {
                  Array y(x[0].shape);
                  for (std::int64_t i = 0; i < 12; ++i) y[i] = x[2][i / 4] * loss(x[0][i], x[1][i], x[3][i % 4]);
                  return averaged(y, 12);
                },
            .shapes = {{{3, 4}, {3, 4}, {3, 1}, {4}}},
            .differentiable = false});
  const Tensor x = tensor({1000.0, -1000.0}).require_grad(), y = tensor({0.0, 1.0});
  REQUIRE(binary_cross_entropy_with_logits(x, y).item() == Approx(1000));
  REQUIRE(grad(binary_cross_entropy_with_logits(x, y), x).to_vector<double>() == std::vector<double>{0.5, -0.5});
}

TEST_CASE("focal_loss", "[ops]") {
  const std::vector<double> labels = {1, 0, 0, 1, 1, 0};
  for (const auto& [alpha, gamma] : {std::pair{0.25, 2.0}, {-1.0, 1.5}, {0.7, 0.0}}) {
    check_op({.op =
                  [&](auto& x) {
                    return focal_loss(x[0], cast(tensor(labels, {2, 3}), x[0].dtype()),
                                      {.alpha = alpha, .gamma = gamma, .reduction = Reduction::none});
                  },
              .reference =
                  [&](auto& x) {
                    Array y = x[0];
                    for (std::int64_t i = 0; i < 6; ++i) {
                      const bool positive = labels[static_cast<std::size_t>(i)] == 1;
                      const double q = sigmoid_of(positive ? y[i] : -y[i]);
                      const double a = alpha < 0 ? 1 : positive ? alpha : 1 - alpha;
                      y[i] = -a * std::pow(1 - q, gamma) * std::log(q);
                    }
                    return y;
                  },
              .shapes = {{{2, 3}}},
              .errors = {{[] { focal_loss(zeros({2}), zeros({3})); },
                          "focal_loss: x is [2] and targets [3], but both must have the same shape"},
                         {[] { focal_loss(zeros({2}), zeros({2}), {.alpha = 2}); },
                          "focal_loss: alpha is 2, but it must be at most 1"},
                         {[] { focal_loss(zeros({2}), zeros({2}), {.gamma = -1}); },
                          "focal_loss: gamma is -1, but it must be finite and not negative"}}});
  }
  const Tensor sure = tensor({1000.0, -1000.0}).require_grad();
  REQUIRE(focal_loss(sure, tensor({1.0, 0.0})).item() == 0);
  REQUIRE(grad(focal_loss(sure, tensor({1.0, 0.0})), sure).to_vector<double>() == std::vector<double>{0, 0});
}
