#include "catch.h"
#include "table.h"

using namespace heed;
using namespace table;

namespace {

/// y[place] = x[from(place)]
Reference moved(std::function<Shape(const Shape&)> shape_of, std::function<Shape(const Shape& place)> from) {
  return [=](const std::vector<Array>& x) {
    Array y(shape_of(x[0].shape));
    for (std::int64_t i = 0; i < y.size(); ++i) y[i] = x[0].at(from(place_of(i, y.shape)));
    return y;
  };
}

const Tensor x23 = zeros({2, 3});

}  // namespace

TEST_CASE("reshape", "[ops]") {
  const auto in_order = [](const Shape& shape) {
    return [shape](const std::vector<Array>& x) {
      Array y(shape);
      y.values = x[0].values;
      return y;
    };
  };
  check_op({.op = [](auto& x) { return reshape(x[0], {3, -1}); },
            .reference = in_order({3, 14}),
            .shapes = {{{6, 7}}, {{7, 6}}, {{2, 3, 7}}, {{42}}, {{1, 42, 1}}}});
  check_op({.op = [](auto& x) { return reshape(x[0], {2, 3, 7}); },
            .reference = in_order({2, 3, 7}),
            .shapes = {{{6, 7}}, {{3, 2, 7}}, {{21, 2}}}});
  check_op({.op = [](auto& x) { return reshape(x[0], {}); }, .reference = in_order({}), .shapes = {{{1, 1}}, {{}}}});
  check_op({.op = [](auto& x) { return reshape(x[0], {0, 5}); }, .reference = in_order({0, 5}), .shapes = {{{3, 0}}}});
  check_op({.op = [](auto& x) { return reshape(x[0], {-1}); },
            .shapes = {{{3, 7}}},
            .errors = {{[] { reshape(x23, {4, -1}); }, "reshape: x is [2, 3], 6 elements, which do not fit [4, -1]"},
                       {[] { reshape(x23, {7}); }, "reshape: x is [2, 3], 6 elements, which do not fit [7]"},
                       {[] { reshape(x23, {-1, -1}); },
                        "reshape: the new shape [-1, -1] must have lengths of at least 0, and at most one -1"},
                       {[] { reshape(x23, {-2, -3}); },
                        "reshape: the new shape [-2, -3] must have lengths of at least 0, and at most one -1"}},
            .large = {{700, 301}}});
}

TEST_CASE("transpose", "[ops]") {
  check_op({.op = [](auto& x) { return transpose(x[0]); },
            .reference = moved([](const Shape& s) { return Shape{s[0], s[2], s[1]}; },
                               [](const Shape& p) { return Shape{p[0], p[2], p[1]}; }),
            .shapes = {{{2, 3, 7}}, {{1, 1, 5}}, {{2, 0, 3}}},
            .errors = {{[] { transpose(x23, 0, 2); }, "transpose: axis 2 was given, but x is [2, 3]"},
                       {[] { transpose(zeros({3})); }, "transpose: axis -2 was given, but x is [3]"}},
            .large = {{30, 70, 111}}});
  check_op({.op = [](auto& x) { return transpose(x[0], 0, -1); },
            .reference = moved([](const Shape& s) { return Shape{s[2], s[1], s[0]}; },
                               [](const Shape& p) { return Shape{p[2], p[1], p[0]}; }),
            .shapes = {{{2, 3, 7}}, {{1, 1, 5}}}});
}

TEST_CASE("permute", "[ops]") {
  check_op(
      {.op = [](auto& x) { return permute(x[0], {2, 0, -2}); },
       .reference = moved([](const Shape& s) { return Shape{s[2], s[0], s[1]}; },
                          [](const Shape& p) { return Shape{p[1], p[2], p[0]}; }),
       .shapes = {{{2, 3, 7}}, {{1, 5, 1}}, {{2, 0, 3}}},
       .errors = {
           {[] { permute(x23, {0}); }, "permute: the order [0] must name each axis of x, which is [2, 3], once"},
           {[] { permute(x23, {1, 1}); }, "permute: the order [1, 1] must name each axis of x, which is [2, 3], once"},
           {[] { permute(x23, {0, 2}); },
            "permute: the order [0, 2] must name each axis of x, which is [2, 3], once"}}});
}

TEST_CASE("slice", "[ops]") {
  check_op({.op = [](auto& x) { return slice(x[0], 1, 1, -1, 2); },
            .reference = moved([](const Shape& s) { return Shape{s[0], (s[1] - 1) / 2}; },
                               [](const Shape& p) { return Shape{p[0], 1 + 2 * p[1]}; }),
            .shapes = {{{3, 7}}, {{2, 6}}, {{4, 2}}, {{0, 9}}},
            .errors = {{[] { slice(x23, 2, 0, 1); }, "slice: axis 2 was given, but x is [2, 3]"},
                       {[] { slice(x23, 0, 0, 1, 0); }, "slice: the step is 0, but it must be positive"}}});
  check_op({.op = [](auto& x) { return slice(x[0], 0, -2, 99); },
            .reference = moved([](const Shape& s) { return Shape{2, s[1]}; },
                               [](const Shape& p) { return Shape{p[0] + 3, p[1]}; }),
            .shapes = {{{5, 3}}}});
  for (const auto& [begin, end, step] : {std::array<std::int64_t, 3>{3, 1, 1}, {5, 9, 1}, {-1, -3, 2}, {-9, 0, 3}})
    REQUIRE(slice(zeros({5}), 0, begin, end, step).shape() == Shape{0});
  REQUIRE(slice(arange(10), 0, -9, 100, 4).to_vector<std::int64_t>() == std::vector<std::int64_t>{1, 5, 9});
}

