// Also tests ops/shape/axes.h.
#include <cmath>

#include "catch.h"
#include "ops/table.h"

using namespace heed;
using namespace table;

namespace {

/// Reduction over the axes whose bits are set.
Reference fold(unsigned axes, bool keep, double start, std::function<double(double, double)> step,
               bool divided = false) {
  return [=](const std::vector<Array>& x) {
    Shape kept = x[0].shape, shape;
    double folded = 1;
    for (int axis = 0; axis < kept.rank(); ++axis) {
      if (!(axes >> axis & 1u)) {
        shape.push_back(kept[axis]);
        continue;
      }
      folded *= static_cast<double>(kept[axis]);
      kept[axis] = 1;
      if (keep) shape.push_back(1);
    }
    Array y(kept, start);
    for (std::int64_t i = 0; i < x[0].size(); ++i) {
      double& total = y.at(repeated_place(place_of(i, x[0].shape), kept));
      total = step(total, x[0][i]);
    }
    if (divided)
      for (double& value : y.values) value /= folded;
    y.shape = shape;
    return y;
  };
}

struct Case {
  Axes axes;
  bool keep;
  unsigned bits;
};
const std::vector<Case> cases = {{{}, false, 7},     {{}, true, 7},      {{0}, false, 1},
                                 {{1}, true, 2},     {{-1}, false, 4},   {{0, 1}, false, 3},
                                 {{-1, 0}, true, 5}, {{1, 2}, false, 6}, {{0, 1, 2}, false, 7}};
const std::vector<std::vector<Shape>> shapes = {{{3, 7, 5}}, {{1, 33, 1}}, {{2, 1, 4}}, {{1, 1, 1}}};

const Tensor x23 = zeros({2, 3});

}  // namespace

TEST_CASE("sum", "[ops]") {
  for (const auto& [axes, keep, bits] : cases) {
    Row row{
        .op = [&](auto& x) { return sum(x[0], axes, keep); },
        .reference = fold(bits, keep, 0, [](double total, double x) { return total + x; }),
        .linear = true,
        .shapes = shapes,
        .errors = {{[] { sum(x23, {2}); }, "sum: axis 2 was given, but x is [2, 3]"},
                   {[] { sum(x23, {0, -2}); }, "sum: axis -2 was given twice"},
                   {[] { sum(zeros({2}, bfloat16)); },
                    "sum: the tensor is bfloat16, which can only be stored and converted; cast it to float32 first"}},
        .large = {{41, 70, 301}}};
    row.shapes.push_back({{3, 0, 2}});
    check_op(row);
  }
  REQUIRE(sum(scalar(3.0)).item() == 3);
  REQUIRE(sum(arange(100000)).item<std::int64_t>() == 4999950000);
  check_op({.op = [](auto& x) { return sum(x[0]); }, .linear = true, .shapes = {{{5}}}, .large = {{200003}}});
}

TEST_CASE("mean", "[ops]") {
  for (const auto& [axes, keep, bits] : cases)
    check_op(
        {.op = [&](auto& x) { return mean(x[0], axes, keep); },
         .reference = fold(
             bits, keep, 0, [](double total, double x) { return total + x; }, true),
         .linear = true,
         .shapes = shapes,
         .errors = {{[] { mean(x23, {2}); }, "sum: axis 2 was given, but x is [2, 3]"},
                    {[] { mean(zeros({2}, int64)); }, "mean: the tensor is int64, but it must be float32 or float64"}},
         .large = {{41, 70, 301}}});
}

TEST_CASE("prod", "[ops]") {
  for (const auto& [axes, keep, bits] : cases) {
    Row row{
        .op = [&](auto& x) { return prod(x[0], axes, keep); },
        .reference = fold(bits, keep, 1, [](double product, double x) { return product * x; }),
        .shapes = {{{3, 4, 2}}, {{1, 33, 1}}, {{1, 1, 1}}, {{3, 0, 2}}},
        .errors = {{[] { prod(x23, {2}); }, "prod: axis 2 was given, but x is [2, 3]"},
                   {[] { prod(zeros({2}, bfloat16)); },
                    "prod: the tensor is bfloat16, which can only be stored and converted; cast it to float32 first"}},
        .low = 0.8,
        .high = 1.2,
        .large = {{41, 70, 31}}};
    check_op(row);
  }
  REQUIRE(prod(scalar(3.0)).item() == 3);
  REQUIRE(prod(tensor({5, -2, 7})).item<std::int64_t>() == -70);
  REQUIRE(std::isnan(prod(tensor({0.0, std::nan("")})).item()));
}
