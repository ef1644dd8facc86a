#include "catch.h"
#include "ops/table.h"

using namespace heed;
using namespace table;

namespace {

/// Reference: the same elements in the same order.
Reference in_order(std::function<Shape(const Shape&)> shape_of) {
  return [=](const std::vector<Array>& x) {
    Array y(shape_of(x[0].shape));
    y.values = x[0].values;
    return y;
  };
}

const Tensor x23 = zeros({2, 3});

}  // namespace

TEST_CASE("flatten", "[ops]") {
  check_op({.op = [](auto& x) { return flatten(x[0], 1, -2); },
            .reference = in_order([](const Shape& s) { return Shape{s[0], s[1] * s[2], s[3]}; }),
            .linear = true,
            .shapes = {{{2, 3, 4, 2}}, {{1, 1, 7, 1}}, {{2, 0, 3, 1}}},
            .errors = {{[] { flatten(x23, 1, 0); },
                        "flatten: the axes from 1 to 0 of x, which is [2, 3], were given, but the first must not come "
                        "after the last"},
                       {[] { flatten(x23, 0, 2); }, "flatten: axis 2 was given, but x is [2, 3]"},
                       {[] { flatten(ones({}), 0, 1); }, "flatten: axis 1 was given, but x is []"}}});
  check_op({.op = [](auto& x) { return flatten(x[0]); },
            .reference = in_order([](const Shape& s) { return Shape{s.elements()}; }),
            .linear = true,
            .shapes = {{{2, 3, 4}}, {{}}, {{7}}}});
}

TEST_CASE("unflatten", "[ops]") {
  check_op(
      {.op = [](auto& x) { return unflatten(x[0], 1, {2, -1}); },
       .reference = in_order([](const Shape& s) { return Shape{s[0], 2, s[1] / 2}; }),
       .linear = true,
       .shapes = {{{3, 6}}, {{1, 2}}, {{2, 0}}},
       .errors = {{[] { unflatten(x23, 1, {2, -1}); },
                   "unflatten: axis 1 of x, which is [2, 3], has length 3, which cannot be split into [2, -1]"},
                  {[] { unflatten(x23, 1, {-1, -1, 3}); },
                   "unflatten: axis 1 of x, which is [2, 3], has length 3, which cannot be split into [-1, -1, 3]"},
                  {[] { unflatten(x23, 0, {-2, -1}); },
                   "unflatten: axis 0 of x, which is [2, 3], has length 2, which cannot be split into [-2, -1]"}}});
}

TEST_CASE("squeeze", "[ops]") {
  check_op(
      {.op = [](auto& x) { return squeeze(x[0], {0, -1}); },
       .reference = in_order([](const Shape& s) { return Shape{s[1], s[2]}; }),
       .linear = true,
       .shapes = {{{1, 3, 7, 1}}, {{1, 1, 1, 1}}, {{1, 0, 2, 1}}},
       .errors = {{[] { squeeze(x23, 1); },
                   "squeeze: axis 1 of x, which is [2, 3], has length 3, but only axes of length 1 can be removed"}}});
  check_op({.op = [](auto& x) { return squeeze(x[0]); },
            .reference = in_order([](const Shape& s) { return s == Shape{1, 3, 1} ? Shape{3} : Shape{}; }),
            .linear = true,
            .shapes = {{{1, 3, 1}}, {{1, 1}}, {{}}}});
}

TEST_CASE("unsqueeze", "[ops]") {
  check_op({.op = [](auto& x) { return unsqueeze(unsqueeze(x[0], 0), -1); },
            .reference = in_order([](const Shape& s) {
              Shape longer = s;
              longer.insert(0, 1);
              longer.push_back(1);
              return longer;
            }),
            .linear = true,
            .shapes = {{{3, 7}}, {{}}, {{0}}},
            .errors = {{[] { unsqueeze(x23, 3); },
                        "unsqueeze: the new axis 3 was given, but x is [2, 3], so it must be from -3 to 2"}}});
}

