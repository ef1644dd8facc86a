#include "../elementwise.h"
#include "loops.h"

#if defined(__AVX512F__)
namespace heed::kernels::avx2 {  // the AVX2 object has the instances for which is_memory_bound is true
template <class T, Unary op>
void unary(Run<const T> x, T* y, Index n);
template <class T, Backward op>
void backward(Run<const T> dy, Run<const T> saved, T* dx, Index n);
template <class T, Binary op>
void binary(Run<const T> p, Run<const T> q, T* y, Index n);
template <class T>
void add_to(Run<const T> x, T* y, Index n);
template <class T>
void scale(T factor, Run<const T> x, T* y, Index n);
}  // namespace heed::kernels::avx2
#endif

namespace heed::kernels::HEED_TARGET {
namespace {

// Loops that do little but move memory are faster with stores of half a cache line: on a Zen 5, an addition of operands
// in memory reaches 0.99 of the bandwidth of a triad instead of 0.80, and none is slower in the caches. So AVX-512
// takes them from AVX2. The bits are the same.
#if defined(__AVX512F__)
namespace memory_bound = avx2;
#else
namespace memory_bound = HEED_TARGET;
#endif
constexpr bool is_memory_bound(Unary op) {
  return op == Unary::negate || op == Unary::absolute || op == Unary::square || op == Unary::relu;
}
constexpr bool is_memory_bound(Backward op) { return op == Backward::relu; }
constexpr bool is_memory_bound(Binary op) {
  return op == Binary::add || op == Binary::subtract || op == Binary::multiply;
}

// Integers that may overflow are computed as unsigned integers, which wrap around.
template <class To, class From>
Run<const To> as(Run<const From> x) {
  return {reinterpret_cast<const To*>(x.begin), x.stride};
}

/// y = f(x...), with a separate loop for the usual case that all inputs are contiguous.
template <class T, class Y, class F, class... Strided>
HEED_INLINE void map(Y* y, Index n, F f, Strided... x) {
  const bool contiguous = (... && (x.stride == 1));
  if (contiguous) {
    each<T>(n, [=](auto i) HEED_LAMBDA { store(y, i, f(load(x.begin, i)...)); });
  } else {
    each<T>(n, [=](auto i) HEED_LAMBDA { store(y, i, f(load(x, i)...)); });
  }
}

/// Phi(x) = (1 + erf(x / sqrt 2)) / 2
template <class T>
HEED_INLINE Vector<T> normal_distribution(Vector<T> x) {
  return T(0.5) * (T(1) + erf(x * static_cast<T>(0.70710678118654752440)));
}

/// tanh(a (x + b x^3)) with the constants of gelu_tanh, and the derivative of the argument, bounded by 1e6: there tanh
/// is flat, and the product must be 0, not 0 times infinity.
template <class T>
struct GeluTanh {
  Vector<T> tanh, slope;
};
template <class T>
HEED_INLINE GeluTanh<T> inner_tanh(Vector<T> x) {
  const Vector<T> root_two_over_pi = static_cast<T>(0.79788456080286535588), cubic = static_cast<T>(0.044715);
  const Vector<T> square = cubic * x * x;
  const Vector<T> slope = root_two_over_pi * (T(1) + T(3) * square);
  return {tanh(root_two_over_pi * x * (T(1) + square)), min(slope, Vector<T>(T(1e6)))};
}

template <Unary op, class T>
HEED_INLINE Vector<T> apply(Vector<T> x) {
  const Vector<T> zero = T(0), one = T(1);
  if constexpr (op == Unary::negate) return -x;
  if constexpr (op == Unary::absolute) return abs(x);
  if constexpr (op == Unary::sign) return where(x > zero, one, zero) - where(x < zero, one, zero);
  if constexpr (op == Unary::square) return x * x;
  if constexpr (op == Unary::reciprocal) return one / x;
  if constexpr (op == Unary::floor) return floor(x);
  if constexpr (op == Unary::ceil) return ceil(x);
  if constexpr (op == Unary::round) return round(x);
  if constexpr (op == Unary::trunc) return trunc(x);
  if constexpr (op == Unary::sqrt) return sqrt(x);
  if constexpr (op == Unary::rsqrt) return one / sqrt(x);
  if constexpr (op == Unary::exp) return exp(x);
  if constexpr (op == Unary::expm1) return expm1(x);
  if constexpr (op == Unary::log) return log(x);
  if constexpr (op == Unary::log1p) return log1p(x);
  if constexpr (op == Unary::sin) return sin(x);
  if constexpr (op == Unary::cos) return cos(x);
  if constexpr (op == Unary::erf) return erf(x);
  if constexpr (op == Unary::tanh) return tanh(x);
  if constexpr (op == Unary::sigmoid) return sigmoid(x);
  if constexpr (op == Unary::relu) return where(x <= zero, zero, x);
  if constexpr (op == Unary::gelu) return x * normal_distribution(x);
  if constexpr (op == Unary::gelu_tanh) return T(0.5) * x * (one + inner_tanh(x).tanh);
  if constexpr (op == Unary::silu) return x / (one + exp(-x));
  if constexpr (op == Unary::softplus) return where(x <= zero, zero, x) + log1p(exp(-abs(x)));
}

template <Backward op, class T>
HEED_INLINE Vector<T> apply_backward(Vector<T> dy, Vector<T> saved) {
  const Vector<T> zero = T(0), one = T(1), half = T(0.5), x = saved, y = saved;
  if constexpr (op == Backward::exp) return dy * y;
  if constexpr (op == Backward::log) return dy / x;
  if constexpr (op == Backward::sqrt) return dy / (y + y);
  if constexpr (op == Backward::tanh) return dy * (one - y * y);
  if constexpr (op == Backward::sigmoid) return dy * (y * (one - y));
  if constexpr (op == Backward::relu) return where(y <= zero, zero, dy);
  if constexpr (op == Backward::gelu) {
    const Vector<T> density = static_cast<T>(0.39894228040143267794) * exp(T(-0.5) * x * x);
    return dy * multiply_add(x, density, normal_distribution(x));
  }
  if constexpr (op == Backward::gelu_tanh) {
    const auto [t, slope] = inner_tanh(x);
    return dy * (half * (one + t) + half * x * (one - t * t) * slope);
  }
  if constexpr (op == Backward::silu) {
    const Vector<T> s = sigmoid(x);
    return dy * (s * multiply_add(x, one - s, one));
  }
}

template <Binary op, class T>
HEED_INLINE Vector<T> combine(Vector<T> p, Vector<T> q) {
  if constexpr (op == Binary::add) return p + q;
  if constexpr (op == Binary::subtract) return p - q;
  if constexpr (op == Binary::multiply) return p * q;
  if constexpr (op == Binary::minimum) return minimum(p, q);
  if constexpr (op == Binary::maximum) return maximum(p, q);
  if constexpr (op == Binary::divide) return p / q;
}

template <Compare op, class T>
HEED_INLINE bool relate(T p, T q) {
  if constexpr (op == Compare::equal) return p == q;
  if constexpr (op == Compare::not_equal) return p != q;
  if constexpr (op == Compare::less) return p < q;
  if constexpr (op == Compare::less_equal) return p <= q;
  if constexpr (op == Compare::greater) return p > q;
  if constexpr (op == Compare::greater_equal) return p >= q;
}

template <class T>
struct Wrapping {
  using Type = T;
};
template <>
struct Wrapping<std::int32_t> {
  using Type = std::uint32_t;
};
template <>
struct Wrapping<std::int64_t> {
  using Type = std::uint64_t;
};

}  // namespace

template <class T, Unary op>
void unary(Run<const T> x, T* y, Index n) {
  map<T>(y, n, [](Vector<T> v) HEED_LAMBDA { return apply<op>(v); }, x);
}

template <class T, Backward op>
void backward(Run<const T> dy, Run<const T> saved, T* dx, Index n) {
  map<T>(dx, n, [](Vector<T> g, Vector<T> v) HEED_LAMBDA { return apply_backward<op>(g, v); }, dy, saved);
}

template <class T, Binary op>
void binary(Run<const T> p, Run<const T> q, T* y, Index n) {
  constexpr bool ordered = op == Binary::minimum || op == Binary::maximum;
  using U = std::conditional_t<ordered, T, typename Wrapping<T>::Type>;
  map<U>(
      reinterpret_cast<U*>(y), n, [](Vector<U> v, Vector<U> w) HEED_LAMBDA { return combine<op>(v, w); }, as<U>(p),
      as<U>(q));
}

template <class T>
void add_to(Run<const T> x, T* y, Index n) {
  binary<T, Binary::add>({y}, x, y, n);
}

template <class T>
void scale(T factor, Run<const T> x, T* y, Index n) {
  binary<T, Binary::multiply>({&factor, 0}, x, y, n);
}

#if defined(__AVX2__) && !defined(__AVX512F__)
#define HEED_INSTANTIATE(T)                                                         \
  template void binary<T, Binary::add>(Run<const T>, Run<const T>, T*, Index);      \
  template void binary<T, Binary::subtract>(Run<const T>, Run<const T>, T*, Index); \
  template void binary<T, Binary::multiply>(Run<const T>, Run<const T>, T*, Index); \
  template void add_to(Run<const T>, T*, Index);                                    \
  template void scale(T, Run<const T>, T*, Index)
HEED_INSTANTIATE(float);
HEED_INSTANTIATE(double);
HEED_INSTANTIATE(std::int32_t);
HEED_INSTANTIATE(std::int64_t);
#undef HEED_INSTANTIATE
#define HEED_INSTANTIATE(T)                                         \
  template void unary<T, Unary::negate>(Run<const T>, T*, Index);   \
  template void unary<T, Unary::absolute>(Run<const T>, T*, Index); \
  template void unary<T, Unary::square>(Run<const T>, T*, Index);   \
  template void unary<T, Unary::relu>(Run<const T>, T*, Index);     \
  template void backward<T, Backward::relu>(Run<const T>, Run<const T>, T*, Index)
HEED_INSTANTIATE(float);
HEED_INSTANTIATE(double);
#undef HEED_INSTANTIATE
#endif

namespace {

// Kernels on elements of different sizes are plain loops, which the compiler vectorises better.

/// Calls body(x of i) with an accessor for the stride of x.
template <class T, class Body>
HEED_INLINE void with_access(Run<const T> x, Index n, Body body) {
  if (x.stride == 1) {
    body([b = x.begin](Index i) HEED_LAMBDA { return b[i]; });
  } else if (x.stride == 0 && n > 0) {
    body([value = *x.begin](Index) HEED_LAMBDA { return value; });
  } else {
    body([x](Index i) HEED_LAMBDA { return x.begin[i * x.stride]; });
  }
}

template <class T, Compare op>
void compare(Run<const T> p, Run<const T> q, bool* y, Index n) {
  with_access(p, n, [=](auto a) HEED_LAMBDA {
    with_access(q, n, [=](auto b) HEED_LAMBDA {
      for (Index i = 0; i < n; ++i) y[i] = relate<op, T>(a(i), b(i));
    });
  });
}

template <class T>
void choose(Run<const bool> condition, Run<const T> p, Run<const T> q, T* y, Index n) {
  const auto* c = reinterpret_cast<const unsigned char*>(condition.begin);  // GCC does not vectorise bool
  if (condition.stride != 1) {
    for (Index i = 0; i < n; ++i) y[i] = c[i * condition.stride] ? p.begin[i * p.stride] : q.begin[i * q.stride];
    return;
  }
  with_access(p, n, [=](auto a) HEED_LAMBDA {
    with_access(q, n, [=](auto b) HEED_LAMBDA {
      for (Index i = 0; i < n; ++i) {
        const T v = a(i), w = b(i);  // reading both avoids a branch
        y[i] = c[i] ? v : w;
      }
    });
  });
}

template <class T>
void fill_run(T value, Run<T> y, Index n) {
  if (y.stride == 1) {
    for (Index i = 0; i < n; ++i) y.begin[i] = value;
  } else {
    for (Index i = 0; i < n; ++i) y.begin[i * y.stride] = value;
  }
}

template <class T>
void copy(Run<const T> x, Run<T> y, Index n) {
  if (n == 0) return;
  if (x.stride == 0) return fill_run(*x.begin, y, n);
  if (x.stride == 1 && y.stride == 1) {
    std::memcpy(y.begin, x.begin, static_cast<std::size_t>(n) * sizeof(T));
  } else {
    for (Index i = 0; i < n; ++i) y.begin[i * y.stride] = x.begin[i * x.stride];
  }
}

template <class From, class To>
void cast(Run<const From> x, To* y, Index n) {
  if (x.stride == 1) {
    for (Index i = 0; i < n; ++i) y[i] = static_cast<To>(x.begin[i]);
  } else {
    for (Index i = 0; i < n; ++i) y[i] = static_cast<To>(x.begin[i * x.stride]);
  }
}

template <class T>
void blend(T factor, Run<const T> x, T keep, T* y, Index n) {
  if (keep == 0) return scale(factor, x, y, n);
  map<T>(
      y, n, [=](Vector<T> v, Vector<T> w) HEED_LAMBDA { return multiply_add(v, {factor}, keep * w); }, x,
      Run<const T>{y});
}

/// Sets the kernels of the first `count` enumerators to instance(enumerator).
template <int count, class Op, class Kernel, class Instance>
constexpr void fill_ops(PerOp<Op, Kernel>& ops, Instance instance) {
  [&]<int... op>(std::integer_sequence<int, op...>) {
    ((ops.kernel[op] = instance(std::integral_constant<Op, Op{op}>{})), ...);
  }(std::make_integer_sequence<int, count>{});
}

template <class From, class To>
constexpr void fill_cast(Cast<From, To>& kernel) {
  kernel.cast = cast<From, To>;
}

template <class T>
constexpr AnyKernels<T> any_kernels() {
  AnyKernels<T> kernels{};
  fill_ops<int(Compare::count)>(kernels.compare, [](auto op) { return compare<T, op.value>; });
  kernels.where = choose<T>;
  kernels.fill = fill_run<T>;
  kernels.copy = copy<T>;
  fill_cast<T, float>(kernels);
  fill_cast<T, double>(kernels);
  fill_cast<T, std::int32_t>(kernels);
  fill_cast<T, std::int64_t>(kernels);
  fill_cast<T, bool>(kernels);
  fill_cast<T, Bfloat16>(kernels);
  fill_cast<T, Float16>(kernels);
  return kernels;
}

template <class T>
constexpr NumberKernels<T> number_kernels() {
  NumberKernels<T> kernels{};
  constexpr Binary end = std::is_integral_v<T> ? Binary::divide : Binary::count;
  fill_ops<int(end)>(kernels.binary, [](auto op) {
    if constexpr (is_memory_bound(op.value)) {
      return memory_bound::binary<T, op.value>;
    } else {
      return binary<T, op.value>;
    }
  });
  kernels.add_to = memory_bound::add_to<T>;
  kernels.scale = memory_bound::scale<T>;
  return kernels;
}

template <class T>
constexpr ElementwiseKernels<T> elementwise_kernels() {
  ElementwiseKernels<T> kernels{};
  fill_ops<int(Unary::count)>(kernels.unary, [](auto op) {
    if constexpr (is_memory_bound(op.value)) {
      return memory_bound::unary<T, op.value>;
    } else {
      return unary<T, op.value>;
    }
  });
  fill_ops<int(Backward::count)>(kernels.backward, [](auto op) {
    if constexpr (is_memory_bound(op.value)) {
      return memory_bound::backward<T, op.value>;
    } else {
      return backward<T, op.value>;
    }
  });
  kernels.blend = blend<T>;
  return kernels;
}

}  // namespace

HEED_REGISTER_KERNELS(AnyKernels<float>) = any_kernels<float>();
HEED_REGISTER_KERNELS(AnyKernels<double>) = any_kernels<double>();
HEED_REGISTER_KERNELS(AnyKernels<std::int32_t>) = any_kernels<std::int32_t>();
HEED_REGISTER_KERNELS(AnyKernels<std::int64_t>) = any_kernels<std::int64_t>();
HEED_REGISTER_KERNELS(AnyKernels<bool>) = any_kernels<bool>();
HEED_REGISTER_KERNELS(AnyKernels<Bfloat16>) = any_kernels<Bfloat16>();
HEED_REGISTER_KERNELS(AnyKernels<Float16>) = any_kernels<Float16>();
HEED_REGISTER_KERNELS(NumberKernels<float>) = number_kernels<float>();
HEED_REGISTER_KERNELS(NumberKernels<double>) = number_kernels<double>();
HEED_REGISTER_KERNELS(NumberKernels<std::int32_t>) = number_kernels<std::int32_t>();
HEED_REGISTER_KERNELS(NumberKernels<std::int64_t>) = number_kernels<std::int64_t>();
HEED_REGISTER_KERNELS(ElementwiseKernels<float>) = elementwise_kernels<float>();
HEED_REGISTER_KERNELS(ElementwiseKernels<double>) = elementwise_kernels<double>();

}  // namespace heed::kernels::HEED_TARGET
