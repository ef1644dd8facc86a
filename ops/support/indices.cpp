#include "indices.h"

#include "../../graph/fail.h"
#include "elementwise.h"

namespace heed::detail {
namespace {

[[noreturn]] void out_of_range(const char* op, const char* what, const Shape& shape, std::int64_t i, std::int64_t index,
                               std::int64_t count, const char* owner, const char* unit) {
  Shape place = shape;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    place[axis] = i % shape[axis];
    i /= shape[axis];
  }
  fail("{}: the {} at {} is {}, but {} has {} {}", op, what, to_string(place), index, owner, count, unit);
}

template <class T>
void copy_checked(const char* op, const char* what, const Tensor& indices, std::int64_t count, const char* owner,
                  const char* unit, std::optional<std::int64_t> ignored, std::int64_t* to) {
  const T* from = read<T>(indices);
  const Runs<1> runs(indices.shape(), {indices.strides()});
  for (std::int64_t row = 0, i = 0; i < indices.elements(); ++row)
    for (std::int64_t column = 0; column < runs.length(); ++column, ++i) {
      const std::int64_t index = from[runs.offset(0, row) + column * runs.stride(0)];
      if (index == ignored) {
        to[i] = -1;
      } else if (index >= 0 && index < count) {
        to[i] = index;
      } else {
        out_of_range(op, what, indices.shape(), i, index, count, owner, unit);
      }
    }
}

}  // namespace

Tensor checked_indices(const char* op, const char* what, const Tensor& indices, std::int64_t count, const char* owner,
                       const char* unit, std::optional<std::int64_t> ignored) {
  Tensor checked = empty({indices.elements()}, int64);
  std::int64_t* to = fill<std::int64_t>(checked);
  if (indices.dtype() == int64) {
    copy_checked<std::int64_t>(op, what, indices, count, owner, unit, ignored, to);
  } else if (indices.dtype() == int32) {
    copy_checked<std::int32_t>(op, what, indices, count, owner, unit, ignored, to);
  } else {
    fail("{}: the {} tensor is {} {}, but it must be int64 or int32", op, what, name(indices.dtype()),
         to_string(indices.shape()));
  }
  return checked;
}

}  // namespace heed::detail
