// Vector<T>: a SIMD register of elements T for the compiler's target, on the vector extension of GCC and Clang.
//
// Everything is always inlined and in an inline namespace named after the target, so that files compiled for different
// targets can be linked into one program. Arithmetic and comparisons are lane-wise; a comparison returns a Mask.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#define HEED_INLINE [[gnu::always_inline]] inline
#define HEED_LAMBDA __attribute__((always_inline))

#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512VL__)
#define HEED_VECTOR_TARGET vector_avx512
#define HEED_VECTOR_BYTES 64
#elif defined(__AVX2__) && defined(__FMA__)
#define HEED_VECTOR_TARGET vector_avx2
#define HEED_VECTOR_BYTES 32
#else
#define HEED_VECTOR_TARGET vector_baseline
#define HEED_VECTOR_BYTES 16
#endif

namespace heed::kernels {
inline namespace HEED_VECTOR_TARGET {

namespace detail {
template <class T>
struct Register {
  typedef T Type __attribute__((vector_size(HEED_VECTOR_BYTES)));
};
}  // namespace detail

template <class T>
struct Mask;

template <class T>
struct Vector {
  using Raw = typename detail::Register<T>::Type;
  static constexpr int lanes = HEED_VECTOR_BYTES / sizeof(T);

  Raw raw;

  Vector() = default;
  HEED_INLINE Vector(T x) : raw(x - Raw{}) {}  // in all lanes; 0 + x would lose the sign of -0
  HEED_INLINE Vector(Raw r) : raw(r) {}

  HEED_INLINE T operator[](int lane) const { return raw[lane]; }

  HEED_INLINE friend Vector operator-(Vector a) { return -a.raw; }
  HEED_INLINE friend Vector operator+(Vector a, Vector b) { return a.raw + b.raw; }
  HEED_INLINE friend Vector operator-(Vector a, Vector b) { return a.raw - b.raw; }
  HEED_INLINE friend Vector operator*(Vector a, Vector b) { return a.raw * b.raw; }
  HEED_INLINE friend Vector operator/(Vector a, Vector b) { return a.raw / b.raw; }
  HEED_INLINE Vector& operator+=(Vector b) { return *this = *this + b; }
  HEED_INLINE Vector& operator-=(Vector b) { return *this = *this - b; }
  HEED_INLINE Vector& operator*=(Vector b) { return *this = *this * b; }
  HEED_INLINE Vector& operator/=(Vector b) { return *this = *this / b; }

  HEED_INLINE friend Mask<T> operator==(Vector a, Vector b) { return {a.raw == b.raw}; }
  HEED_INLINE friend Mask<T> operator!=(Vector a, Vector b) { return {a.raw != b.raw}; }
  HEED_INLINE friend Mask<T> operator<(Vector a, Vector b) { return {a.raw < b.raw}; }
  HEED_INLINE friend Mask<T> operator<=(Vector a, Vector b) { return {a.raw <= b.raw}; }
  HEED_INLINE friend Mask<T> operator>(Vector a, Vector b) { return {a.raw > b.raw}; }
  HEED_INLINE friend Mask<T> operator>=(Vector a, Vector b) { return {a.raw >= b.raw}; }

  /// mask ? a : b, lane by lane.
  HEED_INLINE friend Vector where(Mask<T> mask, Vector a, Vector b) { return mask.raw ? a.raw : b.raw; }
  /// Minimum and maximum; b if either is NaN.
  HEED_INLINE friend Vector min(Vector a, Vector b) { return a.raw < b.raw ? a.raw : b.raw; }
  HEED_INLINE friend Vector max(Vector a, Vector b) { return a.raw > b.raw ? a.raw : b.raw; }
  /// a * b + c, rounded once if the target has FMA.
  HEED_INLINE friend Vector multiply_add(Vector a, Vector b, Vector c) { return a.raw * b.raw + c.raw; }
};

/// A boolean for each lane of a Vector<T>.
template <class T>
struct Mask {
  using Raw = decltype(typename Vector<T>::Raw{} < typename Vector<T>::Raw{});
  Raw raw;  // all bits of a lane, or none

  HEED_INLINE bool operator[](int lane) const { return raw[lane] != 0; }
  HEED_INLINE friend Mask operator&(Mask a, Mask b) { return {a.raw & b.raw}; }
  HEED_INLINE friend Mask operator|(Mask a, Mask b) { return {a.raw | b.raw}; }
  HEED_INLINE friend Mask operator!(Mask a) { return {~a.raw}; }
};

/// Returns true if any lane is true.
template <class T>
HEED_INLINE bool any(Mask<T> mask) {
  std::uint64_t words[HEED_VECTOR_BYTES / 8], all = 0;
  std::memcpy(words, &mask.raw, sizeof words);
  for (std::uint64_t word : words) all |= word;
  return all != 0;
}

namespace detail {

/// Copies count < limit elements in pieces of fixed size, largest first, without a call and without access past the
/// end.
template <int limit, class T>
HEED_INLINE void copy_few(T* to, const T* from, int count) {
  if constexpr (limit > 1) {
    constexpr int half = limit / 2;
    if (count & half) {
      std::memcpy(to, from, half * sizeof(T));
      to += half;
      from += half;
    }
    copy_few<half>(to, from, count);
  }
}

template <int by, class T, std::size_t... lane>
HEED_INLINE Vector<T> rotate(Vector<T> x, std::index_sequence<lane...>) {
  return typename Vector<T>::Raw(
      __builtin_shufflevector(x.raw, x.raw, static_cast<int>((lane + by) % Vector<T>::lanes)...));
}

/// Reinterprets the bits as lanes of another type.
template <class To, class From>
HEED_INLINE Vector<To> cast(From x) {
  Vector<To> y;
  std::memcpy(&y.raw, &x, sizeof y.raw);
  return y;
}

/// Folds the upper half of `width` lanes onto the lower until one is left.
template <int width, class T, class Combine>
HEED_INLINE T fold(Vector<T> x, Combine combine) {
  if constexpr (width == 1) {
    return x[0];
  } else {
    return fold<width / 2>(combine(x, rotate<width / 2>(x, std::make_index_sequence<Vector<T>::lanes>{})), combine);
  }
}

}  // namespace detail

/// Sum of all lanes: the upper half added to the lower until one is left.
template <class T>
HEED_INLINE T sum(Vector<T> x) {
  return detail::fold<Vector<T>::lanes>(x, [](auto a, auto b) HEED_LAMBDA { return a + b; });
}

/// Maximum of all lanes; unspecified if one is NaN.
template <class T>
HEED_INLINE T max(Vector<T> x) {
  return detail::fold<Vector<T>::lanes>(x, [](auto a, auto b) HEED_LAMBDA { return max(a, b); });
}

/// True in the first `count` lanes.
template <class T>
HEED_INLINE Mask<T> first_lanes(int count) {
  typename Mask<T>::Raw lanes{};
  using Integer = std::remove_cvref_t<decltype(lanes[0])>;
  for (int lane = 0; lane < Vector<T>::lanes; ++lane) lanes[lane] = static_cast<Integer>(lane);
  return {lanes < static_cast<Integer>(count)};
}

/// p[0], p[1], ..., at any alignment.
template <class T>
HEED_INLINE Vector<T> load(const T* p) {
  Vector<T> x;
  std::memcpy(&x.raw, p, sizeof x.raw);
  return x;
}

/// The first count < lanes from p, `rest` in the other lanes; reads nothing past p + count.
template <class T>
HEED_INLINE Vector<T> load(const T* p, int count, Vector<T> rest = T(0)) {
#if HEED_VECTOR_BYTES == 64  // masked instructions: loading a buffer that was filled in pieces would stall
  if constexpr (sizeof(T) == 4) {
    return detail::cast<T>(__builtin_ia32_loaddqusi512_mask(
        reinterpret_cast<const int*>(p), detail::cast<int>(rest).raw, static_cast<unsigned short>((1u << count) - 1)));
  } else if constexpr (sizeof(T) == 8) {
    using Long = long long;
    return detail::cast<T>(__builtin_ia32_loaddqudi512_mask(
        reinterpret_cast<const Long*>(p), detail::cast<Long>(rest).raw, static_cast<unsigned char>((1u << count) - 1)));
  }
#elif HEED_VECTOR_BYTES == 32
  if constexpr (sizeof(T) >= 4) {
    const Mask<T> mask = first_lanes<T>(count);
    if constexpr (sizeof(T) == 4) {
      using Int = detail::Register<int>::Type;
      return where(mask, detail::cast<T>(__builtin_ia32_maskloadd256(reinterpret_cast<const Int*>(p), Int(mask.raw))),
                   rest);
    } else {
      using Long = detail::Register<long long>::Type;
      return where(mask, detail::cast<T>(__builtin_ia32_maskloadq256(reinterpret_cast<const Long*>(p), Long(mask.raw))),
                   rest);
    }
  }
#endif
  T buffer[Vector<T>::lanes];
  std::memcpy(buffer, &rest.raw, sizeof buffer);
  detail::copy_few<Vector<T>::lanes>(buffer, p, count);
  return load<T>(buffer);
}

template <class T>
HEED_INLINE void store(T* p, Vector<T> x) {
  std::memcpy(p, &x.raw, sizeof x.raw);
}

/// The first count < lanes; writes nothing past p + count.
template <class T>
HEED_INLINE void store(T* p, Vector<T> x, int count) {
#if HEED_VECTOR_BYTES == 64
  if constexpr (sizeof(T) == 4) {
    return __builtin_ia32_storedqusi512_mask(reinterpret_cast<int*>(p), detail::cast<int>(x).raw,
                                             static_cast<unsigned short>((1u << count) - 1));
  } else if constexpr (sizeof(T) == 8) {
    using Long = long long;
    return __builtin_ia32_storedqudi512_mask(reinterpret_cast<Long*>(p), detail::cast<Long>(x).raw,
                                             static_cast<unsigned char>((1u << count) - 1));
  }
#endif
  T buffer[Vector<T>::lanes];
  store<T>(buffer, x);
  detail::copy_few<Vector<T>::lanes>(p, buffer, count);
}

/// p[0], p[stride], p[2 * stride], ... for the first count <= lanes, 0 in the other lanes.
template <class T>
HEED_INLINE Vector<T> gather(const T* p, std::int64_t stride, int count = Vector<T>::lanes) {
  Vector<T> x = T(0);
  for (int lane = 0; lane < count; ++lane) x.raw[lane] = p[lane * stride];
  return x;
}

/// first, first + 1, first + 2, ...
template <class T>
HEED_INLINE Vector<T> ascending(T first) {
  Vector<T> x;
  for (int lane = 0; lane < Vector<T>::lanes; ++lane) x.raw[lane] = static_cast<T>(lane);
  return x + first;
}

}  // namespace HEED_VECTOR_TARGET
}  // namespace heed::kernels
