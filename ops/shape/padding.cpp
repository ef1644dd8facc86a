#include "padding.h"

#include <algorithm>

#include "../../graph/create.h"
#include "../../graph/fail.h"
#include "../../graph/support/size.h"
#include "../index/gather.h"
#include "../support/strided.h"
#include "view.h"

namespace heed {
using namespace heed::detail;

namespace {

struct Ends {
  std::int64_t before = 0, after = 0;
};

/// Returns the checked widths of each axis of x.
std::vector<Ends> ends_of(const Tensor& x, const std::vector<std::int64_t>& widths, Padding mode) {
  const auto rank = static_cast<std::size_t>(x.rank());
  if (widths.size() % 2 != 0 || widths.size() > 2 * rank)
    fail("pad: {} widths were given, but x is {}, so there must be two for each of its last axes", widths.size(),
         to_string(x.shape()));
  std::vector<Ends> ends(rank);
  for (std::size_t i = 0; i < widths.size(); i += 2) {
    const int axis = x.rank() - 1 - static_cast<int>(i / 2);
    const Ends end{widths[i], widths[i + 1]};
    const std::int64_t length = x.shape()[axis], largest = std::max(end.before, end.after);
    const std::int64_t shorter =
        add_sizes("pad", std::min<std::int64_t>(end.before, 0), std::min<std::int64_t>(end.after, 0), x);
    add_sizes("pad", add_sizes("pad", length, end.before, x), end.after, x);
    if (length + shorter < 0)
      fail("pad: the widths {} and {} remove more elements than axis {} of x, which is {}, has", end.before, end.after,
           axis, to_string(x.shape()));
    if (mode == Padding::reflect && largest > 0 && largest >= length)
      fail("pad: the widths {} and {} must be less than the length of axis {} of x, which is {}, to reflect it",
           end.before, end.after, axis, to_string(x.shape()));
    if ((mode == Padding::circular && largest > length) || (mode == Padding::replicate && largest > 0 && length == 0))
      fail("pad: the widths {} and {} need more elements than axis {} of x, which is {}, has", end.before, end.after,
           axis, to_string(x.shape()));
    ends[static_cast<std::size_t>(axis)] = end;
  }
  return ends;
}

/// Returns the index of the element at place i of an axis, which may be beyond its ends.
std::int64_t source(std::int64_t i, std::int64_t length, Padding mode) {
  switch (mode) {
    case Padding::reflect:
      return i < 0 ? -i : i >= length ? 2 * (length - 1) - i : i;
    case Padding::circular:
      return (i + length) % length;
    default:
      return std::clamp<std::int64_t>(i, 0, length - 1);
  }
}

Tensor pad_with(const Tensor& x, const std::vector<Ends>& ends, Number value) {
  Tensor kept = x;
  Shape whole = x.shape(), begins = x.shape();
  for (int axis = 0; axis < x.rank(); ++axis) {
    const auto [before, after] = ends[static_cast<std::size_t>(axis)];
    kept = slice(kept, axis, std::max<std::int64_t>(0, -before), whole[axis] + std::min<std::int64_t>(after, 0));
    begins[axis] = std::max<std::int64_t>(before, 0);
    whole[axis] += before + after;
  }
  if (whole == kept.shape()) return kept;
  const auto inside = [begins, shape = kept.shape()](const Tensor& y) {
    Tensor part = y;
    for (int axis = 0; axis < shape.rank(); ++axis) part = slice(part, axis, begins[axis], begins[axis] + shape[axis]);
    return part;
  };
  Tensor y = detail::full_for("pad", whole, value, x.dtype());
  copy_elements(kept, no_grad([&] { return inside(y); }));
  return differentiable("pad", {kept}, y, [inside](const Tensor& dy) { return Gradients{inside(dy)}; });
}

}  // namespace

Tensor pad(const Tensor& x, const std::vector<std::int64_t>& widths, const PadOptions& options) {
  const std::vector<Ends> ends = ends_of(x, widths, options.mode);
  if (options.mode == Padding::constant) return pad_with(x, ends, options.value);
  Tensor y = x;
  for (int axis = 0; axis < x.rank(); ++axis) {
    const auto [before, after] = ends[static_cast<std::size_t>(axis)];
    if (before == 0 && after == 0) continue;
    const std::int64_t length = x.shape()[axis];
    const Tensor index = empty({before + length + after}, int64);
    for (std::int64_t i = 0; i < index.elements(); ++i)
      fill<std::int64_t>(index)[i] = source(i - before, length, options.mode);
    y = index_select(y, axis, index);
  }
  return y;
}

}  // namespace heed
