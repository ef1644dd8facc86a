#include "likelihood.h"

#include "../../graph/create.h"
#include "../../graph/fail.h"
#include "../../graph/support/expect_number.h"
#include "../index/gather_rows.h"
#include "../index/where.h"
#include "../math/activations.h"
#include "../math/arithmetic.h"
#include "../math/compare.h"
#include "../math/exponentials.h"
#include "../shape/view.h"
#include "../support/alike.h"
#include "../support/class_loss.h"
#include "../support/elementwise.h"

namespace heed {
using namespace heed::detail;

namespace {

/// Throws Error unless a factor broadcasts to the shape of the losses.
void check_factor(const char* op, const char* name_of, const Tensor& factor, const Tensor& x) {
  if (factor && broadcast(op, name_of, factor.shape(), "x", x.shape()) != x.shape())
    fail("{}: {} are {}, which cannot be broadcast to {}", op, name_of, to_string(factor.shape()),
         to_string(x.shape()));
}

}  // namespace

Tensor nll_loss(const Tensor& x, const Tensor& targets, const NllOptions& options) {
  if (x.rank() == 0) fail("nll_loss: x is [], but it must have an axis of classes");
  if (!is_floating(x.dtype())) wrong_dtype("nll_loss", x.dtype(), "float32 or float64");
  Shape shape = x.shape();
  shape.erase(shape.rank() - 1);
  const std::int64_t classes = x.shape()[-1];
  const CrossEntropyOptions same{
      .ignore_index = options.ignore_index, .weights = options.weights, .reduction = options.reduction};
  const Tensor all_targets = checked_targets("nll_loss", targets, shape, classes, same);
  const ClassLoss loss("nll_loss", classes, x.dtype(), same);
  const CountedRows counted(all_targets);
  Tensor losses =
      -gather_rows(reshape(x, {x.elements()}), counted.places * static_cast<double>(classes) + counted.targets);
  if (loss.weights) losses = weighted(gather_rows(loss.weights, counted.targets), losses);
  if (loss.reduction != Reduction::none) return loss.reduced(losses, counted.targets);
  return reshape(index_add(zeros({all_targets.elements()}, x.dtype()), counted.places, losses), shape);
}

Tensor kl_divergence(const Tensor& x, const Tensor& target, Reduction reduction) {
  check_same_shape("kl_divergence", "x", x, "target", target);
  if (x.rank() == 0) fail("kl_divergence: x is [], but it must have an axis of classes");
  const Tensor logarithm = log(where(greater(target, 0), target, ones({}, target.dtype())));  // 0 where target is 0
  return reduced(sum(weighted(target, logarithm - x), -1), reduction);
}

Tensor binary_cross_entropy_with_logits(const Tensor& x, const Tensor& targets,
                                        const BinaryCrossEntropyOptions& options) {
  const char* op = "binary_cross_entropy_with_logits";
  check_same_shape(op, "x", x, "targets", targets);
  check_factor(op, "weights", options.weights, x);
  check_factor(op, "positive_weights", options.positive_weights, x);
  // -ln sigmoid(x) = softplus(-x) and -ln(1 - sigmoid(x)) = softplus(x)
  const Tensor y = options.positive_weights ? targets * options.positive_weights : targets;
  const Tensor losses = weighted(y, softplus(-x)) + weighted(1 - targets, softplus(x));
  return reduced(options.weights ? losses * options.weights : losses, options.reduction);
}

Tensor focal_loss(const Tensor& x, const Tensor& targets, const FocalOptions& options) {
  check_same_shape("focal_loss", "x", x, "targets", targets);
  if (!(options.alpha <= 1)) fail("focal_loss: alpha is {}, but it must be at most 1", options.alpha);
  expect_not_negative("focal_loss", "gamma", options.gamma);
  const Tensor towards = x * (targets * 2 - 1);  // q = sigmoid(towards)
  Tensor losses = -log_sigmoid(towards);
  if (options.gamma != 0) losses = losses * exp(log_sigmoid(-towards) * options.gamma);
  if (options.alpha >= 0) losses = losses * (targets * (2 * options.alpha - 1) + (1 - options.alpha));
  return reduced(losses, options.reduction);
}

}  // namespace heed
