#include "extremes.h"

#include "../../graph/fail.h"
#include "../kernels/reduce.h"
#include "../math/arithmetic.h"
#include "../math/compare.h"
#include "../shape/view.h"
#include "../support/axes.h"
#include "../support/reduction.h"
#include "reduce.h"

namespace heed {
using namespace heed::detail;

namespace {

/// Policies of extreme and place_of_extreme.
struct Largest {
  static constexpr const char *op = "max", *place_op = "argmax", *word = "largest";
  template <class T>
  static auto value(const kernels::ReduceKernels<T>& kernels) {
    return kernels.max;
  }
  template <class T>
  static auto place(const kernels::ReduceKernels<T>& kernels) {
    return kernels.argmax;
  }
};
struct Smallest {
  static constexpr const char *op = "min", *place_op = "argmin", *word = "smallest";
  template <class T>
  static auto value(const kernels::ReduceKernels<T>& kernels) {
    return kernels.min;
  }
  template <class T>
  static auto place(const kernels::ReduceKernels<T>& kernels) {
    return kernels.argmin;
  }
};

template <class Sought>
void check_not_empty(const char* op, const Tensor& x, const Shape& result) {
  if (x.elements() == 0 && result.elements() > 0)
    fail("{}: x is {}, so there is no {} element along an axis of length 0", op, to_string(x.shape()), Sought::word);
}

template <class Sought>
Tensor extreme(const Tensor& x, const Axes& axes, bool keepdims) {
  const unsigned over = axes_of(Sought::op, x, axes);
  Tensor y = empty(reduced_shape(x.shape(), over, keepdims), x.dtype());
  check_not_empty<Sought>(Sought::op, x, y.shape());
  with_number(Sought::op, x.dtype(), [&]<class T>() {
    const auto of_run = Sought::template value<T>(kernels::get<kernels::ReduceKernels<T>>());
    const Split split(x, over);
    if (split.kept.elements() == 0) return;
    const auto combine = [of_run](T a, T b) {
      const T both[] = {a, b};
      return of_run({both, 1}, 2);
    };
    reduce_each(read<T>(x), split, fill<T>(y), of_run, combine, static_cast<T>(of_run({read<T>(x), 1}, 0)));
  });
  return differentiable(Sought::op, {x}, y, [x, y, over, axes](const Tensor& dy) {
    const Shape kept = reduced_shape(x.shape(), over, true);
    const Tensor chosen = cast(equal(x.detach(), reshape(y, kept).detach()), x.dtype());
    const Tensor share = no_grad([&] { return chosen / sum(chosen, axes, true); });
    return Gradients{reshape(dy, kept) * share};
  });
}

template <class Sought>
Tensor place_of_extreme(const Tensor& x, int axis, bool keepdims) {
  axis = axis_of(Sought::place_op, x, axis);
  Shape shape = x.shape(), strides = x.strides();
  const std::int64_t length = shape[axis], stride = strides[axis];
  const Tensor y = empty(reduced_shape(shape, 1u << axis, keepdims), int64);
  check_not_empty<Sought>(Sought::place_op, x, y.shape());
  shape.erase(axis);
  strides.erase(axis);
  with_number(Sought::place_op, x.dtype(), [&]<class T>() {
    const auto place = Sought::template place<T>(kernels::get<kernels::ReduceKernels<T>>());
    const T* from = read<T>(x);
    std::int64_t* to = fill<std::int64_t>(y);
    const Runs<1> outputs(shape, {strides});
    outputs.each(static_cast<double>(length) + 10, [&](auto at, std::int64_t out, std::int64_t n) {
      for (std::int64_t i = 0; i < n; ++i) to[out + i] = place({from + at[0] + i * outputs.stride(0), stride}, length);
    });
  });
  return y;
}

template <class Sought>
Tensor place_of_extreme(const Tensor& x) {
  return no_grad([&] { return place_of_extreme<Sought>(reshape(x.detach(), {x.elements()}), 0, false); });
}

}  // namespace

Tensor max(const Tensor& x, const Axes& axes, bool keepdims) { return extreme<Largest>(x, axes, keepdims); }
Tensor min(const Tensor& x, const Axes& axes, bool keepdims) { return extreme<Smallest>(x, axes, keepdims); }

Tensor argmax(const Tensor& x, int axis, bool keepdims) { return place_of_extreme<Largest>(x, axis, keepdims); }
Tensor argmax(const Tensor& x) { return place_of_extreme<Largest>(x); }
Tensor argmin(const Tensor& x, int axis, bool keepdims) { return place_of_extreme<Smallest>(x, axis, keepdims); }
Tensor argmin(const Tensor& x) { return place_of_extreme<Smallest>(x); }

}  // namespace heed
