#include "sampling.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "../../graph/ambient.h"
#include "../../graph/fail.h"
#include "../kernels/random.h"
#include "../shape/view.h"
#include "../support/elementwise.h"
#include "../support/rows.h"

namespace heed {
using namespace heed::detail;

namespace {

template <class T>
using Vector = std::vector<T, arena::Allocator<T>>;

constexpr std::int64_t together = 256;  // random numbers generated at a time

/// Calls use(i, number i of the stream) for each i in [begin, end): uniform in [0, 1), in double.
template <class Use>
void each_number(RandomStream stream, std::int64_t begin, std::int64_t end, const Use& use) {
  double numbers[together];
  for (std::int64_t first = begin; first < end; first += together) {
    const std::int64_t count = std::min(together, end - first);
    kernels::get<kernels::DistributionKernels<double>>().uniform(stream, first, numbers, count);
    for (std::int64_t i = 0; i < count; ++i) use(first + i, numbers[i]);
  }
}

/// Product of two 64-bit numbers.
struct Product {
  std::uint64_t high, low;
};
Product product(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t a_low = a & 0xffffffff, a_high = a >> 32, b_low = b & 0xffffffff, b_high = b >> 32;
  const std::uint64_t middle = a_high * b_low + (a_low * b_low >> 32), other = a_low * b_high + (middle & 0xffffffff);
  return {a_high * b_high + (middle >> 32) + (other >> 32), a * b};
}

/// Calls use(i, random number below range(i)) for each i in [begin, end). The number is the upper half of the product
/// of 64 random bits with the range; bits that would bias the result are rejected and drawn again, from words far
/// behind those of all elements. Lemire 2019, arXiv:1805.10941.
template <class Range64, class Use>
void each_integer(RandomStream stream, std::int64_t begin, std::int64_t end, const Range64& range, const Use& use) {
  std::uint32_t words[2 * together];
  for (std::int64_t first = begin; first < end; first += together) {
    const std::int64_t count = std::min(together, end - first);
    kernels::get<kernels::RandomKernels>().random_words(stream, 2 * first, words, 2 * count);
    for (std::int64_t i = 0; i < count; ++i) {
      const std::uint64_t low = words[2 * i], high = words[2 * i + 1], size = range(first + i);
      Product chosen = product(high << 32 | low, size);
      if (chosen.low < size) [[unlikely]] {
        const std::uint64_t too_often = (0 - size) % size;  // 2^64 modulo the range
        for (std::int64_t again = 1; chosen.low < too_often; ++again) {
          std::uint32_t more[2];
          kernels::get<kernels::RandomKernels>().random_words(stream, (again << 50) + 2 * (first + i), more, 2);
          chosen = product(std::uint64_t{more[1]} << 32 | more[0], size);
        }
      }
      use(first + i, chosen.high);
    }
  }
}

void check_probability(double p) {
  if (!(p >= 0 && p <= 1)) fail("bernoulli: the probability is {}, but it must be between 0 and 1", p);
}

/// Rows of weights or logits of classes, [rows, classes].
struct Weights {
  const char* op;
  Tensor rows;
  bool are_logits;

  std::int64_t classes() const { return rows.size(1); }

  /// Copies the weights of a row in double; for logits up to a common factor.
  template <class T>
  void copy_row(std::int64_t row, double* to) const {
    const T* from = read_rows<T>(rows)[row];
    const std::int64_t n = classes();
    if (!are_logits) {
      // Large weights are divided, so that no sum is infinite.
      const double most = static_cast<double>(*std::max_element(from, from + n)), divisor = most > 1e290 ? most : 1;
      for (std::int64_t c = 0; c < n; ++c) to[c] = static_cast<double>(from[c]) / divisor;
      return;
    }
    const T greatest = *std::max_element(from, from + n);
    for (std::int64_t c = 0; c < n; ++c) to[c] = std::exp(static_cast<double>(from[c]) - static_cast<double>(greatest));
  }

