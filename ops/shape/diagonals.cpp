#include "diagonals.h"

#include <algorithm>
#include <limits>

#include "../../graph/fail.h"
#include "../../graph/support/size.h"
#include "../index/where.h"
#include "../math/compare.h"
#include "../support/axes.h"
#include "../support/strided.h"
#include "axes.h"

namespace heed {
using namespace heed::detail;

namespace {

/// Returns x where j - i is between low and high, else 0.
Tensor band(const char* op, const Tensor& x, std::int64_t low, std::int64_t high) {
  if (x.rank() < 2) fail("{}: x is {}, but it must have two axes or more", op, to_string(x.shape()));
  const std::int64_t rows = x.shape()[-2], columns = x.shape()[-1];
  if (x.elements() == 0) return x;  // the other axes may be very long
  const Tensor inside = empty({rows, columns}, boolean);
  bool* to = fill<bool>(inside);
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j) *to++ = j - i >= low && j - i <= high;
  Tensor y = no_grad([&] { return where(inside, x, zeros({}, x.dtype())); });
  return differentiable(op, {x}, y, [op, low, high](const Tensor& dy) { return Gradients{band(op, dy, low, high)}; });
}

/// The two axes of a diagonal, from 0.
struct Plane {
  int rows, columns;
};

Plane plane_of(const char* op, const Tensor& whole, int axis1, int axis2) {
  const Plane plane{axis_of(op, whole, axis1), axis_of(op, whole, axis2)};
  if (plane.rows == plane.columns) fail("{}: axis {} was given twice", op, axis2);
  return plane;
}

Tensor take_diagonal(const Tensor& x, std::int64_t offset, const Plane& plane) {
  offset = std::clamp(offset, -x.shape()[plane.rows], x.shape()[plane.columns]);  // larger offsets are empty too
  const std::int64_t down = x.strides()[plane.rows], along = x.strides()[plane.columns];
  const std::int64_t first_row = std::max<std::int64_t>(0, -offset), first_column = std::max<std::int64_t>(0, offset);
  const std::int64_t count =
      std::max<std::int64_t>(0, std::min(x.shape()[plane.rows] - first_row, x.shape()[plane.columns] - first_column));
  Shape shape = x.shape(), strides = x.strides();
  for (const int axis : {std::max(plane.rows, plane.columns), std::min(plane.rows, plane.columns)}) {
    shape.erase(axis);
    strides.erase(axis);
  }
  shape.push_back(count);
  strides.push_back(down + along);
  const std::int64_t begin = count > 0 ? first_row * down + first_column * along : 0;
  return differentiable(
      "diagonal", {x}, strided_view(x, begin, shape, strides), [offset, plane, whole = x.shape()](const Tensor& dy) {
        return Gradients{put_back("put_back", dy, whole,
                                  [offset, plane](const Tensor& y) { return take_diagonal(y, offset, plane); })};
      });
}

}  // namespace

Tensor tril(const Tensor& x, std::int64_t diagonal) {
  return band("tril", x, std::numeric_limits<std::int64_t>::min(), diagonal);
}

Tensor triu(const Tensor& x, std::int64_t diagonal) {
  return band("triu", x, diagonal, std::numeric_limits<std::int64_t>::max());
}

Tensor diagonal(const Tensor& x, std::int64_t offset, int axis1, int axis2) {
  return take_diagonal(x, offset, plane_of("diagonal", x, axis1, axis2));
}

Tensor diag_embed(const Tensor& x, std::int64_t offset, int axis1, int axis2) {
  if (x.rank() == 0) fail("diag_embed: x is [], but it must have an axis for the diagonal");
  const std::int64_t length = offset < 0 ? subtract_sizes("diag_embed", x.shape()[-1], offset, x)
                                         : add_sizes("diag_embed", x.shape()[-1], offset, x);
  const int rank = x.rank() + 1, low = -rank, high = rank - 1;
  if (std::min(axis1, axis2) < low || std::max(axis1, axis2) > high || (axis1 - axis2) % rank == 0)
    fail("diag_embed: the new axes {} and {} were given, but x is {}, so they must be two from {} to {}", axis1, axis2,
         to_string(x.shape()), low, high);
  const Plane plane{(axis1 + rank) % rank, (axis2 + rank) % rank};
  Shape whole = x.shape();
  whole.erase(x.rank() - 1);
  whole.insert(std::min(plane.rows, plane.columns), length);
  whole.insert(std::max(plane.rows, plane.columns), length);
  return put_back("diag_embed", x, whole, [offset, plane](const Tensor& y) { return take_diagonal(y, offset, plane); });
}

}  // namespace heed
