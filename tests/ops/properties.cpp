// Properties of ops on random shapes, and tests of the ops' internal functions.
#include <heed/ops/shape/axes.h>
#include <heed/ops/support/each.h>
#include <heed/ops/support/elementwise.h>
#include <heed/ops/support/indices.h>
#include <heed/ops/support/reduction.h>
#include <heed/ops/support/rows.h>
#include <heed/ops/support/strided.h>

#include <algorithm>
#include <random>

#include "catch.h"
#include "table.h"

using namespace heed;
using namespace table;
using namespace heed::detail;

namespace {

using Random = std::mt19937;

std::int64_t pick(Random& random, std::int64_t low, std::int64_t high) {
  return std::uniform_int_distribution<std::int64_t>(low, high)(random);
}

Shape random_shape(Random& random, int least_rank = 0) {
  Shape shape;
  const auto rank = pick(random, least_rank, 4);
  for (int axis = 0; axis < rank; ++axis) shape.push_back(pick(random, 0, 9) == 0 ? 0 : pick(random, 1, 5));
  return shape;
}

Tensor numbers(const Shape& shape) { return reshape(arange(shape.elements(), float64), shape); }

Shape random_order(Random& random, int rank) {
  std::vector<std::int64_t> order;
  for (int axis = 0; axis < rank; ++axis) order.push_back(axis);
  std::shuffle(order.begin(), order.end(), random);
  return Shape(std::span<const std::int64_t>(order));
}

/// Views of views of a tensor of random shape.
Tensor random_view(Random& random) {
  Tensor x = numbers(random_shape(random));
  for (int i = 0; i < 3 && x.rank() > 0; ++i) {
    const int axis = static_cast<int>(pick(random, 0, x.rank() - 1));
    const std::int64_t length = x.shape()[axis];
    switch (pick(random, 0, 3)) {
      case 0:
        x = permute(x, random_order(random, x.rank()));
        break;
      case 1:
        x = pick(random, 0, 1) == 0
                ? slice(x, axis, pick(random, 0, length), pick(random, 0, length), pick(random, 1, 3))
                : slice(x, axis, pick(random, 0, length), {}, pick(random, -3, -1));
        break;
      case 2:
        if (length > 0) x = select(x, axis, pick(random, -length, length - 1));
        break;
      default:
        Shape shape = x.shape();
        if (shape.rank() < 6) shape.insert(0, pick(random, 1, 3));
        x = broadcast_to(x, shape);
    }
  }
  return x;
}

/// Copies the elements one by one with item(): independent of all loops over strides.
Tensor copy_of(const Tensor& x) { return tensor(x.to_vector<double>(), x.shape()); }

}  // namespace

TEST_CASE("a view and its copy agree") {
  Random random(1);
  for (int i = 0; i < 400; ++i) {
    const Tensor view = random_view(random), copy = copy_of(view);
    INFO("shape " << to_string(view.shape()) << ", strides " << to_string(view.strides()));
    require_same_bits(view, copy);
    require_same_bits(contiguous(view), copy);
    require_same_bits(exp(view * 0.01), exp(copy * 0.01));
    require_same_bits(view + copy, copy + copy);
    require_near(sum(view), to_array(sum(copy)), 1e-14);
    for (int axis = 0; axis < view.rank(); ++axis) {
      require_near(sum(view, {axis}), to_array(sum(copy, {axis})), 1e-14);
      if (view.elements() > 0) require_same_bits(max(view, {axis}), max(copy, {axis}));
      require_near(softmax(view, axis), to_array(softmax(copy, axis)), 1e-14);
    }
  }
}