TEST_CASE("expand", "[ops]") {
  check_op(
      {.op = [](auto& x) { return expand(x[0], {2, -1, 3}); },
       .reference =
           moved([](const Shape& s) { return Shape{2, s[0], 3}; }, [](const Shape& p) { return Shape{p[1], 0}; }),
       .linear = true,
       .shapes = {{{7, 1}}, {{0, 1}}},
       .errors = {{[] { expand(x23, {-1, 2, 3}); }, "expand: x is [2, 3], which cannot be broadcast to [-1, 2, 3]"},
                  {[] { expand(x23, {-1}); }, "expand: x is [2, 3], which cannot be broadcast to [-1]"},
                  {[] { expand(x23, {4, -1}); }, "expand: x is [2, 3], which cannot be broadcast to [4, -1]"}}});
}

TEST_CASE("moveaxis", "[ops]") {
  check_op({.op = [](auto& x) { return moveaxis(x[0], 0, -1); },
            .reference = moved([](const Shape& s) { return Shape{s[1], s[2], s[0]}; },
                               [](const Shape& p) { return Shape{p[2], p[0], p[1]}; }),
            .linear = true,
            .shapes = {{{2, 3, 7}}, {{1, 0, 2}}},
            .errors = {{[] { moveaxis(x23, 2, 0); }, "moveaxis: axis 2 was given, but x is [2, 3]"},
                       {[] { moveaxis(x23, {0, 1}, 0); },
                        "moveaxis: 2 axes and 1 destinations were given, but each axis needs one destination"},
                       {[] { moveaxis(x23, {0, -2}, {0, 1}); }, "moveaxis: axis -2 was given twice"}}});
  check_op({.op = [](auto& x) { return moveaxis(x[0], {2, 0}, {0, 1}); },
            .reference = moved([](const Shape& s) { return Shape{s[2], s[0], s[1]}; },
                               [](const Shape& p) { return Shape{p[1], p[2], p[0]}; }),
            .linear = true,
            .shapes = {{{2, 3, 7}}}});
}

TEST_CASE("swapaxes", "[ops]") {
  check_op({.op = [](auto& x) { return swapaxes(x[0], 0, 2); },
            .reference = moved([](const Shape& s) { return Shape{s[2], s[1], s[0]}; },
                               [](const Shape& p) { return Shape{p[2], p[1], p[0]}; }),
            .linear = true,
            .shapes = {{{2, 3, 7}}}});
}

TEST_CASE("flip", "[ops]") {
  check_op({.op = [](auto& x) { return flip(x[0], {0, -1}); },
            .reference =
                moved([](const Shape& s) { return s; }, [](const Shape& p) { return Shape{2 - p[0], p[1], 6 - p[2]}; }),
            .linear = true,
            .shapes = {{{3, 2, 7}}, {{3, 0, 7}}},
            .errors = {{[] { flip(x23, {0, 0}); }, "flip: axis 0 was given twice"}},
            .large = {{30, 71, 111}}});
  check_op({.op = [](auto& x) { return flip(x[0]); },
            .reference =
                [](const std::vector<Array>& x) {
                  Array y = x[0];
                  std::reverse(y.values.begin(), y.values.end());
                  return y;
                },
            .linear = true,
            .shapes = {{{33}}, {{3, 7}}, {{1}}, {{}}}});
  const Tensor x = zeros({2, 3});
  REQUIRE(flip(x, 1).strides() == Shape{3, -1});
}

TEST_CASE("every kind of op takes reversed views", "[ops]") {
  const auto reversed = [](const Tensor& x) { return flip(flip(contiguous(flip(x)), 0), -1); };
  const Tensor a = to_tensor(random_array({6, 5}, 1)), b = to_tensor(random_array({5, 6}, 2));
  const Tensor ra = reversed(reversed(a)), rb = flip(contiguous(flip(b)));
  REQUIRE_FALSE(rb.is_contiguous());
  require_same_bits(rb, b);
  require_same_bits(matmul(ra, rb), matmul(a, b));
  // The copy of a reversed view is row-major, the view column-major: the product is summed in another order.
  require_near(matmul(transpose(rb), transpose(a)), to_array(matmul(transpose(b), transpose(a))), 1e-15);
  require_same_bits(softmax(rb), softmax(b));
  require_near(sum(rb, 0), to_array(sum(b, 0)), 1e-15);
  require_near(sum(rb, 1), to_array(sum(b, 1)), 1e-15);
  require_near(sum(rb), to_array(sum(b)), 1e-14);
  require_same_bits(max(rb, 0), max(b, 0));
  require_same_bits(tanh(rb), tanh(b));
  require_same_bits(reshape(rb, {3, 10}), reshape(b, {3, 10}));
  require_same_bits(cast(rb, int32), cast(b, int32));
  require_same_bits(gather_rows(rb, tensor({2, 0})), gather_rows(b, tensor({2, 0})));
  REQUIRE(rb.to_vector<double>() == b.to_vector<double>());
}

