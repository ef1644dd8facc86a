#include "bounds.h"

#include <limits>

#include "../../graph/create.h"
#include "../../graph/fail.h"
#include "../support/each.h"
#include "arithmetic.h"

namespace heed {
using namespace heed::detail;

namespace {

using kernels::Binary;

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Share of the gradient of p: 1 where p is preferred, 0 where q is, 1/2 where neither is.
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

enum class End { low, high };

/// Returns a bound as a T. A bound outside the range of T that changes nothing becomes the limit of T. Throws Error for
/// one that excludes all of T, and for a fraction as bound of integers.
template <class T>
T bound(const char* op, Number number, End end) {
  const NearestElement<T> nearest = nearest_element<T>(number);
  constexpr T outermost = std::is_integral_v<T> ? std::numeric_limits<T>::max() : std::numeric_limits<T>::infinity();
  if (end == End::high && nearest.side > 0 && nearest.value == std::numeric_limits<T>::max()) return outermost;
  if (end == End::low && nearest.side < 0) return std::is_integral_v<T> ? std::numeric_limits<T>::lowest() : -outermost;
  return number.as<T>(op);
}

Tensor bounded(const char* op, const Tensor& x, Number low, Number high) {
  for (const Number one : {low, high})
    if (one.value() != one.value()) fail("{}: a bound is NaN, but it must be a number", op);
  Tensor y = with_number(op, x.dtype(), [&]<class T>() {
    const T least = bound<T>(op, low, End::low), most = bound<T>(op, high, End::high);
    return detail::map_typed<T>(x, [=](T v) -> T { return v < least ? least : v > most ? most : v; });
  });
  return differentiable(op, {x}, y, [=](const Tensor& dy) {
    return Gradients{dy * with_floating(op, x.dtype(), [&]<class T>() {
                       const T least = bound<T>(op, low, End::low), most = bound<T>(op, high, End::high);
                       return detail::map_typed<T>(x.detach(),
                                                   [=](T v) -> T { return v >= least && v <= most ? T(1) : T(0); });
                     })};
  });
}

/// Returns a bound as a scalar tensor of a's dtype.
Tensor bound_like(const char* op, const Tensor& a, Number number, End end) {
  return with_number(op, a.dtype(), [&]<class T>() { return scalar(bound<T>(op, number, end)); });
}

}  // namespace

Tensor minimum(const Tensor& a, const Tensor& b) {
  return preferred("minimum", a, b, Binary::minimum, [](auto p, auto q) { return p < q; });
}

Tensor maximum(const Tensor& a, const Tensor& b) {
  return preferred("maximum", a, b, Binary::maximum, [](auto p, auto q) { return p > q; });
}

Tensor minimum(const Tensor& a, Number b) { return minimum(a, bound_like("minimum", a, b, End::high)); }
Tensor maximum(const Tensor& a, Number b) { return maximum(a, bound_like("maximum", a, b, End::low)); }

Tensor clamp(const Tensor& x, Number low, Number high) {
  if (!(low.value() <= high.value()))
    fail("clamp: low is {} and high is {}, but low must not be greater", to_string(low), to_string(high));
  return bounded("clamp", x, low, high);
}

Tensor clamp_min(const Tensor& x, Number low) { return bounded("clamp_min", x, low, infinity); }
Tensor clamp_max(const Tensor& x, Number high) { return bounded("clamp_max", x, -infinity, high); }

}  // namespace heed
