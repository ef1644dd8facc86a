#include "catch.h"
#include "ops/table.h"

using namespace heed;
using namespace table;

namespace {

Array product(const Array& a, const Array& b) {
  Shape outer_a = a.shape, outer_b = b.shape;
  const std::int64_t m = a.shape[-2], k = a.shape[-1], n = b.shape[-1];
  for (Shape* outer : {&outer_a, &outer_b}) {
    outer->erase(outer->rank() - 1);
    outer->erase(outer->rank() - 1);
  }
  Shape shape = outer_a;
  while (shape.rank() < outer_b.rank()) shape.insert(0, 1);
  for (int i = 1; i <= outer_b.rank(); ++i)
    if (shape[-i] == 1) shape[-i] = outer_b[-i];
  const std::int64_t batches = shape.elements();
  const Shape batch = shape;
  shape.push_back(m);
  shape.push_back(n);
  Array y(shape);
  const auto matrix = [](const Shape& outer, const Shape& place) {
    std::int64_t at = 0;
    for (int axis = 0; axis < outer.rank(); ++axis) at = at * outer[axis] + place[axis];
    return at;
  };
  for (std::int64_t p = 0; p < batches; ++p) {
    const Shape place = place_of(p, batch);
    const std::int64_t of_a = matrix(outer_a, repeated_place(place, outer_a));
    const std::int64_t of_b = matrix(outer_b, repeated_place(place, outer_b));
    for (std::int64_t i = 0; i < m; ++i)
      for (std::int64_t j = 0; j < n; ++j)
        for (std::int64_t l = 0; l < k; ++l)
          y[(p * m + i) * n + j] += a[(of_a * m + i) * k + l] * b[(of_b * k + l) * n + j];
  }
  return y;
}

Array with_shape(Array x, const Shape& shape) {
  x.shape = shape;
  return x;
}

}  // namespace

TEST_CASE("matmul", "[ops]") {
  check_op({.op = [](auto& x) { return matmul(x[0], x[1]); },
            .reference = [](auto& x) { return product(x[0], x[1]); },
            .multilinear = true,
            .shapes = {{{3, 7}, {7, 5}},
                       {{1, 1}, {1, 1}},
                       {{33, 7}, {7, 1}},
                       {{2, 3, 4}, {4, 5}},
                       {{2, 3, 4}, {2, 4, 5}},
                       {{3, 4}, {2, 4, 5}},
                       {{2, 1, 3, 4}, {3, 4, 2}},
                       {{2, 3, 0}, {0, 5}},
                       {{0, 3}, {3, 5}},
                       {{0, 2, 3}, {3, 4}}},
            .errors = {{[] { matmul(zeros({2, 3}), zeros({2, 3})); },
                        "matmul: a is [2, 3] and b is [2, 3], but the last axis of a must be as long as the last but "
                        "one of b"},
                       {[] { matmul(zeros({2, 3}), scalar(1.0f)); },
                        "matmul: a is [2, 3] and b is [], but the last axis of a must be as long as the last but one "
                        "of b"},
                       {[] { matmul(zeros({2, 2, 3}), zeros({3, 3, 2})); },
                        "matmul: a without its last two axes is [2] and b without its last two is [3], but each axis, "
                        "from the last, must have the same length or length 1"},
                       {[] { matmul(zeros({2, 3}), zeros({3, 2}, float64)); },
                        "matmul: a is float32 and b is float64, but both must have the same dtype; cast one of them"},
                       {[] { matmul(zeros({2, 3}, int64), zeros({3, 2}, int64)); },
                        "matmul: the tensor is int64, but it must be float32 or float64"}},
            .float32_tolerance = 4e-6,
            .large = {{3, 150, 200}, {200, 130}}});
  check_op({.op = [](auto& x) { return matmul(x[0], x[1]); },
            .multilinear = true,
            .shapes = {{{4, 3, 4}, {4, 4, 5}}},
            .large = {{9, 70, 50}, {9, 50, 60}}});
}

TEST_CASE("matmul takes vectors", "[ops]") {
  check_op({.op = [](auto& x) { return matmul(x[0], x[1]); },
            .reference =
                [](auto& x) {
                  const std::int64_t n = x[1].shape[1];
                  return with_shape(product(with_shape(x[0], {1, x[0].shape[0]}), x[1]), {n});
                },
            .multilinear = true,
            .shapes = {{{3}, {3, 5}}, {{1}, {1, 1}}}});
  check_op({.op = [](auto& x) { return matmul(x[0], x[1]); },
            .reference =
                [](auto& x) {
                  const Shape shape{x[0].shape[0], x[0].shape[1]};
                  return with_shape(product(x[0], with_shape(x[1], {x[1].shape[0], 1})), shape);
                },
            .multilinear = true,
            .shapes = {{{2, 3, 4}, {4}}}});
  check_op({.op = [](auto& x) { return matmul(x[0], x[1]); },
            .reference =
                [](auto& x) {
                  Array y(Shape{});
                  for (std::int64_t i = 0; i < x[0].size(); ++i) y[0] += x[0][i] * x[1][i];
                  return y;
                },
            .multilinear = true,
            .shapes = {{{7}, {7}}}});
}

TEST_CASE("linear", "[ops]") {
  const auto reference = [](auto& x) {
    const std::int64_t in = x[1].shape[1], out = x[1].shape[0], rows = x[0].size() / in;
    Shape shape = x[0].shape;
    shape[-1] = out;
    Array y(shape);
    for (std::int64_t row = 0; row < rows; ++row)
      for (std::int64_t j = 0; j < out; ++j) {
        double& value = y[row * out + j];
        if (x.size() > 2) value = x[2][j];
        for (std::int64_t i = 0; i < in; ++i) value += x[0][row * in + i] * x[1][j * in + i];
      }
    return y;
  };
  check_op(
      {.op = [](auto& x) { return linear(x[0], x[1], x[2]); },
       .reference = reference,
       .shapes = {{{3, 7}, {5, 7}, {5}},
                  {{1, 1}, {1, 1}, {1}},
                  {{2, 3, 4}, {5, 4}, {5}},
                  {{4}, {5, 4}, {5}},
                  {{0, 4}, {5, 4}, {5}}},
       .errors = {{[] { linear(zeros({2, 3}), zeros({3, 2})); },
                   "linear: x is [2, 3] and weight is [3, 2], but the last axis of x must be as long as that of "
                   "weight, [out, in]"},
                  {[] { linear(zeros({2, 3}), zeros({4, 3}), zeros({3})); },
                   "linear: bias is float32 [3], but with weight [4, 3] it must be float32 [4]"},
                  {[] { linear(zeros({2, 3}), zeros({4, 3}, float64)); },
                   "linear: x is float32 and weight is float64, but both must have the same dtype; cast one of them"}},
       .float32_tolerance = 4e-6,
       .large = {{300, 200}, {170, 200}, {170}}});
  check_op({.op = [](auto& x) { return linear(x[0], x[1]); },
            .reference = reference,
            .multilinear = true,
            .shapes = {{{3, 7}, {5, 7}}, {{2, 3, 4}, {5, 4}}}});
}

TEST_CASE("a product whose operand needs no gradient does not compute it", "[ops]") {
  const Tensor x = ones({2, 3}), weight = ones({4, 3}).require_grad(), bias = ones({4}).require_grad();
  backward(sum(linear(x, weight, bias)));
  REQUIRE(weight.grad().to_vector<float>() == std::vector<float>(12, 2));
  REQUIRE(bias.grad().to_vector<float>() == std::vector<float>(4, 2));
  REQUIRE_FALSE(x.grad());
}
