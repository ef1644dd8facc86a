#include "catch.h"
#include "ops/table.h"

using namespace heed;
using namespace table;

namespace {

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
            .linear = true,
            .shapes = {{{6, 7}}, {{7, 6}}, {{2, 3, 7}}, {{42}}, {{1, 42, 1}}}});
  check_op({.op = [](auto& x) { return reshape(x[0], {2, 3, 7}); },
            .reference = in_order({2, 3, 7}),
            .linear = true,
            .shapes = {{{6, 7}}, {{3, 2, 7}}, {{21, 2}}}});
  check_op({.op = [](auto& x) { return reshape(x[0], {}); },
            .reference = in_order({}),
            .linear = true,
            .shapes = {{{1, 1}}, {{}}}});
  check_op({.op = [](auto& x) { return reshape(x[0], {0, 5}); },
            .reference = in_order({0, 5}),
            .linear = true,
            .shapes = {{{3, 0}}}});
  check_op({.op = [](auto& x) { return reshape(x[0], {-1}); },
            .linear = true,
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
            .linear = true,
            .shapes = {{{2, 3, 7}}, {{1, 1, 5}}, {{2, 0, 3}}},
            .errors = {{[] { transpose(x23, 0, 2); }, "transpose: axis 2 was given, but x is [2, 3]"},
                       {[] { transpose(zeros({3})); }, "transpose: axis -2 was given, but x is [3]"}},
            .large = {{30, 70, 111}}});
  check_op({.op = [](auto& x) { return transpose(x[0], 0, -1); },
            .reference = moved([](const Shape& s) { return Shape{s[2], s[1], s[0]}; },
                               [](const Shape& p) { return Shape{p[2], p[1], p[0]}; }),
            .linear = true,
            .shapes = {{{2, 3, 7}}, {{1, 1, 5}}}});
}

TEST_CASE("permute", "[ops]") {
  check_op(
      {.op = [](auto& x) { return permute(x[0], {2, 0, -2}); },
       .reference = moved([](const Shape& s) { return Shape{s[2], s[0], s[1]}; },
                          [](const Shape& p) { return Shape{p[1], p[2], p[0]}; }),
       .linear = true,
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
            .linear = true,
            .shapes = {{{3, 7}}, {{2, 6}}, {{4, 2}}, {{0, 9}}},
            .errors = {{[] { slice(x23, 2, 0, 1); }, "slice: axis 2 was given, but x is [2, 3]"},
                       {[] { slice(x23, 0, 0, 1, 0); }, "slice: the step is 0, but it must be positive or negative"}}});
  check_op({.op = [](auto& x) { return slice(x[0], -1, {}, {}, -2); },
            .reference = moved([](const Shape& s) { return Shape{s[0], (s[1] + 1) / 2}; },
                               [](const Shape& p) { return Shape{p[0], 6 - 2 * p[1]}; }),
            .linear = true,
            .shapes = {{{3, 7}}, {{0, 7}}},
            .large = {{300, 701}}});
  check_op({.op = [](auto& x) { return slice(slice(x[0], 0, -2, 0, -1), 1, {}, -1); },
            .reference = moved([](const Shape& s) { return Shape{s[0] - 2, s[1] - 1}; },
                               [](const Shape& p) { return Shape{3 - p[0], p[1]}; }),
            .linear = true,
            .shapes = {{{5, 3}}, {{5, 1}}}});
  check_op({.op = [](auto& x) { return slice(x[0], 0, -2, 99); },
            .reference = moved([](const Shape& s) { return Shape{2, s[1]}; },
                               [](const Shape& p) { return Shape{p[0] + 3, p[1]}; }),
            .linear = true,
            .shapes = {{{5, 3}}}});
  for (const auto& [begin, end, step] : {std::array<std::int64_t, 3>{3, 1, 1}, {5, 9, 1}, {-1, -3, 2}, {-9, 0, 3}})
    REQUIRE(slice(zeros({5}), 0, begin, end, step).shape() == Shape{0});
  REQUIRE(slice(arange(10), 0, -9, 100, 4).to_vector<std::int64_t>() == std::vector<std::int64_t>{1, 5, 9});
  using Numbers = std::vector<std::int64_t>;
  const auto of_ten = [](auto begin, auto end, std::int64_t step) {
    return slice(arange(10), 0, begin, end, step).template to_vector<std::int64_t>();
  };
  constexpr std::optional<std::int64_t> none;
  REQUIRE(of_ten(none, none, -3) == Numbers{9, 6, 3, 0});
  REQUIRE(of_ten(2, none, -1) == Numbers{2, 1, 0});
  REQUIRE(of_ten(2, 0, -1) == Numbers{2, 1});
  REQUIRE(of_ten(99, -4, -1) == Numbers{9, 8, 7});
  REQUIRE(of_ten(-1, -99, -4) == Numbers{9, 5, 1});
  REQUIRE(of_ten(3, 5, -1).empty());
  REQUIRE(of_ten(-99, none, -1).empty());
  REQUIRE(of_ten(none, 3, 1) == Numbers{0, 1, 2});
  REQUIRE(slice(zeros({0}), 0, none, none, -1).elements() == 0);
  const Tensor x = arange(5);
  REQUIRE(slice(x, 0, none, none).is(x));
}

