// Also tests ops/loss/reduction.h.
#include <cmath>

#include "catch.h"
#include "ops/table.h"

using namespace heed;
using namespace table;

namespace {

using Loss = std::function<Tensor(const Tensor&, const Tensor&, Reduction)>;

/// Checks the unreduced losses, their mean and their sum. No pair is at a kink.
void check_loss(const std::string& name, const Loss& loss, std::function<double(double, double)> formula) {
  check_op(
      {.op = [&](auto& x) { return loss(x[0], x[1], Reduction::none); },
       .reference = elementwise(formula),
       .shapes = {{{3, 7}, {3, 7}}, {{1}, {1}}, {{}, {}}, {{0, 3}, {0, 3}}, {{2, 33}, {2, 33}}},
       .errors = {{[&] { loss(zeros({2, 3}), zeros({3}), {}); },
                   name + ": x is [2, 3] and target [3], but both must have the same shape"},
                  {[&] { loss(zeros({2}), zeros({2}, float64), {}); },
                   name + ": x is float32 and target is float64, but both must have the same dtype; cast one of them"},
                  {[&] { loss(zeros({2}, int64), zeros({2}, int64), {}); },
                   name + ": the tensor is int64, but it must be float32 or float64"}},
       .float32_tolerance = 4e-6,
       .repeatable = false});
  const Array a = random_array({3, 4}, 1), b = random_array({3, 4}, 2);
  double total = 0;
  for (std::int64_t i = 0; i < 12; ++i) total += formula(a[i], b[i]);
  REQUIRE(loss(to_tensor(a), to_tensor(b), Reduction::mean).item() == Approx(total / 12));
  REQUIRE(loss(to_tensor(a), to_tensor(b), Reduction::sum).item() == Approx(total));
}

double square(double x) { return x * x; }

}  // namespace

TEST_CASE("mse_loss", "[ops]") {
  check_loss(
      "mse_loss", [](auto& x, auto& y, Reduction r) { return mse_loss(x, y, r); },
      [](double x, double y) { return square(x - y); });
}

TEST_CASE("l1_loss", "[ops]") {
  check_loss(
      "l1_loss", [](auto& x, auto& y, Reduction r) { return l1_loss(x, y, r); },
      [](double x, double y) { return std::abs(x - y); });
}

TEST_CASE("huber_loss", "[ops]") {
  check_loss(
      "huber_loss", [](auto& x, auto& y, Reduction r) { return huber_loss(x, y, 0.8, r); },
      [](double x, double y) {
        const double d = std::abs(x - y);
        return d < 0.8 ? square(d) / 2 : 0.8 * (d - 0.4);
      });
  REQUIRE_THROWS_WITH(huber_loss(zeros({2}), zeros({2}), 0),
                      "huber_loss: delta is 0, but it must be positive and finite");
}

TEST_CASE("smooth_l1_loss", "[ops]") {
  for (const double beta : {0.8, 0.0})
    check_loss(
        "smooth_l1_loss", [&](auto& x, auto& y, Reduction r) { return smooth_l1_loss(x, y, beta, r); },
        [&](double x, double y) {
          const double d = std::abs(x - y);
          return d < beta ? square(d) / (2 * beta) : d - beta / 2;
        });
  REQUIRE_THROWS_WITH(smooth_l1_loss(zeros({2}), zeros({2}), -1),
                      "smooth_l1_loss: beta is -1, but it must be finite and not negative");
}

TEST_CASE("hinge_loss", "[ops]") {
  check_loss(
      "hinge_loss", [](auto& x, auto& y, Reduction r) { return hinge_loss(x, y, 0.7, r); },
      [](double x, double y) { return std::max(0.0, 0.7 - x * y); });
}

TEST_CASE("margin_ranking_loss", "[ops]") {
  check_op({.op = [](auto& x) { return margin_ranking_loss(x[0], x[1], x[2], 0.3, Reduction::none); },
            .reference =
                [](auto& x) {
                  Array y = x[0];
                  for (std::int64_t i = 0; i < y.size(); ++i) y[i] = std::max(0.0, 0.3 - x[2][i] * (x[0][i] - x[1][i]));
                  return y;
                },
            .shapes = {{{3, 4}, {3, 4}, {3, 4}}},
            .errors = {{[] { margin_ranking_loss(zeros({2}), zeros({3}), zeros({2})); },
                        "margin_ranking_loss: a is [2] and b [3], but both must have the same shape"},
                       {[] { margin_ranking_loss(zeros({2}), zeros({2}), zeros({3})); },
                        "margin_ranking_loss: a is [2] and target [3], but both must have the same shape"}},
            .repeatable = false});
}
