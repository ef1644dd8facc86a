#include "finite.h"

#include <cmath>
#include <limits>

#include "../../graph/create.h"
#include "../../graph/support/expect_number.h"
#include "../index/where.h"
#include "../support/each.h"
#include "compare.h"
#include "logical.h"

namespace heed {
using namespace heed::detail;

Tensor isnan(const Tensor& x) {
  return map_floats("isnan", x, [](auto v) { return std::isnan(v); });
}

Tensor isinf(const Tensor& x) {
  return map_floats("isinf", x, [](auto v) { return std::isinf(v); });
}

Tensor isfinite(const Tensor& x) {
  return map_floats("isfinite", x, [](auto v) { return std::isfinite(v); });
}

Tensor nan_to_num(const Tensor& x, double nan, std::optional<double> posinf, std::optional<double> neginf) {
  Tensor y = map_floats("nan_to_num", x, [=]<class T>(T v) -> T {
    if (std::isfinite(v)) return v;
    if (std::isnan(v)) return Number(nan).as<T>("nan_to_num");
    if (v > 0) return posinf ? Number(*posinf).as<T>("nan_to_num") : std::numeric_limits<T>::max();
    return neginf ? Number(*neginf).as<T>("nan_to_num") : std::numeric_limits<T>::lowest();
  });
  return differentiable("nan_to_num", {x}, y, [x](const Tensor& dy) {
    return Gradients{where(isfinite(x.detach()), dy, zeros({}, dy.dtype()))};
  });
}

Tensor isclose(const Tensor& a, const Tensor& b, double rtol, double atol) {
  expect_not_negative("isclose", "rtol", rtol);
  expect_not_negative("isclose", "atol", atol);
  return map_floats("isclose", a, b, [=](auto v, auto w) {
    const auto p = static_cast<double>(v), q = static_cast<double>(w);
    return p == q || (std::isfinite(q) && std::abs(p - q) <= atol + rtol * std::abs(q));
  });
}

bool allclose(const Tensor& a, const Tensor& b, double rtol, double atol) {
  return all(isclose(a, b, rtol, atol)).item<bool>();
}

}  // namespace heed
