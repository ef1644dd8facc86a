#include "bounds.h"

#include <limits>

#include "../graph/create.h"
#include "../graph/fail.h"
#include "arithmetic.h"
#include "each.h"

namespace heed {
namespace {

using kernels::Binary;

constexpr double infinity = std::numeric_limits<double>::infinity();

/// 1 where p is to be preferred to q, 0 where q is, 1/2 where neither.
template <class Prefer>
Tensor share(const char* op, const Tensor& a, const Tensor& b, const Prefer& prefer) {
  return map_floats(op, a.detach(), b.detach(), [=]<class T>(T p, T q) -> T {
    return prefer(p, q) ? T(1) : prefer(q, p) ? T(0) : T(0.5);
  });
}

template <class Prefer>
Tensor preferred(const char* op, const Tensor& a, const Tensor& b, Binary f, const Prefer& prefer) {
  return differentiable(op, {a, b}, map(op, a, b, f), [op, a, b, prefer](const Tensor& dy) {
    return Gradients{[&] { return sum_to(dy * share(op, a, b, prefer), a.shape()); },
                     [&] { return sum_to(dy * share(op, b, a, prefer), b.shape()); }};
  });
}

/// A bound as a T; one that is infinite binds no integer.
template <class T>
T bound(double value) {
  if constexpr (std::is_integral_v<T>) {
    if (value == infinity) return std::numeric_limits<T>::max();
    if (value == -infinity) return std::numeric_limits<T>::lowest();
  }
  return static_cast<T>(value);
}

Tensor bounded(const char* op, const Tensor& x, double low, double high) {
  Tensor y = map_numbers(op, x, [=]<class T>(T v) -> T {
    const T least = bound<T>(low), most = bound<T>(high);
    return v < least ? least : v > most ? most : v;
  });
  return differentiable(op, {x}, y, [=](const Tensor& dy) {
    return Gradients{dy * map_floats(op, x.detach(), [=]<class T>(T v) -> T {
                       return v >= static_cast<T>(low) && v <= static_cast<T>(high) ? T(1) : T(0);
                     })};
  });
}

}  // namespace

Tensor minimum(const Tensor& a, const Tensor& b) {
  return preferred("minimum", a, b, Binary::minimum, [](auto p, auto q) { return p < q; });
}

Tensor maximum(const Tensor& a, const Tensor& b) {
  return preferred("maximum", a, b, Binary::maximum, [](auto p, auto q) { return p > q; });
}

Tensor minimum(const Tensor& a, double b) { return minimum(a, full({}, b, a.dtype())); }
Tensor maximum(const Tensor& a, double b) { return maximum(a, full({}, b, a.dtype())); }

Tensor clamp(const Tensor& x, double low, double high) {
  if (!(low <= high)) fail("clamp: low is {} and high is {}, but low must not be greater", low, high);
  return bounded("clamp", x, low, high);
}

Tensor clamp_min(const Tensor& x, double low) { return bounded("clamp_min", x, low, infinity); }
Tensor clamp_max(const Tensor& x, double high) { return bounded("clamp_max", x, -infinity, high); }

}  // namespace heed
