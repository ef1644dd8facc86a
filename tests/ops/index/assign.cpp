#include "catch.h"
#include "ops/table.h"

using namespace heed;
using namespace table;

namespace {

/// Op that writes x[1] into a copy of x[0] by `write`.
Op written(std::function<void(const Tensor& target, const Tensor& values)> write) {
  return [=](const std::vector<Tensor>& x) {
    Tensor target = x[0].detach() * 1.0;  // a copy
    write(target, x.size() > 1 ? x[1].detach() : Tensor{});
    return target;
  };
}

/// Reference: target = f(target, value) for each element, with broadcast values.
Reference updated(std::function<double(double, double)> f) {
  return [=](const std::vector<Array>& x) {
    Array y = x[0];
    for (std::int64_t i = 0; i < y.size(); ++i)
      y[i] = f(y[i], x[1].at(repeated_place(place_of(i, y.shape), x[1].shape)));
    return y;
  };
}

const std::vector<std::vector<Shape>> pairs = {{{3, 7}, {3, 7}}, {{2, 33}, {33}}, {{3, 5}, {3, 1}},
                                               {{3, 5}, {}},     {{0, 3}, {3}},   {{}, {}}};
const std::vector<Shape> large = {{300, 701}, {701}};

}  // namespace

TEST_CASE("assign", "[ops]") {
  check_op(
      {.op = written([](const Tensor& target, const Tensor& values) { assign(target, values); }),
       .reference = updated([](double, double value) { return value; }),
       .linear = true,
       .shapes = pairs,
       .errors = {{[] { assign(zeros({2, 3}), zeros({2, 3}, float64)); },
                   "assign: the target is float32 and values is float64, but both must have the same dtype; cast one "
                   "of them"},
                  {[] { assign(zeros({3}), zeros({2, 3})); },
                   "assign: the target is [3], to which values, [2, 3], cannot be broadcast"},
                  {[] { assign(zeros({3}), zeros({2})); },
                   "assign: the target is [3] and values is [2], but each axis, from the last, must have the same "
                   "length or length 1"},
                  {[] { assign(broadcast_to(zeros({3}), {2, 3}), 1); },
                   "assign: the target [2, 3] has strides [0, 1], so its elements may overlap in memory; "
                   "write into contiguous(x)"},
                  {[] { assign(unfold(zeros({5}), 0, 3), 1); },
                   "assign: the target [3, 3] has strides [1, 1], so its elements may overlap in memory; "
                   "write into contiguous(x)"}},
       .differentiable = false,
       .large = large});
  check_op({.op = written([](const Tensor& target, const Tensor& values) {
              assign(slice(transpose(target), 0, {}, {}, -2), values);
            }),
            .reference =
                [](const std::vector<Array>& x) {
                  Array y = x[0];
                  for (std::int64_t i = 0; i < 4; ++i)
                    for (std::int64_t j = 0; j < 3; ++j) y.at({j, 6 - 2 * i}) = x[1].at({i, j});
                  return y;
                },
            .linear = true,
            .shapes = {{{3, 7}, {4, 3}}},
            .differentiable = false});
  const Tensor x = zeros({3, 3}, int64);
  assign(diagonal(x), 5);
  assign(select(x, 0, 0), tensor<std::int64_t>({1, 2, 3}));
  REQUIRE(x.to_vector<std::int64_t>() == std::vector<std::int64_t>{1, 2, 3, 0, 5, 0, 0, 0, 5});
  const Tensor flags = zeros({3}, boolean);
  assign(slice(flags, 0, 1, {}), 1);
  REQUIRE(flags.to_vector<bool>() == std::vector{false, true, true});
}

