// Elementwise kernels. Each takes n elements; inputs are runs of any stride, the output is contiguous and may alias an
// input of stride 1. The bits of an element do not depend on how a run is split.
#pragma once

#include "../../graph/float16.h"
#include "registry.h"
#include "views.h"

namespace heed::kernels {

/// Function pointers indexed by the enumerators of Op, the last of which is `count`.
template <class Op, class Kernel>
struct PerOp {
  Kernel kernel[static_cast<int>(Op::count)];
  Kernel operator[](Op op) const { return kernel[static_cast<int>(op)]; }
};

/// y = f(x). NaN gives NaN, also for relu. gelu is x * Phi(x) with erf, gelu_tanh its approximation by tanh.
enum class Unary {
  negate,
  absolute,
  sign,
  square,
  reciprocal,
  floor,
  ceil,
  round,  // half to even
  trunc,
  sqrt,
  rsqrt,
  exp,
  expm1,
  log,
  log1p,
  sin,
  cos,
  erf,
  tanh,
  sigmoid,
  relu,
  gelu,
  gelu_tanh,
  silu,
  softplus,
  count
};

/// dx = dy * f'(x). `saved` is the y of exp, sqrt, tanh, sigmoid and relu, and the x of log, gelu, gelu_tanh and silu.
enum class Backward { exp, log, sqrt, tanh, sigmoid, relu, gelu, gelu_tanh, silu, count };

/// y = f(a, b). minimum and maximum give NaN if either is NaN. Integers wrap around; divide is only for floats.
enum class Binary { add, subtract, multiply, minimum, maximum, divide, count };

/// y = a ? b as bool; with NaN all but not_equal are false.
enum class Compare { equal, not_equal, less, less_equal, greater, greater_equal, count };

/// Converts as static_cast does; to bool: x != 0. A float that does not fit the integer gives an unspecified value.
template <class From, class To>
struct Cast {
  void (*cast)(Run<const From> x, To* y, Index n);
};

/// For every dtype: float, double, int32, int64, bool, Bfloat16, Float16.
template <class T>
struct AnyKernels : Cast<T, float>,
                    Cast<T, double>,
                    Cast<T, std::int32_t>,
                    Cast<T, std::int64_t>,
                    Cast<T, bool>,
                    Cast<T, Bfloat16>,
                    Cast<T, Float16> {
  PerOp<Compare, void (*)(Run<const T> a, Run<const T> b, bool* y, Index n)> compare;
  void (*where)(Run<const bool> condition, Run<const T> a, Run<const T> b, T* y, Index n);  // condition ? a : b
  void (*fill)(T value, Run<T> y, Index n);
  void (*copy)(Run<const T> x, Run<T> y, Index n);
};
HEED_DECLARE_KERNELS(AnyKernels<float>);
HEED_DECLARE_KERNELS(AnyKernels<double>);
HEED_DECLARE_KERNELS(AnyKernels<std::int32_t>);
HEED_DECLARE_KERNELS(AnyKernels<std::int64_t>);
HEED_DECLARE_KERNELS(AnyKernels<bool>);
HEED_DECLARE_KERNELS(AnyKernels<Bfloat16>);
HEED_DECLARE_KERNELS(AnyKernels<Float16>);

/// For every dtype but bool, Bfloat16 and Float16.
template <class T>
struct NumberKernels {
  PerOp<Binary, void (*)(Run<const T> a, Run<const T> b, T* y, Index n)> binary;
  void (*add_to)(Run<const T> x, T* y, Index n);      // y += x
  void (*scale)(T a, Run<const T> x, T* y, Index n);  // y = a * x
};
HEED_DECLARE_KERNELS(NumberKernels<float>);
HEED_DECLARE_KERNELS(NumberKernels<double>);
HEED_DECLARE_KERNELS(NumberKernels<std::int32_t>);
HEED_DECLARE_KERNELS(NumberKernels<std::int64_t>);

/// For float and double.
template <class T>
struct ElementwiseKernels {
  PerOp<Unary, void (*)(Run<const T> x, T* y, Index n)> unary;
  PerOp<Backward, void (*)(Run<const T> dy, Run<const T> saved, T* dx, Index n)> backward;
  void (*blend)(T a, Run<const T> x, T b, T* y, Index n);  // y = a * x + b * y; with b = 0, y is not read
};
HEED_DECLARE_KERNELS(ElementwiseKernels<float>);
HEED_DECLARE_KERNELS(ElementwiseKernels<double>);

/// y[i] = To(x[i]) for i in [0, n); see Cast.
template <class From, class To>
void cast(Run<const From> x, To* y, Index n) {
  static_cast<const Cast<From, To>&>(get<AnyKernels<From>>()).cast(x, y, n);
}

}  // namespace heed::kernels
