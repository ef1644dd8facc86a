#include "catch.h"
#include "ops/elementwise_rows.h"

using namespace heed;
using namespace table;

namespace {

const std::vector<std::vector<Shape>> shapes = {{{33}}, {{3, 4, 2}}, {{1, 1, 1}}, {{2, 0, 3}}, {{0, 2}}};
const std::vector<Shape> large = {{9, 301, 70}};

/// Reference: f of each line along the axis, in place, from its end if reversed.
Reference along(int axis, bool reverse, std::function<void(std::vector<double>&)> f) {
  return [=](const std::vector<Array>& x) {
    Array y = x[0];
    const int at = axis < 0 ? axis + y.shape.rank() : axis;
    Shape lines = y.shape;
    lines[at] = std::min<std::int64_t>(1, lines[at]);
    for (std::int64_t i = 0; i < lines.elements(); ++i) {
      Shape place = place_of(i, lines);
      std::vector<double> line;
      for (place[at] = 0; place[at] < y.shape[at]; ++place[at]) line.push_back(y.at(place));
      if (reverse) std::reverse(line.begin(), line.end());
      f(line);
      if (reverse) std::reverse(line.begin(), line.end());
      for (place[at] = 0; place[at] < y.shape[at]; ++place[at]) y.at(place) = line[static_cast<std::size_t>(place[at])];
    }
    return y;
  };
}

/// Reference: y[k] = combine(y[k - 1], x[k])
std::function<void(std::vector<double>&)> chain(double (*combine)(double, double)) {
  return [combine](std::vector<double>& line) {
    for (std::size_t k = 1; k < line.size(); ++k) line[k] = combine(line[k - 1], line[k]);
  };
}

template <class F>
void check_along(const std::string& name, const F& f, double (*combine)(double, double), Row row = {.op = {}}) {
  for (const int axis : {-1, 0}) {
    row.op = [&](auto& x) { return f(x[0], axis); };
    row.reference = along(axis, false, chain(combine));
    row.shapes = shapes;
    row.errors = {
        {[&] { f(zeros({2}), 1); }, name + ": axis 1 was given, but x is [2]"},
        {[&] { f(zeros({2}, bfloat16), 0); },
         name + ": the tensor is bfloat16, which can only be stored and converted; cast it to float32 first"}};
    row.large = large;
    check_op(row);
  }
}

/// Offsets of the elements of the lines along an axis.
struct Around {
  std::int64_t length, inner = 1, lines = 1;

  Around(const Shape& shape, int axis) : length(shape[axis]) {
    const int at = axis < 0 ? axis + shape.rank() : axis;
    for (int i = at + 1; i < shape.rank(); ++i) inner *= shape[i];
    for (int i = 0; i < shape.rank(); ++i) lines *= i == at ? 1 : shape[i];
  }
  std::int64_t at(std::int64_t line, std::int64_t k) const {
    return (line / inner * length + k) * inner + line % inner;
  }
};

double plus(double a, double b) { return a + b; }
double times(double a, double b) { return a * b; }

}  // namespace

TEST_CASE("cumsum", "[ops]") {
  check_along("cumsum", [](const Tensor& x, int axis) { return cumsum(x, axis); }, plus, {.op = {}, .linear = true});
  check_op({.op = [](auto& x) { return cumsum(x[0], 1, true); },
            .reference = along(1, true, chain(plus)),
            .linear = true,
            .shapes = {{{3, 4, 2}}, {{2, 0}}}});
  REQUIRE(cumsum(tensor({5, -2, 7}), 0).to_vector<std::int64_t>() == std::vector<std::int64_t>{5, 3, 10});
  REQUIRE(cumsum(full({1 << 20}, 0.1), 0).to_vector<float>().back() == Approx(104857.6f).epsilon(1e-6));
}

TEST_CASE("cumprod", "[ops]") {
  check_along("cumprod", [](const Tensor& x, int axis) { return cumprod(x, axis); }, times,
              {.op = {}, .low = 0.8, .high = 1.2});
  check_op({.op = [](auto& x) { return cumprod(x[0], 1, true); },
            .reference = along(1, true, chain(times)),
            .shapes = {{{3, 4, 2}}, {{2, 0}}}});
  REQUIRE(cumprod(tensor({5, -2, 7}), 0).to_vector<std::int64_t>() == std::vector<std::int64_t>{5, -10, -70});
}

TEST_CASE("cumprod and prod have exact gradients where elements are 0", "[ops]") {
  for (const std::vector<double>& values : std::vector<std::vector<double>>{{2, 0, 3, 5}, {0, 2, 0, 3}, {0, 0, 0, 1}}) {
    const std::vector<Tensor> x = {tensor(values).require_grad()};
    for (const bool reverse : {false, true}) {
      const auto f = [=](const Tensor& v) { return cumprod(v, 0, reverse); };
      REQUIRE(gradcheck(f, x));
      REQUIRE(gradgradcheck(f, x));
    }
    const auto f = [](const Tensor& v) { return prod(v); };
    REQUIRE(gradcheck(f, x));
    REQUIRE(gradgradcheck(f, x));
  }
}

