#include "random.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "../../graph/ambient.h"
#include "../../graph/fail.h"
#include "../../graph/number.h"
#include "../../graph/support/expect_number.h"
#include "../kernels/elementwise.h"
#include "../kernels/random.h"
#include "../shape/view.h"
#include "../support/elementwise.h"

namespace heed {
using namespace heed::detail;

namespace {

/// y = offset + factor * numbers, where draw generates the numbers [begin, begin + n) of the stream.
template <class T, class Draw>
void draw_scaled(const Tensor& y, double nanoseconds, T offset, T factor, const Draw& draw) {
  T* to = fill<T>(y);
  const T one = 1;
  parallel(y.elements(), nanoseconds, [&](Range part) {
    draw(part.begin, to + part.begin, part.size());
    if (offset != 0 || factor != 1)
      kernels::get<kernels::ElementwiseKernels<T>>().blend(offset, {&one, 0}, factor, to + part.begin, part.size());
  });
}

/// Smallest T that is not less than x, and largest T that is not greater.
template <class T>
T at_least(double x) {
  const T nearest = static_cast<T>(x);
  return static_cast<double>(nearest) < x ? std::nextafter(nearest, std::numeric_limits<T>::infinity()) : nearest;
}
template <class T>
T at_most(double x) {
  return -at_least<T>(-x);
}

template <class T>
void keep_between(T* numbers, std::int64_t count, T least, T most) {
  for (std::int64_t i = 0; i < count; ++i) {
    const T raised = numbers[i] < least ? least : numbers[i];
    numbers[i] = raised > most ? most : raised;
  }
}

/// y[i] = f(number i of the stream, in (0, 1)), computed in double, so that all dtypes have the same numbers. After
/// rounding to the dtype y stays between least and most.
template <class Function>
Tensor from_uniform(const char* op, const Shape& shape, DType dtype, double least, double most, const Function& f) {
  return with_floating(op, dtype, [&]<class T>() {
    Tensor y = empty(shape, dtype);
    const RandomStream stream = next_random_stream();
    const T lowest = at_least<T>(least), highest = at_most<T>(most);
    T* to = fill<T>(y);
    parallel(y.elements(), 20, [&](Range part) {
      constexpr std::int64_t together = 256;
      constexpr double below_one = 1 - 0x1p-53;
      double numbers[together];
      for (std::int64_t begin = part.begin; begin < part.end; begin += together) {
        const std::int64_t count = std::min(together, part.end - begin);
        kernels::get<kernels::DistributionKernels<double>>().uniform(stream, begin, numbers, count);
        for (std::int64_t i = 0; i < count; ++i)
          to[begin + i] = static_cast<T>(f(std::min(numbers[i] + 0x1p-54, below_one)));
        keep_between(to + begin, count, lowest, highest);
      }
    });
    return y;
  });
}

/// Distribution function of the standard normal distribution.
double normal_cdf(double x) { return std::erfc(-x / std::numbers::sqrt2) / 2; }

/// Quantile function of the standard normal distribution, 0 < p <= 1/2: a rational approximation good to 4.5e-4
/// (Hastings; Abramowitz and Stegun 1964, 26.2.23), then two steps of Halley's method, each of which triples the
/// digits.
double quantile(double p) {
  const double t = std::sqrt(-2 * std::log(p));
  double x = (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) - t;
  for (int step = 0; step < 2; ++step) {
    const double density = std::exp(-x * x / 2) / std::sqrt(2 * std::numbers::pi);
    const double newton = (normal_cdf(x) - p) / density;
    x -= newton / (1 + x * newton / 2);
  }
  return x;
}

/// Dropout with a given random stream.
Tensor drop(const Tensor& x, double p, RandomStream stream) {
  Tensor y = empty(x.shape(), x.dtype());
  with_floating("dropout", x.dtype(), [&]<class T>() {
    const Tensor contiguous_data = no_grad([&] { return contiguous(x.detach()); });
    const T* from = read<T>(contiguous_data);
    T* to = fill<T>(y);
    parallel(x.elements(), 0.5, [&](Range part) {
      kernels::get<kernels::DistributionKernels<T>>().dropout(stream, part.begin, p, from + part.begin, to + part.begin,
                                                              part.size());
    });
  });
  return differentiable("dropout", {x}, y, [p, stream](const Tensor& dy) { return Gradients{drop(dy, p, stream)}; });
}

}  // namespace

Tensor uniform(const Shape& shape, double low, double high, DType dtype) {
  if (!(low <= high)) fail("uniform: low is {} and high is {}, but low must not be above high", low, high);
  expect_finite("uniform", "low", low);
  expect_finite("uniform", "high", high);
  return with_floating("uniform", dtype, [&]<class T>() {
    const T begin_of_range = Number(low).as<T>("uniform"), end_of_range = Number(high).as<T>("uniform");
    T least = at_least<T>(low), most = at_most<T>(std::nextafter(high, low));
    if (low == high || least > most) least = most = begin_of_range;  // there is no other T between them
    Tensor y = empty(shape, dtype);
    const RandomStream stream = next_random_stream();
    // A range whose length overflows T is halved.
    const bool halved = !std::isfinite(end_of_range - begin_of_range) || !std::isfinite(high - low);
    const double scale = halved ? 0.5 : 1;
    draw_scaled<T>(y, 0.5, static_cast<T>(scale * low), static_cast<T>(scale * high - scale * low),
                   [&](std::int64_t begin, T* to, std::int64_t n) {
                     kernels::get<kernels::DistributionKernels<T>>().uniform(stream, begin, to, n);
                   });
    T* numbers = fill<T>(y);
    if (low != 0 || high != 1)
      parallel(y.elements(), 0.3, [&](Range part) {
        if (halved)
          for (std::int64_t i = part.begin; i < part.end; ++i) numbers[i] *= 2;
        keep_between(numbers + part.begin, part.size(), least, most);
      });
    return y;
  });
}

Tensor normal(const Shape& shape, double mean, double stddev, DType dtype) {
  expect_not_negative("normal", "stddev", stddev);
  expect_finite("normal", "the mean", mean);
  return with_floating("normal", dtype, [&]<class T>() {
    const T center = Number(mean).as<T>("normal"), factor = Number(stddev).as<T>("normal");
    Tensor y = empty(shape, dtype);
    const RandomStream stream = next_random_stream();
    draw_scaled<T>(y, 2, center, factor, [&](std::int64_t begin, T* to, std::int64_t n) {
      kernels::get<kernels::DistributionKernels<T>>().normal(stream, begin, to, n);
    });
    return y;
  });
}

Tensor truncated_normal(const Shape& shape, double mean, double stddev, double low, double high, DType dtype) {
  expect_positive("truncated_normal", "stddev", stddev);
  if (!(low < high)) fail("truncated_normal: low is {} and high is {}, but low must be below high", low, high);
  expect_finite("truncated_normal", "the mean", mean);
  const double from = (low - mean) / stddev, to = (high - mean) / stddev;
  const bool mirrored =
      from > 0;  // the upper tail is computed as the lower, where small probabilities keep their digits
  const double least = mirrored ? -to : from, most = mirrored ? -from : to;
  const double below = normal_cdf(least), above = normal_cdf(-most);
  const double between = most <= 0 ? normal_cdf(most) - below : 1 - below - above;
  if (!(between > 0))
    fail("truncated_normal: low is {} and high is {}, but the probability of that range is 0", low, high);
  return from_uniform("truncated_normal", shape, dtype, low, high, [=](double u) {
    const double p = below + u * between;
    const double x = p <= 0.5 ? quantile(p) : -quantile(above + (1 - u) * between);
    return std::clamp(mean + stddev * (mirrored ? -x : x), low, high);
  });
}

Tensor exponential(const Shape& shape, double rate, DType dtype) {
  expect_positive("exponential", "the rate", rate);
  return with_floating("exponential", dtype, [&]<class T>() {
    using Limits = std::numeric_limits<T>;
    const double least = double{Limits::denorm_min()}, most = double{Limits::max()};
    if (!(40 / rate < most && 1 / rate > double{Limits::min()}))  // no draw is above 37.5 / rate
      fail("exponential: the rate is {}, but {} cannot represent the numbers", rate, name(dtype));
    return from_uniform("exponential", shape, dtype, least, most, [=](double u) { return -std::log1p(-u) / rate; });
  });
}

Tensor gumbel(const Shape& shape, DType dtype) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  return from_uniform("gumbel", shape, dtype, -infinity, infinity, [](double u) { return -std::log(-std::log(u)); });
}

Tensor dropout(const Tensor& x, double p, bool training) {
  if (!(p >= 0 && p < 1)) fail("dropout: p is {}, but it must be at least 0 and less than 1", p);
  if (!is_floating(x.dtype())) wrong_dtype("dropout", x.dtype(), "float32 or float64");
  return training && p > 0 ? drop(x, p, next_random_stream()) : x;
}

}  // namespace heed
