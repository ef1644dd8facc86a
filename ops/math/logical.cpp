#include "logical.h"

#include "../support/axes.h"
#include "../support/each.h"
#include "../support/reduction.h"

namespace heed {
using namespace heed::detail;

namespace {

template <class T>
bool is_true(T value) {
  return value != T{0};
}

/// Returns if_found where an element over the axes has the truth value `wanted`, else !if_found.
Tensor found(const char* op, const Tensor& x, const Axes& axes, bool keepdims, bool wanted, bool if_found) {
  const unsigned over = axes_of(op, x, axes);
  Tensor y = empty(reduced_shape(x.shape(), over, keepdims), boolean);
  with_any(x.dtype(), [&]<class T>() {
    const auto of_run = [=](kernels::Run<const T> run, std::int64_t n) {
      for (std::int64_t i = 0; i < n; ++i)
        if (is_true(run.begin[i * run.stride]) == wanted) return if_found;
      return !if_found;
    };
    reduce_each(
        read<T>(x), Split(x, over), fill<bool>(y), of_run,
        [=](bool a, bool b) { return a == if_found || b == if_found ? if_found : !if_found; }, !if_found);
  });
  return y;
}

}  // namespace

Tensor logical_and(const Tensor& a, const Tensor& b) {
  return map_any("logical_and", a, b, []<class T>(T v, T w) { return is_true(v) && is_true(w); });
}

Tensor logical_or(const Tensor& a, const Tensor& b) {
  return map_any("logical_or", a, b, []<class T>(T v, T w) { return is_true(v) || is_true(w); });
}

Tensor logical_xor(const Tensor& a, const Tensor& b) {
  return map_any("logical_xor", a, b, []<class T>(T v, T w) { return is_true(v) != is_true(w); });
}

Tensor logical_not(const Tensor& x) {
  return map_any(x, []<class T>(T v) { return !is_true(v); });
}

Tensor any(const Tensor& x, const Axes& axes, bool keepdims) { return found("any", x, axes, keepdims, true, true); }

Tensor all(const Tensor& x, const Axes& axes, bool keepdims) { return found("all", x, axes, keepdims, false, false); }

}  // namespace heed
