#include "powers.h"

#include <cmath>

#include "../../graph/create.h"
#include "../../graph/fail.h"
#include "../index/where.h"
#include "../support/by_kernel.h"
#include "../support/each.h"
#include "arithmetic.h"
#include "compare.h"
#include "exponentials.h"
#include "logical.h"

namespace heed {
using namespace heed::detail;

namespace {

using kernels::Backward;
using kernels::Unary;

/// Integer power by repeated squaring, unsigned so that it wraps around. exponent >= 0.
template <class T>
T integer_power(T base, T exponent) {
  using Wrapping = std::make_unsigned_t<T>;
  Wrapping result = 1, factor = static_cast<Wrapping>(base);
  for (auto rest = static_cast<Wrapping>(exponent); rest != 0; rest >>= 1u) {
    if (rest & 1u) result *= factor;
    factor *= factor;
  }
  return static_cast<T>(result);
}

Tensor values_of_power(const Tensor& a, const Tensor& b) {
  check_same_dtype("pow", "a", a, "b", b);
  if (!is_floating(b.dtype()) && any(less(b, 0)).item<bool>())
    fail("pow: a and b are {} and an element of b is negative, but exponents of integers must be at least 0",
         name(a.dtype()));
  return map_numbers("pow", a, b, []<class T>(T v, T w) -> T {
    if constexpr (std::is_integral_v<T>) {
      return integer_power(v, w);
    } else {
      return std::pow(v, w);
    }
  });
}

}  // namespace

Tensor pow(const Tensor& a, const Tensor& b) {
  Tensor y = values_of_power(a, b);
  return differentiable("pow", {a, b}, y, [a, b, y](const Tensor& dy) {
    const auto da = [&] {
      // At a = b = 0 the formula is 0 times infinity: the exponent is replaced there by one that gives 0.
      const Tensor both_zero = equal(a.detach(), 0) & equal(b.detach(), 0);
      return sum_to(dy * b * pow(a, where(both_zero, ones({}, b.dtype()), b - 1)), a.shape());
    };
    const auto db = [&] {
      const Tensor zero = equal(a.detach(), 0) & (b.detach() >= 0);
      return sum_to(dy * y * log(where(zero, ones({}, a.dtype()), a)), b.shape());
    };
    return Gradients{da, db};
  });
}

namespace {

/// Power a^b for float32 or float64.
Tensor float_power(const Tensor& a, double b) {
  if (b == 1) return a;
  if (b == 2) return square(a);
  if (b == 0.5) return sqrt(a);
  if (b == -0.5) return rsqrt(a);
  if (b == -1) return reciprocal(a);
  Tensor y = b == 3 ? map_floats("pow", a, [](auto v) { return v * v * v; })
                    : map_floats("pow", a, [b]<class T>(T v) -> T { return std::pow(v, static_cast<T>(b)); });
  return differentiable("pow", {a}, y, [a, b](const Tensor& dy) {
    return Gradients{b == 0 ? zeros(dy.shape(), dy.dtype()) : dy * b * pow(a, b - 1)};
  });
}

}  // namespace

Tensor pow(const Tensor& a, Number b) {
  if (!is_floating(a.dtype())) {
    if (b.value() < 0 || b.value() != std::trunc(b.value()))
      fail("pow: a is {} and b is {}, but exponents of integers must be integers and at least 0", name(a.dtype()),
           to_string(b));
    return values_of_power(a, detail::full_for("pow", {}, b, a.dtype()));
  }
  return float_power(a, static_cast<double>(b));
}

Tensor pow(Number a, const Tensor& b) {
  if (!is_floating(b.dtype())) return values_of_power(detail::full_for("pow", {}, a, b.dtype()), b);
  return pow(detail::full_for("pow", {}, a, b.dtype()), b);
}

Tensor square(const Tensor& x) {
  return differentiable("square", {x}, map("square", x, x, kernels::Binary::multiply),
                        [x](const Tensor& dy) { return Gradients{dy * 2 * x}; });
}

Tensor sqrt(const Tensor& x) {
  Tensor y = map("sqrt", x, Unary::sqrt);
  return differentiable("sqrt", {x}, y, by_kernel("sqrt", y, Backward::sqrt, [](const Tensor& dy, const Tensor& r) {
                          return 0.5 * dy / r;
                        }));
}

Tensor reciprocal(const Tensor& x) {
  Tensor y = map("reciprocal", x, Unary::reciprocal);
  return differentiable("reciprocal", {x}, y, [y](const Tensor& dy) { return Gradients{-(dy * y * y)}; });
}

Tensor rsqrt(const Tensor& x) {
  Tensor y = map("rsqrt", x, Unary::rsqrt);
  return differentiable("rsqrt", {x}, y, [y](const Tensor& dy) { return Gradients{-0.5 * dy * (y * y * y)}; });
}

}  // namespace heed