TEST_CASE("select", "[ops]") {
  check_op({.op = [](auto& x) { return select(x[0], 1, -2); },
            .reference = moved([](const Shape& s) { return Shape{s[0], s[2]}; },
                               [](const Shape& p) { return Shape{p[0], 1, p[1]}; }),
            .shapes = {{{2, 3, 7}}, {{1, 3, 1}}, {{0, 3, 2}}},
            .errors = {{[] { select(x23, 1, 3); }, "select: index 3 is outside axis 1 of x, which is [2, 3]"},
                       {[] { select(x23, 0, -3); }, "select: index -3 is outside axis 0 of x, which is [2, 3]"},
                       {[] { select(x23, 2, 0); }, "select: axis 2 was given, but x is [2, 3]"}}});
}

TEST_CASE("broadcast_to", "[ops]") {
  check_op(
      {.op = [](auto& x) { return broadcast_to(x[0], {2, 3, 7}); },
       .reference =
           [](const std::vector<Array>& x) {
             Array y({2, 3, 7});
             for (std::int64_t i = 0; i < y.size(); ++i)
               y[i] = x[0].at(repeated_place(place_of(i, y.shape), x[0].shape));
             return y;
           },
       .shapes = {{{2, 3, 7}}, {{3, 1}}, {{}}, {{1, 1, 7}}},
       .errors = {{[] { broadcast_to(x23, {2, 1}); }, "broadcast_to: x is [2, 3], which cannot be repeated to [2, 1]"},
                  {[] { broadcast_to(x23, {4, 3}); },
                   "broadcast_to: x is [2, 3] and the shape is [4, 3], but each axis, from the last, must have the "
                   "same length or length 1"}}});
}

TEST_CASE("contiguous", "[ops]") {
  check_op({.op = [](auto& x) { return contiguous(transpose(x[0])); },
            .reference = moved([](const Shape& s) { return Shape{s[1], s[0]}; },
                               [](const Shape& p) { return Shape{p[1], p[0]}; }),
            .shapes = {{{3, 7}}, {{1, 5}}, {{0, 3}}},
            .large = {{300, 701}}});
  const Tensor x = ones({2, 3});
  REQUIRE(contiguous(x).is(x));
  REQUIRE(contiguous(transpose(x)).is_contiguous());
}

TEST_CASE("concat", "[ops]") {
  const auto reference = [](const std::vector<Array>& x) {
    Array y({x[0].shape[0], x[0].shape[1] + x[1].shape[1] + x[0].shape[1]});
    for (std::int64_t row = 0; row < y.shape[0]; ++row) {
      std::int64_t column = 0;
      for (const Array* part : {&x[0], &x[1], &x[0]})
        for (std::int64_t i = 0; i < part->shape[1]; ++i) y.at({row, column++}) = part->at({row, i});
    }
    return y;
  };
  check_op(
      {.op = [](auto& x) { return concat({x[0], x[1], x[0]}, -1); },
       .reference = reference,
       .shapes = {{{3, 7}, {3, 2}}, {{1, 1}, {1, 0}}, {{0, 2}, {0, 3}}},
       .errors = {{[] { concat(std::vector<Tensor>{}); }, "concat: no tensors were given, but at least one is needed"},
                  {[] { concat({x23, zeros({3, 3})}, 1); },
                   "concat: tensor 1 is float32 [3, 3] and tensor 0 is float32 [2, 3], but they must agree in all "
                   "but axis 1"},
                  {[] { concat({x23, zeros({2, 3}, int64)}); },
                   "concat: tensor 1 is int64 [2, 3] and tensor 0 is float32 [2, 3], but they must agree in all "
                   "but axis 0"},
                  {[] { concat({x23, zeros({2})}); },
                   "concat: tensor 1 is float32 [2] and tensor 0 is float32 [2, 3], but they must agree in all "
                   "but axis 0"},
                  {[] { concat({x23}, 2); }, "concat: axis 2 was given, but x is [2, 3]"}},
       .large = {{300, 301}, {300, 7}}});
}

TEST_CASE("cast", "[ops]") {
  check_op({.op = [](auto& x) { return cast(cast(x[0], float64), x[0].dtype()) * 1.0; },
            .reference = elementwise([](double x) { return x; }),
            .shapes = {{{3, 7}}, {{}}, {{0, 2}}},
            .large = {{300, 701}}});
  const Tensor x = tensor({2.5, -2.5, 0.0, 1.0}).require_grad();
  REQUIRE(cast(x, int64).to_vector<std::int64_t>() == std::vector<std::int64_t>{2, -2, 0, 1});
  REQUIRE(cast(x, int32).to_vector<std::int32_t>() == std::vector<std::int32_t>{2, -2, 0, 1});
  REQUIRE(cast(x, boolean).to_vector<bool>() == std::vector{true, true, false, true});
  REQUIRE(cast(x, float64).is(x));
  REQUIRE_FALSE(cast(x, int64).requires_grad());
  backward(sum(cast(x, float32) * tensor({1.0f, 2.0f, 3.0f, 4.0f})));
  REQUIRE(x.grad().to_vector<double>() == std::vector{1.0, 2.0, 3.0, 4.0});
}
