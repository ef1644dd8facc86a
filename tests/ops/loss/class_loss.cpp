// The options of cross_entropy and linear_cross_entropy.
#include <cmath>

#include <heed/ops/support/class_loss.h>

#include "catch.h"
#include "ops/table.h"

using namespace heed;
using namespace table;
using namespace heed::detail;

namespace {

constexpr std::int64_t ignored = -7;
const std::vector<std::int64_t> targets_of_five = {2, 0, ignored, 3, 2};

struct Options {
  double smoothing, z_loss;
  bool weighted;
  Reduction reduction;
};

CrossEntropyOptions options_of(const Options& o, DType dtype) {
  CrossEntropyOptions options{
      .ignore_index = ignored, .label_smoothing = o.smoothing, .z_loss = o.z_loss, .reduction = o.reduction};
  if (o.weighted) options.weights = cast(tensor({0.5, 2.0, 1.5, 0.25}), dtype);
  return options;
}

double weight_of(const Options& o, std::int64_t c) {
  return o.weighted ? std::vector<double>{0.5, 2.0, 1.5, 0.25}[static_cast<std::size_t>(c)] : 1;
}

/// Reference on logits [5, 4].
Array losses_of(const Options& o, const Array& logits) {
  Array losses(Shape{5});
  double total = 0, weights = 0;
  for (std::int64_t r = 0; r < 5; ++r) {
    const std::int64_t t = targets_of_five[static_cast<std::size_t>(r)];
    if (t == ignored) continue;
    double l = 0;
    for (std::int64_t c = 0; c < 4; ++c) l += std::exp(logits.at({r, c}));
    l = std::log(l);
    losses[r] = weight_of(o, t) * (o.z_loss * l * l + (1 - o.smoothing) * (l - logits.at({r, t})));
    for (std::int64_t c = 0; c < 4; ++c) losses[r] += o.smoothing / 4 * weight_of(o, c) * (l - logits.at({r, c}));
    total += losses[r];
    weights += weight_of(o, t);
  }
  if (o.reduction == Reduction::none) return losses;
  return Array(Shape{}, o.reduction == Reduction::sum ? total : total / weights);
}

const std::vector<Options> combinations = {
    {0.1, 0, false, Reduction::mean}, {0, 0.3, false, Reduction::sum},   {0, 0, true, Reduction::mean},
    {0, 0, false, Reduction::none},   {0.2, 0.1, true, Reduction::mean}, {1, 0.1, true, Reduction::none},
};

}  // namespace

TEST_CASE("cross_entropy with weights, smoothing, z-loss and reductions", "[ops]") {
  for (const Options& o : combinations) {
    INFO("smoothing " << o.smoothing << ", z " << o.z_loss << ", weighted " << o.weighted);
    check_op({.op = [&](auto& x) { return cross_entropy(x[0], tensor(targets_of_five), options_of(o, x[0].dtype())); },
              .reference = [&](auto& x) { return losses_of(o, x[0]); },
              .shapes = {{{5, 4}}}});
  }
  check_op({.op =
                [](auto& x) {
                  return cross_entropy(x[0], zeros(Shape{x[0].size(0)}, int64),
                                       {.label_smoothing = 0.1, .z_loss = 1e-2, .reduction = Reduction::none});
                },
            .shapes = {{{2, 7}}, {{0, 3}}, {{3, 1}}, {{2, 33}}},
            .float32_tolerance = 1e-5,
            .large = {{300, 701}}});
  const Tensor x = zeros({5, 4}), t = zeros({5}, int64);
  REQUIRE_THROWS_WITH(cross_entropy(x, t, {.weights = ones({3})}),
                      "cross_entropy: weights are float32 [3], but with 4 classes they must be float32 [4]");
  REQUIRE_THROWS_WITH(cross_entropy(x, t, {.weights = ones({4}, float64)}),
                      "cross_entropy: weights are float64 [4], but with 4 classes they must be float32 [4]");
  REQUIRE_THROWS_WITH(cross_entropy(x, t, {.label_smoothing = 1.5}),
                      "cross_entropy: label_smoothing is 1.5, but it must be between 0 and 1");
}

TEST_CASE("cross_entropy unreduced keeps the shape of rows", "[ops]") {
  const Tensor x = to_tensor(random_array({2, 3, 4}, 1)), t = tensor<std::int64_t>({0, 3, -100, 1, 2, 2}, {2, 3});
  const Tensor losses = cross_entropy(x, t, {.reduction = Reduction::none});
  REQUIRE(losses.shape() == Shape{2, 3});
  REQUIRE(losses.to_vector<double>()[2] == 0);
  REQUIRE(sum(losses).item() / 5 == Approx(cross_entropy(x, t).item()));
  const Tensor weight = to_tensor(random_array({4, 4}, 2));
  const Tensor of_linear = linear_cross_entropy(x, weight, {}, t, {.reduction = Reduction::none});
  require_near(of_linear, to_array(cross_entropy(linear(x, weight), t, {.reduction = Reduction::none})), 1e-13);
}

