#include "rounding.h"

#include <cmath>

#include "../../graph/create.h"
#include "../../graph/fail.h"
#include "../support/each.h"
#include "arithmetic.h"
#include "compare.h"
#include "logical.h"

namespace heed {
using namespace heed::detail;

namespace {

using kernels::Unary;

Tensor with_zero_gradient(const char* op, const Tensor& x, const Tensor& y) {
  return differentiable(op, {x}, y, [](const Tensor& dy) { return Gradients{zeros(dy.shape(), dy.dtype())}; });
}

void check_divisor(const char* op, const Tensor& a, const Tensor& b) {
  check_same_dtype(op, "a", a, "b", b);
  if (!is_floating(b.dtype()) && any(equal(b, 0)).item<bool>())
    fail("{}: an element of b, which is {} {}, is 0", op, name(b.dtype()), to_string(b.shape()));
}

// Integer division. Dividing the smallest integer by -1 would trap, so -1 is a special case that wraps around.

template <class T>
T integer_remainder(T a, T b) {
  return b == -1 ? T{0} : static_cast<T>(a % b);
}

template <class T>
T integer_quotient(T a, T b) {
  if (b == -1) return static_cast<T>(0 - static_cast<std::make_unsigned_t<T>>(a));
  return static_cast<T>(a / b);
}

/// std::fmod, ten times as fast for usual quotients: in double the quotient of two floats never rounds to an integer
/// unless it is one, and its integer part times b is exact, as is the difference.
float fast_fmod(float a, float b) {
  const double quotient = static_cast<double>(a) / static_cast<double>(b);
  if (!(std::abs(quotient) < 0x1p28) || std::isinf(b)) return std::fmod(a, b);
  const double whole = static_cast<double>(static_cast<std::int64_t>(quotient));
  return static_cast<float>(static_cast<double>(a) - whole * static_cast<double>(b));
}

template <class T>
T remainder_to_zero(T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    return integer_remainder(a, b);
  } else if constexpr (std::is_same_v<T, float>) {
    return fast_fmod(a, b);
  } else {
    return std::fmod(a, b);
  }
}

/// Returns 1 if a nonzero remainder has the opposite sign of b, so that the quotient rounded down is one less, else 0.
/// Without a branch, which would be mispredicted.
template <class T>
int is_one_less(T left, T b) {
  return static_cast<int>(left != T{0}) & static_cast<int>((left < T{0}) != (b < T{0}));
}

template <class T>
T remainder_down(T a, T b) {
  const T left = remainder_to_zero(a, b);
  const T more[] = {T{0}, b};
  return static_cast<T>(left + more[is_one_less(left, b)]);
}

template <class T>
T quotient_to_zero(T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    return integer_quotient(a, b);
  } else {
    return b == T{0} ? a / b : std::round((a - remainder_to_zero(a, b)) / b);  // an integer up to rounding
  }
}

template <class T>
T quotient_down(T a, T b) {
  const T left = remainder_to_zero(a, b), quotient = quotient_to_zero(a, b);
  return b == T{0} ? quotient : static_cast<T>(quotient - static_cast<T>(is_one_less(left, b)));
}

}  // namespace

Tensor floor(const Tensor& x) { return with_zero_gradient("floor", x, map("floor", x, Unary::floor)); }

Tensor ceil(const Tensor& x) { return with_zero_gradient("ceil", x, map("ceil", x, Unary::ceil)); }

Tensor round(const Tensor& x) { return with_zero_gradient("round", x, map("round", x, Unary::round)); }

Tensor trunc(const Tensor& x) { return with_zero_gradient("trunc", x, map("trunc", x, Unary::trunc)); }

Tensor floor_divide(const Tensor& a, const Tensor& b) {
  check_divisor("floor_divide", a, b);
  Tensor y = map_numbers("floor_divide", a, b, [](auto v, auto w) { return quotient_down(v, w); });
  return differentiable("floor_divide", {a, b}, y, [of_a = a.shape(), of_b = b.shape()](const Tensor& dy) {
    return Gradients{[&] { return zeros(of_a, dy.dtype()); }, [&] { return zeros(of_b, dy.dtype()); }};
  });
}

Tensor remainder(const Tensor& a, const Tensor& b) {
  check_divisor("remainder", a, b);
  Tensor y = map_numbers("remainder", a, b, [](auto v, auto w) { return remainder_down(v, w); });
  return differentiable("remainder", {a, b}, y, [a, b](const Tensor& dy) {
    return Gradients{[&] { return sum_to(dy, a.shape()); },
                     [&] { return -sum_to(dy * floor_divide(a.detach(), b.detach()), b.shape()); }};
  });
}

Tensor fmod(const Tensor& a, const Tensor& b) {
  check_divisor("fmod", a, b);
  Tensor y = map_numbers("fmod", a, b, [](auto v, auto w) { return remainder_to_zero(v, w); });
  return differentiable("fmod", {a, b}, y, [a, b](const Tensor& dy) {
    const auto quotient = [&] {
      return map_numbers("fmod", a.detach(), b.detach(), [](auto v, auto w) { return quotient_to_zero(v, w); });
    };
    return Gradients{[&] { return sum_to(dy, a.shape()); }, [&] { return -sum_to(dy * quotient(), b.shape()); }};
  });
}

Tensor floor_divide(const Tensor& a, Number b) {
  return floor_divide(a, detail::full_for("floor_divide", {}, b, a.dtype()));
}
Tensor remainder(const Tensor& a, Number b) { return remainder(a, detail::full_for("remainder", {}, b, a.dtype())); }
Tensor fmod(const Tensor& a, Number b) { return fmod(a, detail::full_for("fmod", {}, b, a.dtype())); }

}  // namespace heed
