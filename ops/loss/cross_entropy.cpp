#include "cross_entropy.h"

#include <algorithm>

#include "../../graph/create.h"
#include "../../graph/fail.h"
#include "../index/gather_rows.h"
#include "../math/arithmetic.h"
#include "../math/softmax.h"
#include "../shape/view.h"
#include "../support/class_loss.h"
#include "../support/elementwise.h"

namespace heed {
using namespace heed::detail;

namespace {

/// Cross entropy with a probability for each class, composed of ops.
Tensor with_probabilities(const Tensor& logits, const Tensor& targets, const CrossEntropyOptions& options) {
  check_same_dtype("cross_entropy", "logits", logits, "targets", targets);
  if (targets.shape() != logits.shape())
    fail("cross_entropy: logits are {} and targets {}, but probabilities must have the shape of logits",
         to_string(logits.shape()), to_string(targets.shape()));
  const ClassLoss loss("cross_entropy", logits.shape()[-1], logits.dtype(), options);
  const double classes = static_cast<double>(std::max<std::int64_t>(loss.classes, 1));
  Tensor q = targets;
  if (loss.smoothing != 0) q = q * (1 - loss.smoothing) + loss.smoothing / classes;
  if (loss.weights) q = q * loss.weights;
  Tensor losses = -sum(weighted(q, log_softmax(logits)), -1);
  if (loss.z_loss != 0) {
    const Tensor l = logsumexp(logits);
    losses = losses + weighted(sum(q, -1), l * l) * loss.z_loss;
  }
  return reduced(losses, loss.reduction);
}

}  // namespace

Tensor cross_entropy(const Tensor& logits, const Tensor& targets, const CrossEntropyOptions& options) {
  if (logits.rank() == 0) fail("cross_entropy: logits are [], but they must have an axis of classes");
  if (is_floating(targets.dtype()) && targets.rank() == logits.rank())
    return with_probabilities(logits, targets, options);
  Shape shape = logits.shape();
  shape.erase(shape.rank() - 1);
  const Tensor target = checked_targets("cross_entropy", targets, shape, logits.shape()[-1], options);
  const ClassLoss loss("cross_entropy", logits.shape()[-1], logits.dtype(), options);
  const Tensor losses = empty(shape, logits.dtype());
  const Tensor logsumexps = empty({2, losses.elements()}, logits.dtype());
  with_floating("cross_entropy", logits.dtype(), [&]<class T>() {
    losses_of(loss, as_rows(logits), read<std::int64_t>(target), fill<T>(losses), fill_logsumexps<T>(logsumexps));
  });
  return differentiable(
      "cross_entropy", {logits}, no_grad([&] { return loss.reduced(losses, target); }),
      [loss, logits, target, logsumexps](const Tensor& dy) {
        Tensor dlogits = empty(logits.shape(), logits.dtype());
        with_floating("cross_entropy", logits.dtype(), [&]<class T>() {
          const Tensor dloss = no_grad([&] { return contiguous(dy / loss.divisor(target)); });
          gradients_of<T>(loss, as_rows(logits), read<std::int64_t>(target), read_logsumexps<T>(logsumexps),
                          {read<T>(dloss), loss.reduction == Reduction::none ? 1 : 0}, dlogits);
        });
        return Gradients{dlogits};
      },
      [loss, target, shape](const Tensor& of_logits) {
        const CountedRows counted(target);
        const Tensor rows = reshape(of_logits, {target.elements(), loss.classes});
        const Tensor of_counted = loss.composed(gather_rows(rows, counted.places), counted.targets);
        if (loss.reduction != Reduction::none) return loss.reduced(of_counted, target);
        return reshape(index_add(zeros({target.elements()}, of_logits.dtype()), counted.places, of_counted), shape);
      });
}

}  // namespace heed