TEST_CASE("values may share memory with the target", "[ops]") {
  const Tensor x = arange(5);
  assign(slice(x, 0, 1, {}), slice(x, 0, 0, -1));
  REQUIRE(x.to_vector<std::int64_t>() == std::vector<std::int64_t>{0, 0, 1, 2, 3});
  assign(x, flip(x));
  REQUIRE(x.to_vector<std::int64_t>() == std::vector<std::int64_t>{3, 2, 1, 0, 0});
  x += flip(x);
  REQUIRE(x.to_vector<std::int64_t>() == std::vector<std::int64_t>{3, 2, 2, 2, 3});
  x += x;
  REQUIRE(x.to_vector<std::int64_t>() == std::vector<std::int64_t>{6, 4, 4, 4, 6});
  const Tensor y = reshape(arange(4), {2, 2});
  slice(y, 0, 1, {}) *= slice(y, 0, 0, 1);
  y += transpose(y);
  REQUIRE(y.to_vector<std::int64_t>() == std::vector<std::int64_t>{0, 1, 1, 6});
}

TEST_CASE("assign_where", "[ops]") {
  const auto mask = [](const Shape& shape) { return greater(reshape(arange(shape.elements()), shape), 2); };
  check_op({.op = written([&](const Tensor& target, const Tensor& values) {
              assign_where(target, mask(target.shape()), values);
            }),
            .reference =
                [](const std::vector<Array>& x) {
                  Array y = x[0];
                  for (std::int64_t i = 3; i < y.size(); ++i)
                    y[i] = x[1].at(repeated_place(place_of(i, y.shape), x[1].shape));
                  return y;
                },
            .linear = true,
            .shapes = pairs,
            .errors = {{[] { assign_where(zeros({3}), zeros({3}), 1); },
                        "assign_where: the mask is float32 [3], but it must be bool"},
                       {[] { assign_where(zeros({3}), zeros({2, 3}, boolean), 1); },
                        "assign_where: the target is [3], to which the mask, [2, 3], cannot be broadcast"}},
            .differentiable = false,
            .large = large});
  const Tensor x = reshape(arange(6), {2, 3});
  assign_where(slice(x, 1, 1, {}), greater(slice(x, 1, 1, {}), 1), -1);
  REQUIRE(x.to_vector<std::int64_t>() == std::vector<std::int64_t>{0, 1, -1, 3, -1, -1});
}

TEST_CASE("+=", "[ops]") {
  check_op({.op = written([](const Tensor& target, const Tensor& values) { target += values; }),
            .reference = updated([](double a, double b) { return a + b; }),
            .linear = true,
            .shapes = pairs,
            .errors = {{[] { zeros({3}) += zeros({2}); },
                        "+=: the target is [3] and values is [2], but each axis, from the last, must have the same "
                        "length or length 1"},
                       {[] { zeros({3}, boolean) += 1; }, "+=: the tensor is bool, but it must be a number"}},
            .differentiable = false,
            .large = large});
  check_op({.op = written([](const Tensor& target, const Tensor&) { slice(target, 1, {}, {}, -2) += 3; }),
            .reference =
                [](const std::vector<Array>& x) {
                  Array y = x[0];
                  for (std::int64_t i = 0; i < y.size(); i += 2) y[i] += 3;
                  return y;
                },
            .shapes = {{{1, 7}}, {{1, 701}}},
            .differentiable = false});
}

TEST_CASE("-=, *= and /=", "[ops]") {
  check_op({.op = written([](const Tensor& target, const Tensor& values) { target -= values; }),  // "-="
            .reference = updated([](double a, double b) { return a - b; }),
            .linear = true,
            .shapes = pairs,
            .differentiable = false});
  check_op({.op = written([](const Tensor& target, const Tensor& values) { target *= values; }),  // "*="
            .reference = updated([](double a, double b) { return a * b; }),
            .multilinear = true,
            .shapes = pairs,
            .differentiable = false});
  check_op({.op = written([](const Tensor& target, const Tensor& values) { target /= values; }),  // "/="
            .reference = updated([](double a, double b) { return a / b; }),
            .shapes = pairs,
            .errors = {{[] { arange(3) /= 2; }, "/=: the tensor is int64, but it must be float32 or float64"}},
            .low = 0.5,
            .differentiable = false});
  const Tensor x = tensor({1.0, 2.0});
  ((x -= 3) *= 4) /= 8;
  REQUIRE(x.to_vector<double>() == std::vector{-1.0, -0.5});
}