TEST_CASE("broadcasting agrees with repetition") {
  Random random(2);
  for (int i = 0; i < 300; ++i) {
    const Shape shape = random_shape(random);
    const auto smaller = [&] {
      Shape made = shape;
      for (int axis = 0; axis < made.rank(); ++axis)
        if (pick(random, 0, 2) == 0) made[axis] = 1;
      while (made.rank() > 0 && pick(random, 0, 3) == 0) made.erase(0);
      return made;
    };
    const Tensor a = numbers(smaller()), b = numbers(smaller()) - 3;
    const Shape both = broadcast("test", "a", a.shape(), "b", b.shape());
    const auto repeated = [&](const Tensor& x) {
      Array y(both);
      const Array from = to_array(x);
      for (std::int64_t j = 0; j < y.size(); ++j) y[j] = from.at(repeated_place(place_of(j, both), from.shape));
      return to_tensor(y);
    };
    INFO(to_string(a.shape()) << " and " << to_string(b.shape()));
    require_same_bits(broadcast_to(a, both), repeated(a));
    require_same_bits(a * b, repeated(a) * repeated(b));
    require_same_bits(less(a, b), less(repeated(a), repeated(b)));
    require_same_bits(where(less(a, b), a, b), where(less(repeated(a), repeated(b)), repeated(a), repeated(b)));
  }
}

TEST_CASE("reshape keeps the order of elements, whatever the strides") {
  Random random(3);
  for (int i = 0; i < 400; ++i) {
    const Tensor view = random_view(random);
    std::vector<std::int64_t> factors;  // factors of the number of elements, in random groups
    std::int64_t rest = view.elements();
    if (rest == 0) continue;
    for (std::int64_t factor = 2; rest > 1; ++factor)
      while (rest % factor == 0) {
        factors.push_back(factor);
        rest /= factor;
      }
    std::shuffle(factors.begin(), factors.end(), random);
    Shape shape;
    for (const std::int64_t factor : factors) {
      if (shape.rank() == 0 || (pick(random, 0, 1) == 0 && shape.rank() < 6))
        shape.push_back(factor);
      else
        shape[-1] *= factor;
    }
    INFO(to_string(view.shape()) << " with strides " << to_string(view.strides()) << " as " << to_string(shape));
    const Tensor reshaped = reshape(view, shape);
    REQUIRE(reshaped.to_vector<double>() == view.to_vector<double>());
    require_same_bits(reshape(reshaped, view.shape()), view);
  }
}

TEST_CASE("concatenated slices are the whole tensor") {
  Random random(4);
  for (int i = 0; i < 300; ++i) {
    const Tensor x = random_view(random);
    if (x.rank() == 0) continue;
    const int axis = static_cast<int>(pick(random, -x.rank(), x.rank() - 1));
    const std::int64_t length = x.size(axis);
    const std::int64_t first = pick(random, 0, length), second = pick(random, first, length);
    const Tensor whole =
        concat({slice(x, axis, 0, first), slice(x, axis, first, second), slice(x, axis, second, length)}, axis);
    require_same_bits(whole, x);
  }
}

TEST_CASE("permute with the inverse order is the identity") {
  Random random(5);
  for (int i = 0; i < 200; ++i) {
    const Tensor x = random_view(random);
    const Shape order = random_order(random, x.rank());
    Shape back = order;
    for (int axis = 0; axis < order.rank(); ++axis) back[static_cast<int>(order[axis])] = axis;
    const Tensor y = permute(permute(x, order), back);
    REQUIRE(y.strides() == x.strides());
    require_same_bits(y, x);
  }
}

TEST_CASE("sum_to is the gradient of broadcast_to") {
  const Tensor x = numbers({2, 3, 4});
  require_same_bits(sum_to(x, {2, 3, 4}), x);
  require_near(sum_to(x, {3, 1}), to_array(reshape(sum(x, {0, 2}), {3, 1})), 0);
  require_near(sum_to(x, {}), to_array(sum(x)), 0);
}

TEST_CASE("map runs a kernel without history") {
  const Tensor x = tensor({1.0, 4.0}).require_grad();
  REQUIRE_FALSE(map("sqrt", x, kernels::Unary::sqrt).requires_grad());
  REQUIRE(map("sqrt", x, kernels::Unary::sqrt).to_vector<double>() == std::vector{1.0, 2.0});
  REQUIRE_THROWS_WITH(map("divide", arange(2), arange(2), kernels::Binary::divide),
                      "divide: the tensor is int64, but it must be float32 or float64");
}

