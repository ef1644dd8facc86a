#include "masked.h"

#include "../../graph/create.h"
#include "../../graph/fail.h"
#include "../math/compare.h"
#include "../shape/view.h"
#include "../support/elementwise.h"
#include "gather.h"
#include "gather_rows.h"
#include "where.h"

namespace heed {
using namespace heed::detail;

namespace {

void check_mask(const char* op, const Tensor& mask) {
  if (mask.dtype() != boolean)
    fail("{}: the mask is {} {}, but it must be bool", op, name(mask.dtype()), to_string(mask.shape()));
}

/// Returns the mask broadcast to the shape of x.
Tensor mask_for(const char* op, const Tensor& x, const Tensor& mask) {
  check_mask(op, mask);
  if (broadcast(op, "x", x.shape(), "the mask", mask.shape()) != x.shape())
    fail("{}: the mask is {}, which cannot be broadcast to the shape of x, {}", op, to_string(mask.shape()),
         to_string(x.shape()));
  return broadcast_to(mask, x.shape());
}

/// Returns the row-major indices of the true elements: int64 [count].
Tensor true_indices(const Tensor& mask) {
  const bool* from = read<bool>(mask);
  const Runs<1> runs(mask.shape(), {mask.strides()});
  const auto each_true = [&](const auto& found) {
    for (std::int64_t row = 0, i = 0; i < mask.elements(); ++row) {
      const bool* begin = from + runs.offset(0, row);
      for (std::int64_t column = 0; column < runs.length(); ++column, ++i)
        if (begin[column * runs.stride(0)]) found(i);
    }
  };
  std::int64_t count = 0;
  each_true([&](std::int64_t) { ++count; });
  Tensor numbers = empty({count}, int64);
  std::int64_t* to = fill<std::int64_t>(numbers);
  each_true([&](std::int64_t i) { *to++ = i; });
  return numbers;
}

}  // namespace

Tensor nonzero(const Tensor& x) {
  const Tensor numbers = true_indices(cast(x.detach(), boolean));
  const std::int64_t* from = read<std::int64_t>(numbers);
  Tensor places = empty({numbers.elements(), x.rank()}, int64);
  std::int64_t* to = fill<std::int64_t>(places);
  for (std::int64_t i = 0; i < numbers.elements(); ++i, to += x.rank()) {
    std::int64_t rest = from[i];
    for (int axis = x.rank() - 1; axis >= 0; --axis) {
      to[axis] = rest % x.shape()[axis];
      rest /= x.shape()[axis];
    }
  }
  return places;
}

Tensor masked_select(const Tensor& x, const Tensor& mask) {
  check_mask("masked_select", mask);
  const Shape shape = broadcast("masked_select", "x", x.shape(), "the mask", mask.shape());
  const Tensor numbers = true_indices(broadcast_to(mask, shape));
  return gather_rows(reshape(broadcast_to(x, shape), {-1}), numbers);
}

Tensor masked_fill(const Tensor& x, const Tensor& mask, Number value) {
  return masked_fill(x, mask, detail::full_for("masked_fill", {}, value, x.dtype()));
}

Tensor masked_fill(const Tensor& x, const Tensor& mask, const Tensor& value) {
  check_same_dtype("masked_fill", "x", x, "value", value);
  if (value.rank() != 0) fail("masked_fill: value is {}, but it must be []", to_string(value.shape()));
  return where(mask_for("masked_fill", x, mask), value, x);
}

Tensor masked_scatter(const Tensor& x, const Tensor& mask, const Tensor& values) {
  check_same_dtype("masked_scatter", "x", x, "values", values);
  const Tensor numbers = true_indices(mask_for("masked_scatter", x, mask));
  const std::int64_t count = numbers.elements();
  if (count > values.elements())
    fail("masked_scatter: the mask selects {} elements of x, but values is {}, {} elements", count,
         to_string(values.shape()), values.elements());
  return put(x, numbers, slice(reshape(values, {-1}), 0, 0, count));
}

}  // namespace heed
