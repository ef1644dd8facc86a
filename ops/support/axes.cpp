#include "axes.h"

#include "../../graph/fail.h"

namespace heed::detail {

int axis_of(const char* op, const Tensor& x, std::int64_t axis) {
  const std::int64_t from_first = axis < 0 ? axis + x.rank() : axis;
  if (from_first < 0 || from_first >= x.rank())
    fail("{}: axis {} was given, but x is {}", op, axis, to_string(x.shape()));
  return static_cast<int>(from_first);
}

unsigned axes_of(const char* op, const Tensor& x, const Axes& axes) {
  if (axes.empty()) return (1u << x.rank()) - 1;
  unsigned set = 0;
  for (std::int64_t axis : axes) {
    const unsigned bit = 1u << axis_of(op, x, axis);
    if (set & bit) fail("{}: axis {} was given twice", op, axis);
    set |= bit;
  }
  return set;
}

}  // namespace heed::detail