TEST_CASE("linear_cross_entropy with weights, smoothing, z-loss and reductions", "[ops]") {
  for (const Options& o : combinations) {
    INFO("smoothing " << o.smoothing << ", z " << o.z_loss << ", weighted " << o.weighted);
    check_op({.op =
                  [&](auto& x) {
                    return linear_cross_entropy(x[0], x[1], x[2], tensor(targets_of_five), options_of(o, x[0].dtype()));
                  },
              .reference =
                  [&](auto& x) {
                    Array logits({5, 4});
                    for (std::int64_t r = 0; r < 5; ++r)
                      for (std::int64_t c = 0; c < 4; ++c) {
                        logits.at({r, c}) = x[2][c];
                        for (std::int64_t i = 0; i < 3; ++i) logits.at({r, c}) += x[0].at({r, i}) * x[1].at({c, i});
                      }
                    return losses_of(o, logits);
                  },
              .shapes = {{{5, 3}, {4, 3}, {4}}},
              .float32_tolerance = 1e-5});
  }
}

TEST_CASE("linear_cross_entropy by row in several chunks is cross_entropy of linear", "[ops]") {
  std::vector<std::int64_t> targets;
  for (std::int64_t row = 0; row < 2500; ++row) targets.push_back(row % 5 == 1 ? -100 : row % 11);
  const CrossEntropyOptions options{.label_smoothing = 0.1, .reduction = Reduction::none};
  const Tensor x = to_tensor(random_array({2500, 6}, 1)), weight = to_tensor(random_array({11, 6}, 2)),
               bias = to_tensor(random_array({11}, 3)), dy = to_tensor(random_array({2500}, 4));
  const std::vector<Tensor> inputs = {x.require_grad(), weight.require_grad(), bias.require_grad()};
  const Tensor fused = linear_cross_entropy(x, weight, bias, tensor(targets), options);
  const Tensor apart = cross_entropy(linear(x, weight, bias), tensor(targets), options);
  require_near(fused, to_array(apart), 1e-13);
  const auto expected = grad(sum(apart * dy), inputs), found = grad(sum(fused * dy), inputs);
  for (std::size_t i = 0; i < inputs.size(); ++i) require_near(found[i], to_array(expected[i]), 1e-12);
}

TEST_CASE("cross_entropy with probabilities as targets", "[ops]") {
  for (const bool all : {false, true}) {
    const double s = all ? 0.2 : 0, z = all ? 0.1 : 0;
    check_op({.op =
                  [&](auto& x) {
                    CrossEntropyOptions options{.label_smoothing = s, .z_loss = z};
                    if (all) options.weights = cast(tensor({0.5, 2.0, 1.5, 0.25}), x[0].dtype());
                    return cross_entropy(x[0], x[1], options);
                  },
              .reference =
                  [&](auto& x) {
                    double total = 0;
                    for (std::int64_t r = 0; r < 3; ++r) {
                      double l = 0;
                      for (std::int64_t c = 0; c < 4; ++c) l += std::exp(x[0].at({r, c}));
                      l = std::log(l);
                      for (std::int64_t c = 0; c < 4; ++c)
                        total += weight_of({s, z, all, {}}, c) * ((1 - s) * x[1].at({r, c}) + s / 4) *
                                 (l - x[0].at({r, c}) + z * l * l) / 3;
                    }
                    return Array(Shape{}, total);
                  },
              .shapes = {{{3, 4}, {3, 4}}},
              .errors = {{[] { cross_entropy(zeros({2, 3}), zeros({2, 4})); },
                          "cross_entropy: logits are [2, 3] and targets [2, 4], but probabilities must have the shape "
                          "of logits"}}});
  }
}

TEST_CASE("reduced gives the mean, the sum or all losses", "[ops]") {
  const Tensor losses = tensor({1.0, 2.0, 6.0});
  REQUIRE(reduced(losses, Reduction::mean).item() == 3);
  REQUIRE(reduced(losses, Reduction::sum).item() == 9);
  REQUIRE(reduced(losses, Reduction::none).is(losses));
}

TEST_CASE("checked_targets replaces ignored targets by -1", "[ops]") {
  const Tensor targets = checked_targets("op", tensor<std::int32_t>({2, -5, 0}), {3}, 3, {.ignore_index = -5});
  REQUIRE(targets.to_vector<std::int64_t>() == std::vector<std::int64_t>{2, -1, 0});
  REQUIRE_THROWS_WITH(checked_targets("op", targets, {2}, 3, {}),
                      "op: targets are [3], but with a target for each row they must be [2]");
}