TEST_CASE("map_floats, map_numbers and map_any run a lambda without history, for any strides") {
  Random random(6);
  for (int i = 0; i < 50; ++i) {
    const Tensor view = random_view(random), copy = copy_of(view);
    const auto half = [](auto v) { return v / 2; };
    require_same_bits(map_floats("map_floats", view, half), copy * 0.5);
    const Tensor number = tensor({2.0});
    require_same_bits(map_numbers("map_numbers", view, number, [](auto v, auto w) { return v + w; }), copy + number);
    require_same_bits(map_any("map_any", view, copy, [](auto v, auto w) { return v == w; }), equal(copy, copy));
  }
  const Tensor x = tensor({1.0, 4.0}).require_grad();
  REQUIRE_FALSE(map_floats("test", x, [](auto v) { return v; }).requires_grad());
  REQUIRE_THROWS_WITH(map_floats("test", arange(2), [](auto v) { return v; }),
                      "test: the tensor is int64, but it must be float32 or float64");
  REQUIRE_THROWS_WITH(map_numbers("test", x, arange(2), [](auto v, auto) { return v; }),
                      "test: a is float64 and b is int64, but both must have the same dtype; cast one of them");
}

TEST_CASE("axes_to_last keeps the order of the other axes and of the merged ones") {
  const Tensor x = numbers({2, 3, 4});
  require_same_bits(axes_to_last(x, 5), reshape(copy_of(permute(x, {1, 0, 2})), {3, 8}));
  require_same_bits(axes_to_last(x, 4), x);
  REQUIRE(axes_to_last(x, 0).shape() == Shape{2, 3, 4, 1});
  REQUIRE(axes_to_last(zeros({2, 0}), 3).shape() == Shape{0});
}

TEST_CASE("add_in_place is registered as a write") {
  const Tensor total = tensor({1.0, 2.0}), x = ones({2}, float64).require_grad();
  const Tensor y = x * total;
  add_in_place(total, tensor({10.0, 20.0}), "test");
  REQUIRE(total.to_vector<double>() == std::vector{11.0, 22.0});
  REQUIRE_THROWS_WITH(backward(sum(y)),
                      "the gradient of multiply needs values of a tensor [2] that test has overwritten since");
}

TEST_CASE("strided_view shares memory") {
  const Tensor x = numbers({3, 4});
  const Tensor column = strided_view(x, 11, {3}, {-4});
  REQUIRE(column.to_vector<double>() == std::vector{11.0, 7.0, 3.0});
  REQUIRE(detail::body_of(column).storage == detail::body_of(x).storage);
}

TEST_CASE("put_back is the gradient of a view") {
  const auto take = [](const Tensor& x) { return slice(diagonal(x), 0, {}, {}, -2); };
  const Tensor taken = tensor({5.0, 7.0}).require_grad();
  const Tensor whole = put_back("put_back", taken, {3, 4}, take);
  require_same_bits(take(whole), taken);
  REQUIRE(sum(whole).item() == 12);
  backward(sum(whole * numbers({3, 4})));
  REQUIRE(taken.grad().to_vector<double>() == std::vector{10.0, 0.0});
}

TEST_CASE("as_rows is a view where the strides allow it") {
  const Tensor x = numbers({4, 3, 2});
  const auto is_view = [&](const Tensor& rows) { return detail::body_of(rows).storage == detail::body_of(x).storage; };
  REQUIRE(is_view(as_rows(x)));
  REQUIRE(as_rows(x).shape() == Shape{12, 2});
  REQUIRE(is_view(as_rows(slice(x, 0, 1, 4, 2), 2, 6)));
  REQUIRE(as_rows(slice(x, 0, 1, 4, 2), 2, 6).strides()[0] == 12);
  REQUIRE_FALSE(is_view(as_rows(transpose(x))));
  require_same_bits(as_rows(transpose(x)), reshape(copy_of(transpose(x)), {8, 3}));
  REQUIRE(as_rows(numbers({3, 0})).shape() == Shape{3, 0});
  REQUIRE(as_rows(numbers({5})).shape() == Shape{1, 5});
}

TEST_CASE("checked_indices replaces ignored indices by -1") {
  const Tensor made = checked_indices("test", "target", tensor({2, 9, 0}), 3, "a row", "classes", 9);
  REQUIRE(made.to_vector<std::int64_t>() == std::vector<std::int64_t>{2, -1, 0});
  REQUIRE_THROWS_WITH(checked_indices("test", "target", tensor({2, 9, 0}), 3, "a row", "classes"),
                      "test: the target at [1] is 9, but a row has 3 classes");
}
