// Functions of Vector<float> and Vector<double>. For float they are minimax polynomials, fitted by iteratively
// reweighted least squares; the error bounds below hold for every float and are tested. For double they call the C
// library for each lane.
#pragma once

#include "vector.h"

namespace heed::kernels {
inline namespace HEED_VECTOR_TARGET {

namespace detail {

using Bits = Vector<std::int32_t>;
HEED_INLINE Bits bits(Vector<float> x) { return Bits::Raw(x.raw); }
HEED_INLINE Vector<float> from_bits(Bits x) { return Vector<float>::Raw(x.raw); }

/// c0 + x * (c1 + x * (c2 + ...))
template <class T, class... More>
HEED_INLINE Vector<T> polynomial(Vector<T> x, T c0, More... more) {
  if constexpr (sizeof...(More) == 0) {
    return c0;
  } else {
    return multiply_add(polynomial(x, more...), x, Vector<T>(c0));
  }
}

/// f of each lane, for double.
template <class Function>
HEED_INLINE Vector<double> each_lane(Vector<double> x, Function f) {
  for (int lane = 0; lane < Vector<double>::lanes; ++lane) x.raw[lane] = f(x.raw[lane]);
  return x;
}

}  // namespace detail

HEED_INLINE Vector<float> abs(Vector<float> x) { return detail::from_bits(detail::bits(x).raw & 0x7fffffff); }

HEED_INLINE Vector<double> abs(Vector<double> x) {
  using Bits = Vector<std::int64_t>::Raw;
  return Vector<double>::Raw(Bits(x.raw) & std::int64_t{0x7fffffffffffffff});
}

/// Returns x, which must not be negative, with the sign of y.
HEED_INLINE Vector<float> with_sign(Vector<float> x, Vector<float> y) {
  return detail::from_bits(detail::bits(x).raw | (detail::bits(y).raw & static_cast<std::int32_t>(0x80000000)));
}

/// Correctly rounded. One instruction if the file is compiled with -fno-math-errno.
template <class T>
HEED_INLINE Vector<T> sqrt(Vector<T> x) {
  for (int lane = 0; lane < Vector<T>::lanes; ++lane) {
    if constexpr (sizeof(T) == sizeof(float)) {
      x.raw[lane] = __builtin_sqrtf(x.raw[lane]);
    } else {
      x.raw[lane] = __builtin_sqrt(x.raw[lane]);
    }
  }
  return x;
}

/// Rounding down, up, to nearest (half to even), and towards 0. One instruction each if the target has it.
template <class T>
HEED_INLINE Vector<T> floor(Vector<T> x) {
  for (int lane = 0; lane < Vector<T>::lanes; ++lane) {
    if constexpr (sizeof(T) == sizeof(float)) {
      x.raw[lane] = __builtin_floorf(x.raw[lane]);
    } else {
      x.raw[lane] = __builtin_floor(x.raw[lane]);
    }
  }
  return x;
}
template <class T>
HEED_INLINE Vector<T> ceil(Vector<T> x) {
  for (int lane = 0; lane < Vector<T>::lanes; ++lane) {
    if constexpr (sizeof(T) == sizeof(float)) {
      x.raw[lane] = __builtin_ceilf(x.raw[lane]);
    } else {
      x.raw[lane] = __builtin_ceil(x.raw[lane]);
    }
  }
  return x;
}
template <class T>
HEED_INLINE Vector<T> round(Vector<T> x) {
  for (int lane = 0; lane < Vector<T>::lanes; ++lane) {
    if constexpr (sizeof(T) == sizeof(float)) {
      x.raw[lane] = __builtin_nearbyintf(x.raw[lane]);
    } else {
      x.raw[lane] = __builtin_nearbyint(x.raw[lane]);
    }
  }
  return x;
}
template <class T>
HEED_INLINE Vector<T> trunc(Vector<T> x) {
  for (int lane = 0; lane < Vector<T>::lanes; ++lane) {
    if constexpr (sizeof(T) == sizeof(float)) {
      x.raw[lane] = __builtin_truncf(x.raw[lane]);
    } else {
      x.raw[lane] = __builtin_trunc(x.raw[lane]);
    }
  }
  return x;
}

namespace detail {

/// e^x = 2^n e^r with n = round(x / log 2) and |r| <= log(2) / 2; n is also in the low bits of `shifted`.
struct Reduced {
  Vector<float> n, shifted, rest;  // rest = e^r - 1
};

HEED_INLINE Reduced reduced_expm1(Vector<float> x) {
  const Vector<float> shifter = 12582912.0f;  // 1.5 * 2^23: adding it rounds
  const Vector<float> shifted = multiply_add(x, Vector<float>(1.44269504f), shifter);
  const Vector<float> n = shifted - shifter;
  const Vector<float> r =  // log 2 in two parts, of which the first times n is exact
      multiply_add(n, Vector<float>(2.12194440e-4f), multiply_add(n, Vector<float>(-0.693359375f), x));
  const Vector<float> q = polynomial(r, 0.4999999403953552f, 0.1666652113199234f, 0.04166838899254799f,
                                     0.008368710987269878f, 0.0013814610429108143f);
  return {n, shifted, multiply_add(q, r * r, r)};
}

/// e^x = 2^n p
struct Exponential {
  Vector<float> p, shifted;
};

HEED_INLINE Exponential reduced_exp(Vector<float> x) {
  const Reduced reduced = reduced_expm1(x);
  return {reduced.rest + 1.0f, reduced.shifted};
}

/// e^x for -87 <= x <= 88 and NaN, with fewer instructions.
HEED_INLINE Vector<float> bounded_exp(Vector<float> x) {
  const auto [p, shifted] = reduced_exp(x);
  return p * from_bits((bits(shifted).raw << 23) + 0x3f800000);
}

}  // namespace detail

/// e^x within 2 ulp; results below the smallest normal float (x < -87.33654) are 0.
HEED_INLINE Vector<float> exp(Vector<float> x) {
  const auto [p, shifted] = detail::reduced_exp(x);
  const Vector<float> y = detail::from_bits(detail::bits(p).raw + (detail::bits(shifted).raw << 23));
  const Vector<float> infinite = x + __builtin_inff();  // or NaN
  return where(x < -87.33654f, Vector<float>(0.0f), where(x <= 88.72283f, y, infinite));
}

HEED_INLINE Vector<double> exp(Vector<double> x) {
  return detail::each_lane(x, [](double a) HEED_LAMBDA { return __builtin_exp(a); });
}

/// e^x - 1 within 3 ulp, near 0 too.
HEED_INLINE Vector<float> expm1(Vector<float> x) {
  const Vector<float> bounded = where(x < -20.0f, Vector<float>(-20.0f), x);  // below, it rounds to -1; NaN stays
  const detail::Reduced reduced = detail::reduced_expm1(bounded);
  const Vector<float> power = detail::from_bits((detail::bits(reduced.shifted).raw << 23) + 0x3f800000);
  const Vector<float> y = multiply_add(power, reduced.rest, power - 1.0f);
  return where(x == 0.0f, x, where(x < 80.0f, y, exp(x)));  // 0 keeps its sign; 2^128 overflows
}

HEED_INLINE Vector<double> expm1(Vector<double> x) {
  return detail::each_lane(x, [](double a) HEED_LAMBDA { return __builtin_expm1(a); });
}

/// Natural logarithm within 2 ulp; -infinity for 0, NaN for negative numbers.
HEED_INLINE Vector<float> log(Vector<float> x) {
  // x = 2^e (1 + f) with sqrt(1/2) <= 1 + f < sqrt(2); numbers below the smallest normal float are scaled up first.
  const Mask<float> small = x < 1.17549435e-38f;
  const detail::Bits b = detail::bits(where(small, x * 8388608.0f, x));
  const std::int32_t root_half = 0x3f3504f3;
  const detail::Bits e = (b.raw - root_half) >> 23;
  const Vector<float> f = detail::from_bits(b.raw - (e.raw << 23)) - 1.0f;
  const Vector<float> exponent = Vector<float>(__builtin_convertvector(e.raw, Vector<float>::Raw)) -
                                 where(small, Vector<float>(23.0f), Vector<float>(0.0f));
  const Vector<float> q = detail::polynomial(f, 0.3333331346511841f, -0.25000008940696716f, 0.2000211924314499f,
                                             -0.1666797697544098f, 0.14219552278518677f, -0.1240558922290802f,
                                             0.11888162791728973f, -0.11675651371479034f, 0.0674663856625557f);
  const Vector<float> square = f * f;
  Vector<float> y = multiply_add(q, square * f, exponent * -2.12194440e-4f);
  y = multiply_add(square, Vector<float>(-0.5f), y);
  y = multiply_add(exponent, Vector<float>(0.693359375f), y + f);
  y = where(x < __builtin_inff(), y, x);  // infinity and NaN stay
  y = where(x == 0.0f, Vector<float>(-__builtin_inff()), y);
  return where(x < 0.0f, Vector<float>(__builtin_nanf("")), y);
}

HEED_INLINE Vector<double> log(Vector<double> x) {
  return detail::each_lane(x, [](double a) HEED_LAMBDA { return __builtin_log(a); });
}

/// ln(1 + x) within 4 ulp, near 0 too. The factor x / (u - 1) corrects the rounding of 1 + x to u, because ln is nearly
/// linear between the two (Goldberg 1991, What every computer scientist should know about floating-point arithmetic,
/// theorem 4).
HEED_INLINE Vector<float> log1p(Vector<float> x) {
  const Vector<float> u = x + 1.0f, rounded = u - 1.0f;
  const Vector<float> y = log(u) * (x / rounded);
  return where(rounded == 0.0f, x, where(u == __builtin_inff(), u, y));
}

HEED_INLINE Vector<double> log1p(Vector<double> x) {
  return detail::each_lane(x, [](double a) HEED_LAMBDA { return __builtin_log1p(a); });
}

/// Within 3 ulp, and never outside [-1, 1].
HEED_INLINE Vector<float> tanh(Vector<float> x) {
  const Vector<float> a = abs(x), z = a * a;
  const Vector<float> p =
      detail::polynomial(z, -0.333332807f, 0.133314416f, -0.0537397154f, 0.020639088f, -0.00570498733f);
  const Vector<float> near = multiply_add(p, z * a, a);
  const Vector<float> bounded = where(a > 10.0f, Vector<float>(10.0f), a);  // beyond, tanh rounds to 1; NaN stays
  const Vector<float> far = 1.0f - 2.0f / (detail::bounded_exp(bounded + bounded) + 1.0f);
  return with_sign(where(a < 0.625f, near, far), x);
}

HEED_INLINE Vector<double> tanh(Vector<double> x) {
  return detail::each_lane(x, [](double a) HEED_LAMBDA { return __builtin_tanh(a); });
}

/// 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x, within 3 ulp, and never outside [-1, 1].
HEED_INLINE Vector<float> erf(Vector<float> x) {
  const Vector<float> a = abs(x), z = x * x;
  const Vector<float> near = x * detail::polynomial(z, 1.12837911f, -0.376125515f, 0.112824552f, -0.0267914683f,
                                                    0.00503218919f, -0.00062032917f);
  const Vector<float> bounded = where(a > 4.0f, Vector<float>(4.0f), a);  // beyond, erf rounds to 1; NaN stays
  const Vector<float> log_rest = bounded * detail::polynomial(bounded, -1.1285255f, -0.635680437f, -0.105312094f,
                                                              0.0229223855f, -0.00322512421f, 0.000215225053f);
  return where(a < 0.875f, near, with_sign(1.0f - detail::bounded_exp(log_rest), x));
}

HEED_INLINE Vector<double> erf(Vector<double> x) {
  return detail::each_lane(x, [](double a) HEED_LAMBDA { return __builtin_erf(a); });
}

namespace detail {

/// sin(x + quarters pi / 2), within 2 ulp.
template <int quarters>
HEED_INLINE Vector<float> turned_sin(Vector<float> x) {
  // x = n pi / 2 + r with |r| <= pi / 4; pi / 2 in four parts, of which the first three times n are exact for n < 2^13.
  const Vector<float> shifter = 12582912.0f;  // 1.5 * 2^23: adding it rounds
  const Vector<float> shifted = multiply_add(x, Vector<float>(0.636619772f), shifter), n = shifted - shifter;
  Vector<float> r = multiply_add(n, Vector<float>(-1.5703125f), x);
  r = multiply_add(n, Vector<float>(-4.837512969970703125e-4f), r);
  r = multiply_add(n, Vector<float>(-7.549533620476723e-8f), r);
  r = multiply_add(n, Vector<float>(-2.5633440682570896e-12f), r);
  const Vector<float> z = r * r;
  const Vector<float> odd =
      multiply_add(polynomial(z, -0.16666655242443085f, 0.008332173340022564f, -0.00019516656175255775f), z * r, r);
  const Vector<float> even =
      multiply_add(polynomial(z, 0.04166664555668831f, -0.001388736185617745f, 2.4437729734927416e-05f), z * z,
                   multiply_add(z, Vector<float>(-0.5f), Vector<float>(1.0f)));
  const Bits turn = bits(shifted).raw + quarters;
  Vector<float> y = where(Mask<float>{(turn.raw & 1) != 0}, even, odd);
  y = from_bits(bits(y).raw ^ ((turn.raw & 2) << 30));
  const Mask<float> usual = abs(x) <= 8192.0f;
  if (any(!usual)) [[unlikely]] {
    for (int lane = 0; lane < Vector<float>::lanes; ++lane)
      if (!usual[lane]) y.raw[lane] = quarters == 0 ? __builtin_sinf(x[lane]) : __builtin_cosf(x[lane]);
  }
  return y;
}

}  // namespace detail

/// Within 2 ulp.
HEED_INLINE Vector<float> sin(Vector<float> x) {
  return where(x == 0.0f, x, detail::turned_sin<0>(x));  // 0 keeps its sign
}
HEED_INLINE Vector<float> cos(Vector<float> x) { return detail::turned_sin<1>(x); }

HEED_INLINE Vector<double> sin(Vector<double> x) {
  return detail::each_lane(x, [](double a) HEED_LAMBDA { return __builtin_sin(a); });
}
HEED_INLINE Vector<double> cos(Vector<double> x) {
  return detail::each_lane(x, [](double a) HEED_LAMBDA { return __builtin_cos(a); });
}

/// 1 / (1 + exp(-x)), for float within 3 ulp where the result is a normal float.
template <class T>
HEED_INLINE Vector<T> sigmoid(Vector<T> x) {
  return T(1) / (T(1) + exp(-x));
}

}  // namespace HEED_VECTOR_TARGET
}  // namespace heed::kernels