TEST_CASE("cummax", "[ops]") {
  check_along(
      "cummax", [](const Tensor& x, int axis) { return cummax(x, axis)[0]; },
      [](double a, double b) { return std::max(a, b); }, {.op = {}, .repeatable = false});
  const auto [values, places] = cummax(tensor({2.0, 1.0, 2.0, not_a_number, 9.0}), 0);
  REQUIRE(places.to_vector<std::int64_t>() == std::vector<std::int64_t>{0, 0, 0, 3, 3});
  REQUIRE(values.to_vector<double>()[2] == 2);
  REQUIRE(std::isnan(values.to_vector<double>()[4]));
  REQUIRE(cummax(tensor({3, 1, 5}), 0)[0].to_vector<std::int32_t>() == std::vector<std::int32_t>{3, 3, 5});
}

TEST_CASE("cummin", "[ops]") {
  check_along(
      "cummin", [](const Tensor& x, int axis) { return cummin(x, axis)[0]; },
      [](double a, double b) { return std::min(a, b); }, {.op = {}, .repeatable = false});
  REQUIRE(cummin(tensor({3, 1, 1, 0}), 0)[1].to_vector<std::int64_t>() == std::vector<std::int64_t>{0, 1, 1, 3});
}

TEST_CASE("logcumsumexp", "[ops]") {
  for (const int axis : {-1, 0})
    check_op({.op = [=](auto& x) { return logcumsumexp(x[0], axis); },
              .reference = along(axis, false,
                                 [](std::vector<double>& line) {
                                   double sum = 0;
                                   for (double& value : line) value = std::log(sum += std::exp(value));
                                 }),
              .shapes = shapes,
              .errors = {{[] { logcumsumexp(arange(2), 0); },
                          "logcumsumexp: the tensor is int64, but it must be float32 or float64"}},
              .large = {{9, 301, 7}}});
  const auto at = [](std::vector<double> x) { return logcumsumexp(tensor(x), 0).to_vector<double>(); };
  REQUIRE(at({-infinity, 1000, 1000}) == std::vector{-infinity, 1000.0, 1000 + std::log(2.0)});
  REQUIRE(at({infinity, infinity, -infinity}) == std::vector{infinity, infinity, infinity});
  REQUIRE(std::isnan(at({1, not_a_number, infinity})[2]));
  const Tensor x = tensor({-infinity, 1.0, -infinity, 1.0}).require_grad();
  backward(sum(where(isfinite(logcumsumexp(x, 0)), logcumsumexp(x, 0), zeros({}, float64))));
  require_near(x.grad(), to_array(tensor({0.0, 2.5, 0.0, 0.5})), 1e-15);
}

TEST_CASE("linear_recurrence", "[ops]") {
  for (const bool reverse : {false, true})
    for (const int axis : {1, -1})
      check_op({.op = [=](auto& x) { return linear_recurrence(x[0], x[1], axis, reverse); },
                .reference =
                    [=](const std::vector<Array>& x) {
                      const Around around{x[0].shape, axis};
                      Array y = x[1];
                      for (std::int64_t line = 0; line < around.lines; ++line)
                        for (std::int64_t n = 1; n < around.length; ++n) {
                          const std::int64_t k = reverse ? around.length - 1 - n : n;
                          y[around.at(line, k)] +=
                              x[0][around.at(line, k)] * y[around.at(line, k + (reverse ? 1 : -1))];
                        }
                      return y;
                    },
                .shapes = {{{2, 5}, {2, 5}}, {{3, 4, 2}, {3, 4, 2}}, {{1, 1}, {1, 1}}, {{2, 0}, {2, 0}}},
                .errors = {{[] { linear_recurrence(zeros({2}), zeros({3}), 0); },
                            "linear_recurrence: decay is [2] and x is [3], but both must have the same shape"},
                           {[] { linear_recurrence(arange(2), arange(2), 0); },
                            "linear_recurrence: the tensor is int64, but it must be float32 or float64"},
                           {[] { linear_recurrence(zeros({2}), zeros({2}), 1); },
                            "linear_recurrence: axis 1 was given, but x is [2]"}},
                .low = -1,
                .high = 1,
                .large = {{9, 301, 7}, {9, 301, 7}}});
}

TEST_CASE("shift", "[ops]") {
  for (const std::int64_t by : {1, -2, 9})
    check_op({.op = [=](auto& x) { return shift(x[0], 1, by, 7); },
              .reference =
                  [=](const std::vector<Array>& x) {
                    Array y(x[0].shape, 7);
                    for (std::int64_t i = 0; i < y.size(); ++i) {
                      Shape place = place_of(i, y.shape);
                      place[1] -= by;
                      if (place[1] >= 0 && place[1] < y.shape[1]) y[i] = x[0].at(place);
                    }
                    return y;
                  },
              .shapes = {{{2, 5}}, {{3, 4, 2}}, {{3, 0}}}});
  REQUIRE(shift(tensor({1, 2, 3}), 0, 1).to_vector<std::int32_t>() == std::vector<std::int32_t>{0, 1, 2});
}