  /// Throws Error unless at least `wanted` classes of each row can be drawn.
  template <class T>
  void check(std::int64_t wanted) const {
    for (std::int64_t row = 0; row < rows.size(0); ++row) {
      const T* of_row = read_rows<T>(rows)[row];
      std::int64_t possible = 0;
      for (std::int64_t c = 0; c < classes(); ++c) {
        const double weight = static_cast<double>(of_row[c]);
        if (std::isnan(weight) ||
            (are_logits ? weight == std::numeric_limits<double>::infinity() : weight < 0 || std::isinf(weight)))
          fail("{}: class {} of row {} has the {} {}", op, c, row, are_logits ? "logit" : "weight", weight);
        possible += are_logits ? std::isfinite(weight) : weight > 0;
      }
      if (possible < wanted)
        fail("{}: {} classes of row {} can be drawn, but at least {} must be", op, possible, row, wanted);
    }
  }
};

/// Returns the first class whose cumulative weight exceeds u times the sum.
std::int64_t drawn(const double* sums, std::int64_t classes, double u) {
  const double at = u * sums[classes - 1];
  const std::int64_t found = std::upper_bound(sums, sums + classes, at) - sums;
  if (found < classes) return found;
  return std::lower_bound(sums, sums + classes, sums[classes - 1]) - sums;  // rounded up: the last class with a weight
}

/// Sample j of row r takes number r * samples + j of the stream.
template <class T>
void draw_with_replacement(const Weights& weights, std::int64_t samples, std::int64_t* to) {
  const RandomStream stream = next_random_stream();
  const std::int64_t classes = weights.classes();
  const double cost = 10 * static_cast<double>(classes) + 30 * static_cast<double>(samples);
  parallel(weights.rows.size(0), cost, [&](Range part) {
    Vector<double> sums(static_cast<std::size_t>(classes));
    for (std::int64_t row = part.begin; row < part.end; ++row) {
      weights.copy_row<T>(row, sums.data());
      std::partial_sum(sums.begin(), sums.end(), sums.begin());
      each_number(stream, row * samples, (row + 1) * samples,
                  [&](std::int64_t i, double u) { to[i] = drawn(sums.data(), classes, u); });
    }
  });
}

/// Each class has an exponentially distributed time with its weight as rate, and the earliest are drawn. Class c of row
/// r takes number r * classes + c of the stream.
template <class T>
void draw_without_replacement(const Weights& weights, std::int64_t samples, std::int64_t* to) {
  const RandomStream stream = next_random_stream();
  const std::int64_t classes = weights.classes();
  parallel(weights.rows.size(0), 40 * static_cast<double>(classes), [&](Range part) {
    Vector<double> weight(static_cast<std::size_t>(classes));
    Vector<std::pair<double, std::int64_t>> times(static_cast<std::size_t>(classes));
    for (std::int64_t row = part.begin; row < part.end; ++row) {
      weights.copy_row<T>(row, weight.data());
      each_number(stream, row * classes, (row + 1) * classes, [&](std::int64_t i, double u) {
        const auto c = static_cast<std::size_t>(i - row * classes);
        const double never = std::numeric_limits<double>::infinity();
        // Classes without a weight come last, even after infinite times.
        times[c] = weight[c] > 0 ? std::pair{-std::log1p(-u) / weight[c], i - row * classes}
                                 : std::pair{never, i - row * classes + classes};
      });
      std::partial_sort(times.begin(), times.begin() + samples, times.end());
      for (std::int64_t j = 0; j < samples; ++j) to[row * samples + j] = times[static_cast<std::size_t>(j)].second;
    }
  });
}

Tensor draw(const char* op, const Tensor& x, std::int64_t samples, bool replacement, bool are_logits) {
  if (!is_floating(x.dtype())) wrong_dtype(op, x.dtype(), "float32 or float64");
  if (x.rank() == 0) fail("{}: the tensor is [], but it must have an axis of classes", op);
  if (samples < 0) fail("{}: the number of samples is {}, but it must not be negative", op, samples);
  Shape shape = x.shape();
  shape[-1] = samples;
  const Tensor y = empty(shape, int64);
  const Weights weights{op, as_rows(x), are_logits};
  with_floating(op, x.dtype(), [&]<class T>() {
    weights.check<T>(replacement ? std::min<std::int64_t>(samples, 1) : samples);
    if (y.elements() == 0) return;
    if (replacement)
      draw_with_replacement<T>(weights, samples, fill<std::int64_t>(y));
    else
      draw_without_replacement<T>(weights, samples, fill<std::int64_t>(y));
  });
  return y;
}

}  // namespace

Tensor bernoulli(const Shape& shape, double p, DType dtype) {
  check_probability(p);
  Tensor y = empty(shape, dtype);
  with_any(dtype, [&]<class T>() {
    T* to = fill<T>(y);
    const RandomStream stream = next_random_stream();
    parallel(y.elements(), 1, [&](Range part) {
      each_number(stream, part.begin, part.end, [&](std::int64_t i, double u) { to[i] = static_cast<T>(u < p); });
    });
  });
  return y;
}

Tensor bernoulli(const Tensor& probabilities) {
  return with_floating("bernoulli", probabilities.dtype(), [&]<class T>() {
    NoGrad scope;
    const Tensor contiguous_data = contiguous(probabilities.detach());
    const T* p = read<T>(contiguous_data);
    for (std::int64_t i = 0; i < probabilities.elements(); ++i) check_probability(static_cast<double>(p[i]));
    Tensor y = empty(probabilities.shape(), probabilities.dtype());
    T* to = fill<T>(y);
    const RandomStream stream = next_random_stream();
    parallel(y.elements(), 1, [&](Range part) {
      each_number(stream, part.begin, part.end,
                  [&](std::int64_t i, double u) { to[i] = static_cast<T>(u < static_cast<double>(p[i])); });
    });
    return y;
  });
}

Tensor categorical(const Tensor& logits, Size samples) { return draw("categorical", logits, samples, true, true); }

Tensor multinomial(const Tensor& weights, Size samples, bool replacement) {
  return draw("multinomial", weights, samples, replacement, false);
}

Tensor permutation(Size n) {
  if (n < 0) fail("permutation: n is {}, but it must not be negative", n.value);
  Tensor y = empty({n}, int64);
  std::int64_t* order = fill<std::int64_t>(y);
  std::iota(order, order + n, std::int64_t{0});
  // Fisher-Yates shuffle, from the last place.
  const auto left = [&](std::int64_t i) { return static_cast<std::uint64_t>(n - i); };
  each_integer(next_random_stream(), 0, n, left,
               [&](std::int64_t i, std::uint64_t chosen) { std::swap(order[n - 1 - i], order[chosen]); });
  return y;
}

Tensor randint(std::int64_t low, std::int64_t high, const Shape& shape, DType dtype) {
  if (low >= high) fail("randint: low is {} and high is {}, but low must be below high", low, high);
  if (dtype != int64 && dtype != int32) wrong_dtype("randint", dtype, "int64 or int32");
  using Limits = std::numeric_limits<std::int32_t>;
  if (dtype == int32 && (low < Limits::min() || high - 1 > Limits::max()))
    fail("randint: low is {} and high is {}, which do not fit int32", low, high);
  Tensor y = empty(shape, dtype);
  const RandomStream stream = next_random_stream();
  const std::uint64_t range = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
  const auto fill_all = [&]<class T>(T* to) {
    parallel(y.elements(), 2, [&](Range part) {
      each_integer(
          stream, part.begin, part.end, [&](std::int64_t) { return range; },
          [&](std::int64_t i, std::uint64_t chosen) {
            to[i] = static_cast<T>(static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + chosen));
          });
    });
  };
  if (dtype == int64)
    fill_all(fill<std::int64_t>(y));
  else
    fill_all(fill<std::int32_t>(y));
  return y;
}

}  // namespace heed
