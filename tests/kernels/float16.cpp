#include <heed/graph/float16.h>
#include <heed/ops/kernels/elementwise.h>

#include <bit>

#include "harness.h"

using namespace heed;
using namespace heed::kernels;

namespace {

struct Format {
  int precision, smallest_exponent;
  double largest;
};
template <class T>
constexpr Format format{8, -126, 0x1.fep127};
template <>
constexpr Format format<Float16>{11, -14, 65504};

/// Rounds to the nearest number of the format, ties to even, by definition.
template <class T>
double nearest(double x) {
  if (std::isnan(x) || std::isinf(x) || x == 0) return x;
  const double step = std::ldexp(1, std::max(std::ilogb(x), format<T>.smallest_exponent) - format<T>.precision + 1);
  const double rounded = std::nearbyint(x / step) * step;
  return std::abs(rounded) > format<T>.largest ? std::copysign(infinity, x) : rounded;
}

/// Decodes 16 bits by definition.
template <class T>
double value_of(std::uint16_t bits) {
  const int fraction_bits = format<T>.precision - 1, fraction = bits & ((1 << fraction_bits) - 1);
  const int exponent = (bits & 0x7fff) >> fraction_bits, top = (1 << (15 - fraction_bits)) - 1;
  const double sign = bits & 0x8000 ? -1 : 1;
  if (exponent == top) return fraction ? kernels::nan : sign * infinity;
  const int scale = std::max(exponent, 1) - 1 + format<T>.smallest_exponent - fraction_bits;
  return sign * std::ldexp(exponent ? fraction + (1 << fraction_bits) : fraction, scale);
}

template <class To, class From>
Buffer<To> converted(InstructionSet set, const Buffer<From>& x) {
  Buffer<To> y(x.size());
  static_cast<const Cast<From, To>&>(get<AnyKernels<From>>(set))
      .cast({x.begin()}, y.data(), static_cast<Index>(x.size()));
  return y;
}

template <class T>
void same_value(double got, double expected) {
  if (std::isnan(expected) ? std::isnan(got) : got == expected && std::signbit(got) == std::signbit(expected)) return;
  FAIL("got " << got << ", expected " << expected);
}

}  // namespace

TEMPLATE_TEST_CASE("all numbers of 16 bits are converted to float32 and back", "[kernels]", Bfloat16, Float16) {
  Buffer<TestType> all(65536);
  for (std::size_t i = 0; i < all.size(); ++i) all[i].bits = static_cast<std::uint16_t>(i);
  on_each_set([&](InstructionSet set) {
    Buffer<float> wide = converted<float>(set, all);
    Buffer<double> wider = converted<double>(set, all);
    Buffer<TestType> back = converted<TestType>(set, wide), from_double = converted<TestType>(set, wider);
    for (std::size_t i = 0; i < all.size(); ++i) {
      const double expected = value_of<TestType>(all[i].bits);
      same_value<TestType>(wide[i], expected);
      same_value<TestType>(wider[i], expected);
      if (std::isnan(expected)) {
        if (!std::isnan(float(back[i])) || !std::isnan(float(from_double[i]))) FAIL("a NaN was lost");
      } else if (back[i].bits != i || from_double[i].bits != i) {
        FAIL("bits " << i << " came back as " << back[i].bits << " and " << from_double[i].bits);
      }
    }
  });
}

TEMPLATE_TEST_CASE("float32 and float64 are rounded to the nearest number of 16 bits", "[kernels]", Bfloat16, Float16) {
  std::vector<float> values = {0.0f,    -0.0f,  float(infinity), -float(infinity), float(kernels::nan),
                               3.4e38f, 1e-45f, -1e-40f};
  std::uint32_t seed = 1;
  for (int i = 0; i < 200'000; ++i) {
    seed = seed * 1664525u + 1013904223u;
    values.push_back(std::bit_cast<float>(seed));
  }
  for (std::uint32_t i = 0; i < 0x7f80; ++i)  // around each number, the midpoint to the next, and its neighbours
    for (const std::uint32_t low : {1u, 0x7fffu, 0x8000u, 0x8001u, 0xffffu, 0x0fffu, 0x1000u, 0x1001u, 0x3000u})
      values.push_back(std::bit_cast<float>(i << 16 | low));
  const Buffer<float> x(values);
  Buffer<double> wide(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) wide[i] = double(values[i]) * (1 + 1e-10);
  on_each_set([&](InstructionSet set) {
    Buffer<TestType> from_float = converted<TestType>(set, x), from_double = converted<TestType>(set, wide);
    for (std::size_t i = 0; i < values.size(); ++i) {
      same_value<TestType>(float(from_float[i]), nearest<TestType>(double(values[i])));
      same_value<TestType>(float(from_double[i]), nearest<TestType>(wide[i]));
    }
  });
}