TEST_CASE("roll", "[ops]") {
  check_op(
      {.op = [](auto& x) { return roll(x[0], -2, 1); },
       .reference = moved([](const Shape& s) { return s; }, [](const Shape& p) { return Shape{p[0], (p[1] + 2) % 7}; }),
       .linear = true,
       .shapes = {{{3, 7}}, {{0, 7}}},
       .errors = {{[] { roll(x23, 1, 2); }, "roll: axis 2 was given, but x is [2, 3]"},
                  {[] { roll(x23, {1, 2}, 0); },
                   "roll: 2 shifts and 1 axes were given, but there must be one for each"}},
       .large = {{300, 7}}});
  check_op({.op = [](auto& x) { return roll(x[0], {1, 9}, {-1, 0}); },
            .reference = moved([](const Shape& s) { return s; },
                               [](const Shape& p) { return Shape{(p[0] + 1) % 2, (p[1] + 4) % 5}; }),
            .linear = true,
            .shapes = {{{2, 5}}}});
  REQUIRE(roll(zeros({0}), 3, 0).elements() == 0);
}

TEST_CASE("stack", "[ops]") {
  check_op(
      {.op = [](auto& x) { return stack({x[0], x[1], x[0]}, -1); },
       .reference =
           [](const std::vector<Array>& x) {
             Array y({x[0].shape[0], x[0].shape[1], 3});
             for (std::int64_t i = 0; i < y.size(); ++i) y[i] = x[i % 3 == 1 ? 1 : 0][i / 3];
             return y;
           },
       .linear = true,
       .shapes = {{{3, 7}, {3, 7}}, {{1, 1}, {1, 1}}, {{0, 2}, {0, 2}}},
       .errors = {{[] { stack(std::vector<Tensor>{}); }, "stack: no tensors were given, but at least one is needed"},
                  {[] { stack({x23, zeros({2, 4})}); },
                   "stack: tensor 1 is float32 [2, 4] and tensor 0 is float32 [2, 3], but all must have the same shape "
                   "and dtype"},
                  {[] { stack({x23}, 3); },
                   "stack: the new axis 3 was given, but x is [2, 3], so it must be from -3 to 2"}},
       .large = {{300, 301}, {300, 301}}});
  REQUIRE(stack({scalar(1.0), scalar(2.0)}).to_vector<double>() == std::vector{1.0, 2.0});
}

TEST_CASE("split", "[ops]") {
  const auto second_and_last = [](const std::vector<Array>& x) {
    Array y({x[0].shape[0], 1});
    for (std::int64_t i = 0; i < y.size(); ++i) y[i] = x[0].at({i, 3}) * x[0].at({i, 6});
    return y;
  };
  check_op({.op =
                [](auto& x) {
                  const auto parts = split(x[0], 3, 1);
                  return slice(parts[1], 1, 0, 1) * parts[2];
                },
            .reference = second_and_last,
            .shapes = {{{3, 7}}, {{1, 7}}, {{0, 7}}},
            .errors = {{[] { split(x23, 0); }, "split: the length is 0, but it must be positive"},
                       {[] { split(x23, std::vector<std::int64_t>{3, -1}, 0); },
                        "split: a length is -1, but none must be negative"},
                       {[] { split(x23, {1, 1}, 1); },
                        "split: the lengths add up to 2, but axis 1 of x, which is [2, 3], has length 3"}}});
  check_op({.op =
                [](auto& x) {
                  const auto parts = split(x[0], {3, 1, 0, 2, 1}, -1);
                  return parts[1] * parts[4];
                },
            .reference = second_and_last,
            .shapes = {{{3, 7}}, {{2, 7}}}});
  const auto lengths = [](const std::vector<Tensor>& parts) {
    std::vector<std::int64_t> all;
    for (const Tensor& part : parts) all.push_back(part.shape()[0]);
    return all;
  };
  REQUIRE(lengths(split(arange(7), 3)) == std::vector<std::int64_t>{3, 3, 1});
  REQUIRE(lengths(split(arange(0), 3)) == std::vector<std::int64_t>{0});
}

