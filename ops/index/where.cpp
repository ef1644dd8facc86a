#include "where.h"

#include "../../graph/create.h"
#include "../../graph/fail.h"
#include "../support/elementwise.h"

namespace heed {
using namespace heed::detail;

Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b) {
  if (condition.dtype() != boolean)
    fail("where: condition is {} {}, but it must be bool", name(condition.dtype()), to_string(condition.shape()));
  check_same_dtype("where", "a", a, "b", b);
  const Shape values = broadcast("where", "a", a.shape(), "b", b.shape());
  const Shape shape = broadcast("where", "condition", condition.shape(), "a or b", values);
  Tensor y = empty(shape, a.dtype());
  with_any(a.dtype(), [&]<class T>() {
    const auto kernel = kernels::get<kernels::AnyKernels<T>>().where;
    const bool* chosen = read<bool>(condition);
    const T *first = read<T>(a), *second = read<T>(b);
    T* to = fill<T>(y);
    const Runs<3> runs(shape,
                       {broadcast_strides(condition, shape), broadcast_strides(a, shape), broadcast_strides(b, shape)});
    runs.each(0.3, [&](auto at, std::int64_t out, std::int64_t n) {
      kernel({chosen + at[0], runs.stride(0)}, {first + at[1], runs.stride(1)}, {second + at[2], runs.stride(2)},
             to + out, n);
    });
  });
  return differentiable("where", {a, b}, y, [condition, of_a = a.shape(), of_b = b.shape()](const Tensor& dy) {
    const Tensor none = zeros({}, dy.dtype());
    return Gradients{[&] { return sum_to(where(condition, dy, none), of_a); },
                     [&] { return sum_to(where(condition, none, dy), of_b); }};
  });
}

}  // namespace heed
