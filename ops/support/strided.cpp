#include "strided.h"

#include <cstdlib>

#include "../../graph/fail.h"
#include "../kernels/elementwise.h"
#include "elementwise.h"

namespace heed::detail {

Tensor strided_view(const Tensor& x, std::int64_t offset, const Shape& shape, const Shape& strides) {
  return view_of(x, detail::body_of(x).data + offset * bytes(x.dtype()), shape, strides);
}

std::optional<Shape> strides_for(const Tensor& x, const Shape& shape) {
  if (x.elements() == 0 || x.is_contiguous()) return contiguous_strides(shape);
  // Merge x's axes into contiguous blocks, then split each block into axes of the new shape.
  Shape strides = shape;
  int to = shape.rank() - 1;
  for (int from = x.rank() - 1; from >= 0;) {
    std::int64_t length = x.shape()[from];
    const std::int64_t step = x.strides()[from];
    while (--from >= 0 && (x.shape()[from] == 1 || x.strides()[from] == step * length)) length *= x.shape()[from];
    std::int64_t taken = 1;
    while (to >= 0 && taken * shape[to] <= length && length % (taken * shape[to]) == 0) {
      strides[to] = step * taken;
      taken *= shape[to--];
    }
    if (taken != length) return std::nullopt;
  }
  while (to >= 0) strides[to--] = 1;
  return strides;
}

// In the order of strides, each stride must exceed the span of the axes with smaller ones.
bool may_overlap(const Tensor& x) {
  Shape steps, lengths;
  for (int axis = 0; x.elements() > 1 && axis < x.rank(); ++axis) {
    if (x.shape()[axis] == 1) continue;
    const std::int64_t step = std::abs(x.strides()[axis]);
    int place = 0;
    while (place < steps.rank() && steps[place] <= step) ++place;
    steps.insert(place, step);
    lengths.insert(place, x.shape()[axis]);
  }
  std::int64_t span = 0;
  for (int i = 0; i < steps.rank(); ++i) {
    if (steps[i] <= span) return true;
    span += steps[i] * (lengths[i] - 1);
  }
  return false;
}

void copy_elements(const Tensor& from, const Tensor& to) {
  with_any(from.dtype(), [&]<class T>() {
    const auto kernel = kernels::get<kernels::AnyKernels<T>>().copy;
    const T* source = read<T>(from);
    T* target = fill<T>(to);
    const Runs<2> runs(from.shape(), {from.strides(), to.strides()});
    runs.each(0.3, [&](auto at, std::int64_t, std::int64_t n) {
      kernel({source + at[0], runs.stride(0)}, {target + at[1], runs.stride(1)}, n);
    });
  });
}

void overwrite_elements(const char* op, const Tensor& target, const Tensor& values) {
  if (may_overlap(target))
    fail("{}: a tensor to write is {} with strides {}, so its elements may overlap in memory; give a contiguous one",
         op, to_string(target.shape()), to_string(target.strides()));
  (void)overwrite<std::byte>(target, op);
  copy_elements(values, target);
}

}  // namespace heed::detail
