#include "../reduce.h"
#include "loops.h"

namespace heed::kernels::HEED_TARGET {
namespace {

template <class T>
constexpr T lowest() {
  if constexpr (std::is_floating_point_v<T>) {
    return -infinity<T>;
  } else {
    return static_cast<T>(std::make_unsigned_t<T>{1} << (8 * sizeof(T) - 1));
  }
}

template <class T>
constexpr T greatest() {
  if constexpr (std::is_floating_point_v<T>) {
    return infinity<T>;
  } else {
    return static_cast<T>(~lowest<T>());
  }
}

/// Calls fold with the elements of a run, as a pointer if they are contiguous, so that each fold is also compiled
/// without the offsets of a stride.
template <class T, class Fold>
HEED_INLINE auto with_elements(Run<const T> x, const Fold& fold) {
  return x.stride == 1 ? fold(x.begin) : fold(x);
}

template <class T>
T sum_run(Run<const T> x, Index n) {
  // Integers as unsigned integers, which wrap around.
  using U = typename std::conditional_t<std::is_integral_v<T>, std::make_unsigned<T>, std::type_identity<T>>::type;
  const Run<const U> run{reinterpret_cast<const U*>(x.begin), x.stride};
  return static_cast<T>(with_elements(run, [=](auto elements) HEED_LAMBDA {
    return total<U>(n, [=](auto i) HEED_LAMBDA { return load(elements, i); });
  }));
}

/// Kind of extreme, and a start value that any other replaces.
struct Largest {
  template <class T>
  static constexpr T start = lowest<T>();
  template <class T>
  HEED_INLINE static Vector<T> better(Vector<T> a, Vector<T> b) {
    return maximum(a, b);
  }
};
struct Smallest {
  template <class T>
  static constexpr T start = greatest<T>();
  template <class T>
  HEED_INLINE static Vector<T> better(Vector<T> a, Vector<T> b) {
    return minimum(a, b);
  }
};

template <class T, class Sought>
T extreme(Run<const T> x, Index n) {
  const Vector<T> start = Sought::template start<T>;
  const auto better = [](auto a, auto b) HEED_LAMBDA { return Sought::better(a, b); };
  const Vector<T> best = with_elements(x, [=](auto elements) HEED_LAMBDA {
    return accumulate<T>(n, start, [=](auto i) HEED_LAMBDA { return load(elements, i, start); }, better);
  });
  return heed::kernels::detail::fold<Vector<T>::lanes>(best, better);
}

template <class T, class Sought>
Index index_of_extreme(Run<const T> x, Index n) {
  const T best = extreme<T, Sought>(x, n);
  Index i = 0;
  if (best != best) {
    while (i < n && x.begin[i * x.stride] == x.begin[i * x.stride]) ++i;
  } else {
    while (i < n && x.begin[i * x.stride] != best) ++i;
  }
  return i;
}

/// Sums four vectors of columns at a time in registers; the rest of the width one by one.
template <class T>
void sum_columns(Block size, Rows<const T> x, T* y) {
  constexpr Index lanes = Vector<T>::lanes;
  Index j = 0;
  for (; j + 4 * lanes <= size.width; j += 4 * lanes) {
    Vector<T> a = T(0), b = T(0), c = T(0), d = T(0);
    for (Index r = 0; r < size.rows; ++r) {
      const T* row = x[r] + j;
      a += heed::kernels::load(row);
      b += heed::kernels::load(row + lanes);
      c += heed::kernels::load(row + 2 * lanes);
      d += heed::kernels::load(row + 3 * lanes);
    }
    heed::kernels::store(y + j, heed::kernels::load(y + j) + a);
    heed::kernels::store(y + j + lanes, heed::kernels::load(y + j + lanes) + b);
    heed::kernels::store(y + j + 2 * lanes, heed::kernels::load(y + j + 2 * lanes) + c);
    heed::kernels::store(y + j + 3 * lanes, heed::kernels::load(y + j + 3 * lanes) + d);
  }
  each<T>(size.width - j, [=](auto i) HEED_LAMBDA {
    Vector<T> a = T(0);
    for (Index r = 0; r < size.rows; ++r) a += load(x[r] + j, i);
    store(y + j, i, load<T>(y + j, i) + a);
  });
}

template <class Place>
HEED_INLINE Vector<double> load_double(const double* x, Place i) {
  return load(x, i);
}
template <class Place>
HEED_INLINE Vector<double> load_double(const float* x, Place i) {
  typedef float Half __attribute__((vector_size(HEED_VECTOR_BYTES / 2)));
  Half half{};
  if constexpr (std::is_same_v<Place, Full>) {
    std::memcpy(&half, x + i.at, sizeof half);
  } else {
    for (int lane = 0; lane < i.count; ++lane) half[lane] = x[i.at + lane];
  }
  return __builtin_convertvector(half, Vector<double>::Raw);
}

template <class T>
double sum_of_squares(const T* x, Index n) {
  return total<double>(n, [=](auto i) HEED_LAMBDA {
    const Vector<double> v = load_double(x, i);
    return v * v;
  });
}

template <class T>
constexpr ReduceKernels<T> reduce_kernels = {.sum = sum_run<T>,
                                             .max = extreme<T, Largest>,
                                             .min = extreme<T, Smallest>,
                                             .argmax = index_of_extreme<T, Largest>,
                                             .argmin = index_of_extreme<T, Smallest>,
                                             .sum_columns = sum_columns<T>};

}  // namespace

HEED_REGISTER_KERNELS(ReduceKernels<float>) = reduce_kernels<float>;
HEED_REGISTER_KERNELS(ReduceKernels<double>) = reduce_kernels<double>;
HEED_REGISTER_KERNELS(ReduceKernels<std::int32_t>) = reduce_kernels<std::int32_t>;
HEED_REGISTER_KERNELS(ReduceKernels<std::int64_t>) = reduce_kernels<std::int64_t>;
HEED_REGISTER_KERNELS(SumOfSquaresKernels<float>) = {.sum_of_squares = sum_of_squares<float>};
HEED_REGISTER_KERNELS(SumOfSquaresKernels<double>) = {.sum_of_squares = sum_of_squares<double>};

}  // namespace heed::kernels::HEED_TARGET
