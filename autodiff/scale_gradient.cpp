#include "scale_gradient.h"

#include "../graph/differentiable.h"
#include "../graph/fail.h"
#include "../graph/support/expect_number.h"
#include "../ops/math/arithmetic.h"

namespace heed {
using namespace heed::detail;

namespace {

Tensor scaled(const char* op, const Tensor& x, double factor) {
  if (!is_floating(x.dtype()))
    fail("{}: x is {} {}, but it must be float32 or float64", op, name(x.dtype()), to_string(x.shape()));
  expect_finite(op, "factor", factor);
  const detail::TensorBody& body = detail::body_of(x);
  return differentiable(op, {x}, view_of(x, body.data, body.shape, body.strides),
                        [factor](const Tensor& dy) { return Gradients{dy * factor}; });
}

}  // namespace

Tensor stop_gradient(const Tensor& x) { return x.detach(); }
Tensor scale_gradient(const Tensor& x, double factor) { return scaled("scale_gradient", x, factor); }
Tensor reverse_gradient(const Tensor& x, double factor) { return scaled("reverse_gradient", x, -factor); }

}  // namespace heed