TEST_CASE("view", "[ops]") {
  check_op(
      {.op = [](auto& x) { return view(contiguous(x[0]), {3, -1}); },
       .reference =
           [](const std::vector<Array>& x) {
             Array y({3, 14});
             y.values = x[0].values;
             return y;
           },
       .linear = true,
       .shapes = {{{6, 7}}, {{42}}, {{2, 3, 7}}},
       .errors =
           {{[] { view(x23, {4}); }, "view: x is [2, 3], 6 elements, which do not fit [4]"},
            {[] { view(transpose(x23), {-1}); },
             "view: x is [3, 2] with strides [1, 3], which cannot be viewed as [6] without a copy; use reshape"}}});
  const Tensor x = zeros({4, 6});
  REQUIRE(view(slice(x, 1, 0, 2), {2, 2, 2}).strides() == Shape{12, 6, 1});
  REQUIRE(view(flip(x), {2, 12}).strides() == Shape{-12, -1});
}

TEST_CASE("slice_scatter", "[ops]") {
  check_op(
      {.op = [](auto& x) { return slice_scatter(x[0], x[1], 1, 5, {}, -2); },
       .reference =
           [](const std::vector<Array>& x) {
             Array y = x[0];
             for (std::int64_t i = 0; i < y.shape[0]; ++i)
               for (std::int64_t j = 0; j < 3; ++j) y.at({i, 5 - 2 * j}) = x[1].at(repeated_place({i, j}, x[1].shape));
             return y;
           },
       .linear = true,
       .shapes = {{{3, 7}, {3, 3}}, {{2, 6}, {3}}, {{1, 7}, {}}, {{0, 7}, {0, 3}}},
       .errors = {{[] { slice_scatter(x23, zeros({2, 2}), 1, 0, 1); },
                   "slice_scatter: x is [2, 3] and its part [2, 1], but values is [2, 2], which cannot be broadcast "
                   "to that"},
                  {[] { slice_scatter(x23, zeros({2, 2}, float64), 1, 0, 2); },
                   "slice_scatter: x is float32 and values is float64, but both must have the same dtype; cast one of "
                   "them"}},
       .large = {{300, 701}, {300, 3}}});
}

TEST_CASE("select_scatter", "[ops]") {
  check_op({.op = [](auto& x) { return select_scatter(x[0], x[1], 1, -1); },
            .reference =
                [](const std::vector<Array>& x) {
                  Array y = x[0];
                  for (std::int64_t i = 0; i < y.shape[0]; ++i)
                    y.at({i, y.shape[1] - 1}) = x[1].at(repeated_place({i}, x[1].shape));
                  return y;
                },
            .linear = true,
            .shapes = {{{3, 7}, {3}}, {{2, 1}, {1}}, {{3, 2}, {}}},
            .errors = {{[] { select_scatter(x23, zeros({3}), 1, 0); },
                        "select_scatter: x is [2, 3] and its part [2], but values is [3], which cannot be broadcast to "
                        "that"},
                       {[] { select_scatter(x23, zeros({2}), 1, 3); },
                        "select_scatter: index 3 is outside axis 1 of x, which is [2, 3]"}}});
}

TEST_CASE("select", "[ops]") {
  check_op({.op = [](auto& x) { return select(x[0], 1, -2); },
            .reference = moved([](const Shape& s) { return Shape{s[0], s[2]}; },
                               [](const Shape& p) { return Shape{p[0], 1, p[1]}; }),
            .linear = true,
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
       .linear = true,
       .shapes = {{{2, 3, 7}}, {{3, 1}}, {{}}, {{1, 1, 7}}},
       .errors = {{[] { broadcast_to(x23, {-1, 2, 3}); }, "broadcast_to: the shape [-1, 2, 3] has a negative length"},
                  {[] { broadcast_to(ones({1}), {-1}); }, "broadcast_to: the shape [-1] has a negative length"},
                  {[] { broadcast_to(x23, {2, 1}); }, "broadcast_to: x is [2, 3], which cannot be broadcast to [2, 1]"},
                  {[] { broadcast_to(x23, {4, 3}); },
                   "broadcast_to: x is [2, 3] and the shape is [4, 3], but each axis, from the last, must have the "
                   "same length or length 1"}}});
}

TEST_CASE("contiguous", "[ops]") {
  check_op({.op = [](auto& x) { return contiguous(transpose(x[0])); },
            .reference = moved([](const Shape& s) { return Shape{s[1], s[0]}; },
                               [](const Shape& p) { return Shape{p[1], p[0]}; }),
            .linear = true,
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
       .linear = true,
       .shapes = {{{3, 7}, {3, 2}}, {{1, 1}, {1, 0}}, {{0, 2}, {0, 3}}},
       .errors = {{[] { concat(std::vector<Tensor>{}); }, "concat: no tensors were given, but at least one is needed"},
                  {[] { concat({x23, zeros({3, 3})}, 1); },
                   "concat: tensor 1 is float32 [3, 3] and tensor 0 is float32 [2, 3], but dtypes must be equal, and "
                   "shapes in all but axis 1"},
                  {[] { concat({x23, zeros({2, 3}, int64)}); },
                   "concat: tensor 1 is int64 [2, 3] and tensor 0 is float32 [2, 3], but dtypes must be equal, and "
                   "shapes in all but axis 0"},
                  {[] { concat({x23, zeros({2})}); },
                   "concat: tensor 1 is float32 [2] and tensor 0 is float32 [2, 3], but dtypes must be equal, and "
                   "shapes in all but axis 0"},
                  {[] { concat({x23}, 2); }, "concat: axis 2 was given, but x is [2, 3]"}},
       .large = {{300, 301}, {300, 7}}});
}

TEST_CASE("cast", "[ops]") {
  check_op({.op = [](auto& x) { return cast(cast(x[0], float64), x[0].dtype()) * 1.0; },
            .reference = elementwise([](double x) { return x; }),
            .linear = true,
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
