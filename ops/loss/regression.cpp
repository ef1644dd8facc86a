#include "regression.h"

#include "../../graph/fail.h"
#include "../../graph/support/expect_number.h"
#include "../index/where.h"
#include "../math/activations.h"
#include "../math/arithmetic.h"
#include "../math/compare.h"
#include "../support/alike.h"
#include "../support/elementwise.h"

namespace heed {
using namespace heed::detail;

namespace {

Tensor difference(const char* op, const Tensor& x, const Tensor& target) {
  check_same_shape(op, "x", x, "target", target);
  return x - target;
}

}  // namespace

Tensor mse_loss(const Tensor& x, const Tensor& target, Reduction reduction) {
  const Tensor d = difference("mse_loss", x, target);
  return reduced(d * d, reduction);
}

Tensor l1_loss(const Tensor& x, const Tensor& target, Reduction reduction) {
  return reduced(abs(difference("l1_loss", x, target)), reduction);
}

Tensor huber_loss(const Tensor& x, const Tensor& target, double delta, Reduction reduction) {
  expect_positive("huber_loss", "delta", delta);
  const Tensor d = abs(difference("huber_loss", x, target));
  return reduced(where(less(d, delta), d * d / 2, (d - delta / 2) * delta), reduction);
}

Tensor smooth_l1_loss(const Tensor& x, const Tensor& target, double beta, Reduction reduction) {
  expect_not_negative("smooth_l1_loss", "beta", beta);
  const Tensor d = abs(difference("smooth_l1_loss", x, target));
  if (beta == 0) return reduced(d, reduction);
  return reduced(where(less(d, beta), d * d / (2 * beta), d - beta / 2), reduction);
}

Tensor hinge_loss(const Tensor& x, const Tensor& target, double margin, Reduction reduction) {
  check_same_shape("hinge_loss", "x", x, "target", target);
  expect_finite("hinge_loss", "margin", margin);
  return reduced(relu(margin - target * x), reduction);
}

Tensor margin_ranking_loss(const Tensor& a, const Tensor& b, const Tensor& target, double margin, Reduction reduction) {
  check_same_shape("margin_ranking_loss", "a", a, "b", b);
  check_same_shape("margin_ranking_loss", "a", a, "target", target);
  expect_finite("margin_ranking_loss", "margin", margin);
  return reduced(relu(margin - target * (a - b)), reduction);
}

}  // namespace heed