TEST_CASE("chunk", "[ops]") {
  const auto lengths = [](std::int64_t n, std::int64_t count) {
    std::vector<std::int64_t> all;
    for (const Tensor& part : chunk(arange(n), count)) all.push_back(part.shape()[0]);
    return all;
  };
  REQUIRE(lengths(7, 3) == std::vector<std::int64_t>{3, 3, 1});
  REQUIRE(lengths(6, 4) == std::vector<std::int64_t>{2, 2, 2});
  REQUIRE(lengths(2, 5) == std::vector<std::int64_t>{1, 1});
  REQUIRE(lengths(0, 5) == std::vector<std::int64_t>(5, 0));
  check_op({.op =
                [](auto& x) {
                  const auto parts = chunk(x[0], 2, -1);
                  return parts[0] * parts[1];
                },
            .reference =
                [](const std::vector<Array>& x) {
                  Array y({x[0].shape[0], x[0].shape[1] / 2});
                  for (std::int64_t i = 0; i < y.size(); ++i) {
                    const Shape p = place_of(i, y.shape);
                    y[i] = x[0].at(p) * x[0].at({p[0], p[1] + y.shape[1]});
                  }
                  return y;
                },
            .shapes = {{{3, 14}}, {{0, 2}}},
            .errors = {{[] { chunk(x23, 0); }, "chunk: 0 chunks were asked for, but there must be at least one"}},
            .large = {{300, 700}}});
}

TEST_CASE("tile", "[ops]") {
  check_op({.op = [](auto& x) { return tile(x[0], {2, 1, 3}); },
            .reference = moved([](const Shape& s) { return Shape{2, s[0], 3 * s[1]}; },
                               [](const Shape& p) { return Shape{p[1], p[2] % 7}; }),
            .linear = true,
            .shapes = {{{2, 7}}, {{0, 7}}},
            .errors = {{[] { tile(x23, {2, -1}); }, "tile: the repeats are [2, -1], but none must be negative"}},
            .large = {{300, 7}}});
  check_op({.op = [](auto& x) { return tile(x[0], {2}); },
            .reference = moved([](const Shape& s) { return Shape{s[0], s[1], 2 * s[2]}; },
                               [](const Shape& p) { return Shape{p[0], p[1], p[2] % 5}; }),
            .linear = true,
            .shapes = {{{2, 3, 5}}}});
  REQUIRE(tile(x23, {0, 2}).shape() == Shape{0, 6});
}

TEST_CASE("repeat_interleave", "[ops]") {
  check_op({.op = [](auto& x) { return repeat_interleave(x[0], 3, 0); },
            .reference = moved([](const Shape& s) { return Shape{3 * s[0], s[1]}; },
                               [](const Shape& p) { return Shape{p[0] / 3, p[1]}; }),
            .linear = true,
            .shapes = {{{2, 7}}, {{1, 1}}, {{0, 3}}},
            .errors = {{[] { repeat_interleave(x23, -1, 0); },
                        "repeat_interleave: the number of repeats is -1, but it must not be negative"},
                       {[] { repeat_interleave(x23, tensor({1, 2}), 1); },
                        "repeat_interleave: repeats is int32 [2], but axis 1 of x, which is [2, 3], needs int64 or "
                        "int32 [3]"},
                       {[] { repeat_interleave(x23, tensor({1, -2}), 0); },
                        "repeat_interleave: the number of repeats at [1] is -2, but it must not be negative"}},
            .large = {{300, 71}}});
  check_op({.op = [](auto& x) { return repeat_interleave(x[0], tensor({2, 0, 1}), -1); },
            .reference = moved([](const Shape& s) { return Shape{s[0], 3}; },
                               [](const Shape& p) { return Shape{p[0], p[1] < 2 ? 0 : 2}; }),
            .linear = true,
            .shapes = {{{2, 3}}, {{0, 3}}}});
}
