#include "arithmetic.h"

#include <cmath>

#include "../../graph/create.h"
#include "../../graph/support/expect_number.h"
#include "../index/where.h"
#include "../support/each.h"
#include "../support/elementwise.h"
#include "compare.h"

namespace heed {
using namespace heed::detail;

using kernels::Binary;
using kernels::Unary;

Tensor add(const Tensor& a, const Tensor& b) {
  return differentiable("add", {a, b}, map("add", a, b, Binary::add),
                        [of_a = a.shape(), of_b = b.shape()](const Tensor& dy) {
                          return Gradients{[&] { return sum_to(dy, of_a); }, [&] { return sum_to(dy, of_b); }};
                        });
}

Tensor add(const Tensor& a, Number b) {
  return differentiable("add", {a}, map("add", a, b, Binary::add), [](const Tensor& dy) { return Gradients{dy}; });
}

Tensor subtract(const Tensor& a, const Tensor& b) {
  return differentiable("subtract", {a, b}, map("subtract", a, b, Binary::subtract),
                        [of_a = a.shape(), of_b = b.shape()](const Tensor& dy) {
                          return Gradients{[&] { return sum_to(dy, of_a); }, [&] { return -sum_to(dy, of_b); }};
                        });
}

Tensor subtract(const Tensor& a, Number b) {
  return differentiable("subtract", {a}, map("subtract", a, b, Binary::subtract),
                        [](const Tensor& dy) { return Gradients{dy}; });
}

Tensor subtract(Number a, const Tensor& b) {
  return differentiable("subtract", {b}, map("subtract", a, b, Binary::subtract),
                        [](const Tensor& dy) { return Gradients{-dy}; });
}

Tensor multiply(const Tensor& a, const Tensor& b) {
  return differentiable("multiply", {a, b}, map("multiply", a, b, Binary::multiply), [a, b](const Tensor& dy) {
    return Gradients{[&] { return sum_to(dy * b, a.shape()); }, [&] { return sum_to(dy * a, b.shape()); }};
  });
}

Tensor multiply(const Tensor& a, Number b) {
  return differentiable("multiply", {a}, map("multiply", a, b, Binary::multiply),
                        [b](const Tensor& dy) { return Gradients{dy * b}; });
}

Tensor divide(const Tensor& a, const Tensor& b) {
  Tensor y = map("divide", a, b, Binary::divide);
  return differentiable("divide", {a, b}, y, [of_a = a.shape(), b, y](const Tensor& dy) {
    return Gradients{[&] { return sum_to(dy / b, of_a); }, [&] { return -sum_to(dy * y / b, b.shape()); }};
  });
}

Tensor divide(const Tensor& a, Number b) {
  return differentiable("divide", {a}, map("divide", a, b, Binary::divide),
                        [b](const Tensor& dy) { return Gradients{dy / b}; });
}

Tensor divide(Number a, const Tensor& b) {
  Tensor y = map("divide", a, b, Binary::divide);
  return differentiable("divide", {b}, y, [b, y](const Tensor& dy) { return Gradients{-(dy * y / b)}; });
}

Tensor negate(const Tensor& x) {
  Tensor y = is_floating(x.dtype()) ? map("negate", x, kernels::Unary::negate) : map("negate", 0, x, Binary::subtract);
  return differentiable("negate", {x}, y, [](const Tensor& dy) { return Gradients{-dy}; });
}

// Computed from the nearer end, so that both ends are exact.

Tensor abs(const Tensor& x) {
  Tensor y = is_floating(x.dtype()) ? map("abs", x, Unary::absolute)
                                    : map("abs", x, map("abs", 0, x, Binary::subtract), Binary::maximum);
  return differentiable("abs", {x}, y,
                        [x](const Tensor& dy) { return Gradients{dy * map("abs", x.detach(), Unary::sign)}; });
}

Tensor sign(const Tensor& x) {
  Tensor y = is_floating(x.dtype())
                 ? map("sign", x, Unary::sign)
                 : map_numbers("sign", x, []<class T>(T v) { return static_cast<T>((v > T{0}) - (v < T{0})); });
  return differentiable("sign", {x}, y, [](const Tensor& dy) { return Gradients{zeros(dy.shape(), dy.dtype())}; });
}

Tensor lerp(const Tensor& a, const Tensor& b, const Tensor& weight) {
  check_same_dtype("lerp", "a", a, "weight", weight);
  const Tensor difference = subtract(b, a);
  return where(abs(weight.detach()) < 0.5, a + weight * difference, b - (1 - weight) * difference);
}

Tensor lerp(const Tensor& a, const Tensor& b, double weight) {
  if (!is_floating(a.dtype())) wrong_dtype("lerp", a.dtype(), "float32 or float64");
  expect_finite("lerp", "weight", weight);
  const Tensor difference = subtract(b, a);
  return std::abs(weight) < 0.5 ? a + weight * difference : b - (1 - weight) * difference;
}

}  // namespace heed
