#include "contraction.h"

#include "../../graph/fail.h"
#include "../math/arithmetic.h"
#include "../shape/view.h"
#include "../support/axes.h"
#include "../support/elementwise.h"
#include "matmul.h"

namespace heed {
using namespace heed::detail;

Tensor dot(const Tensor& a, const Tensor& b) {
  if (a.rank() != 1 || a.shape() != b.shape())
    fail("dot: a is {} and b is {}, but both must be vectors of one length", to_string(a.shape()),
         to_string(b.shape()));
  check_same_dtype("dot", "a", a, "b", b);
  return matmul(a, b);
}

Tensor outer(const Tensor& a, const Tensor& b) {
  if (a.rank() != 1 || b.rank() != 1)
    fail("outer: a is {} and b is {}, but both must be vectors", to_string(a.shape()), to_string(b.shape()));
  check_same_dtype("outer", "a", a, "b", b);
  return reshape(a, {a.elements(), 1}) * b;
}

namespace {

/// Returns the axes that are not summed over, in order, as the start of a permutation.
Shape other_axes(const Tensor& x, unsigned summed) {
  Shape order;
  for (int axis = 0; axis < x.rank(); ++axis)
    if (!(summed >> axis & 1u)) order.push_back(axis);
  return order;
}

}  // namespace

Tensor tensordot(const Tensor& a, const Tensor& b, const Axes& axes_a, const Axes& axes_b) {
  check_same_dtype("tensordot", "a", a, "b", b);
  if (!is_floating(a.dtype())) wrong_dtype("tensordot", a.dtype(), "float32 or float64");
  Shape of_a, of_b;
  for (const std::int64_t axis : axes_a) of_a.push_back(axis_of("tensordot", a, axis));
  for (const std::int64_t axis : axes_b) of_b.push_back(axis_of("tensordot", b, axis));
  if (of_a.rank() != of_b.rank())
    fail("tensordot: {} axes of a and {} of b were given, but both must have the same number", of_a.rank(),
         of_b.rank());
  const unsigned set_a = axes_a.empty() ? 0 : axes_of("tensordot", a, axes_a),
                 set_b = axes_b.empty() ? 0 : axes_of("tensordot", b, axes_b);
  std::int64_t summed = 1;
  for (int i = 0; i < of_a.rank(); ++i) {
    const std::int64_t length_a = a.size(static_cast<int>(of_a[i])), length_b = b.size(static_cast<int>(of_b[i]));
    if (length_a != length_b)
      fail("tensordot: a is {} and b is {}, but axis {} of a must be as long as axis {} of b", to_string(a.shape()),
           to_string(b.shape()), of_a[i], of_b[i]);
    summed *= length_a;
  }
  Shape order_a = other_axes(a, set_a), order_b = of_b, shape;
  for (const std::int64_t axis : order_a) shape.push_back(a.size(static_cast<int>(axis)));
  const std::int64_t rows = shape.elements();
  for (const std::int64_t axis : of_a) order_a.push_back(axis);
  std::int64_t columns = 1;
  for (const std::int64_t axis : other_axes(b, set_b)) {
    order_b.push_back(axis);
    shape.push_back(b.size(static_cast<int>(axis)));
    columns *= shape[-1];
  }
  return reshape(matmul(reshape(permute(a, order_a), {rows, summed}), reshape(permute(b, order_b), {summed, columns})),
                 shape);
}

Tensor tensordot(const Tensor& a, const Tensor& b, int axes) {
  if (axes < 0 || axes > a.rank() || axes > b.rank())
    fail("tensordot: {} axes were asked for, but a is {} and b is {}", axes, to_string(a.shape()),
         to_string(b.shape()));
  Axes of_a, of_b;
  for (int i = 0; i < axes; ++i) {
    of_a.push_back(a.rank() - axes + i);
    of_b.push_back(i);
  }
  return tensordot(a, b, of_a, of_b);
}

}  // namespace heed
