// Loops over vectors: a body is written once and inlined twice, for full vectors and for the tail. Included only by the
// sources of this folder, which are compiled once for each instruction set.
#pragma once

#include <type_traits>

#include "../vector_math.h"
#include "../views.h"

namespace heed::kernels::HEED_TARGET {

/// The full vector that starts at `at`.
struct Full {
  Index at;
};
/// The first `count` elements of a vector: the end of a run.
struct Tail {
  Index at;
  int count;
};

template <class T>
HEED_INLINE Vector<T> load(const T* x, Full i, Vector<T> = T(0)) {
  return heed::kernels::load(x + i.at);
}
template <class T>
HEED_INLINE Vector<T> load(const T* x, Tail i, Vector<T> rest = T(0)) {
  return heed::kernels::load(x + i.at, i.count, rest);
}

/// Loads from a run of any stride. The branches are the same along a run, so they cost almost nothing.
template <class T, class Place>
HEED_INLINE Vector<T> load(Run<const T> x, Place i, Vector<T> rest = T(0)) {
  if (x.stride == 1) return load(x.begin, i, rest);
  if constexpr (std::is_same_v<Place, Full>) {
    return x.stride == 0 ? Vector<T>(*x.begin) : gather(x.begin + i.at * x.stride, x.stride);
  } else {
    return where(first_lanes<T>(i.count), gather(x.begin + i.at * x.stride, x.stride, i.count), rest);
  }
}

template <class T>
HEED_INLINE void store(T* y, Full i, Vector<T> v) {
  heed::kernels::store(y + i.at, v);
}
template <class T>
HEED_INLINE void store(T* y, Tail i, Vector<T> v) {
  heed::kernels::store(y + i.at, v, i.count);
}

/// Calls body(place) for each vector of n elements, in order.
template <class T, class Body>
HEED_INLINE void each(Index n, Body body) {
  constexpr Index lanes = Vector<T>::lanes;
  Index i = 0;
  for (; i + lanes <= n; i += lanes) body(Full{i});
  if (i < n) body(Tail{i, static_cast<int>(n - i)});
}

/// Folds value(place) over the elements [i, end) with four accumulators, to hide the latency of combine.
template <class T, class State, class Value, class Combine>
HEED_INLINE State accumulate_block(Index i, Index end, const State& start, const Value& value, const Combine& combine) {
  constexpr Index lanes = Vector<T>::lanes;
  State a = start, b = start, c = start, d = start;
  for (; i + 4 * lanes <= end; i += 4 * lanes) {
    a = combine(a, value(Full{i}));
    b = combine(b, value(Full{i + lanes}));
    c = combine(c, value(Full{i + 2 * lanes}));
    d = combine(d, value(Full{i + 3 * lanes}));
  }
  for (; i + lanes <= end; i += lanes) a = combine(a, value(Full{i}));
  if (i < end) b = combine(b, value(Tail{i, static_cast<int>(end - i)}));
  return combine(combine(a, b), combine(c, d));
}

/// Folds blocks of n elements pairwise. Not inlined, so that short rows do not need its stack.
template <Index block, class T, class State, class Value, class Combine>
[[gnu::noinline]] State accumulate_pairwise(Index n, const State& start, const Value& value, const Combine& combine) {
  State levels[48];  // of powers of two of blocks, the largest first
  Index blocks = 0, depth = 0;
  for (Index i = 0; i < n; i += block) {
    State part = accumulate_block<T>(i, n - i < block ? n : i + block, start, value, combine);
    for (Index k = blocks++; k & 1; k >>= 1) part = combine(levels[--depth], part);
    levels[depth++] = part;
  }
  State all = levels[--depth];
  while (depth > 0) all = combine(levels[--depth], all);
  return all;
}

/// Folds value(place) over n elements; the order depends only on n. In the lanes past the end value must be neutral
/// (see `rest` of load), and so must start. Many elements are folded pairwise: the error of a sum grows with the size
/// of a block and the logarithm of the number of blocks.
template <class T, class State, class Value, class Combine>
HEED_INLINE State accumulate(Index n, const State& start, const Value& value, const Combine& combine) {
  constexpr Index block = 256 * Vector<T>::lanes;
  if (n > block) {  // copies: the arguments then stay in registers for short rows, because no address is taken
    const State own_start = start;
    const Value own_value = value;
    const Combine own_combine = combine;
    return accumulate_pairwise<block, T>(n, own_start, own_value, own_combine);
  }
  return accumulate_block<T>(0, n, start, value, combine);
}

/// Returns the sum of value(place), which must be 0 in the lanes past the end.
template <class T, class Value>
HEED_INLINE T total(Index n, Value value) {
  return sum(accumulate<T>(n, Vector<T>(T(0)), value, [](auto a, auto b) HEED_LAMBDA { return a + b; }));
}

/// NaN if either argument is NaN, unlike min and max.
template <class T>
HEED_INLINE Vector<T> minimum(Vector<T> a, Vector<T> b) {
  return where(a != a, a, min(a, b));
}
template <class T>
HEED_INLINE Vector<T> maximum(Vector<T> a, Vector<T> b) {
  return where(a != a, a, max(a, b));
}

template <class T>
inline constexpr T infinity = static_cast<T>(__builtin_inf());

}  // namespace heed::kernels::HEED_TARGET
