// Losses of classifiers. float32 and float64; targets are int64 or int32.
#pragma once

#include "loss_reduction.h"

namespace heed {

struct CrossEntropyOptions {
  std::int64_t ignore = -100;             // rows with this target do not count
  Tensor weights = {};                    // [classes], a constant; empty: all 1
  double label_smoothing = 0;             // what of each row's target is spread evenly over all classes: 0 to 1
  double z_loss = 0;                      // how much of logsumexp^2 is added, so that logits stay small
  Reduction reduction = Reduction::mean;  // none: a loss for each row, 0 where it does not count
};

/// For each row r that counts, with t = targets[r], w = weights, s = label_smoothing and p = log_softmax(logits[r]):
///   loss[r] = w[t] ((s - 1) p[t] + z_loss logsumexp(logits[r])^2) - s / classes * (sum over c of w[c] p[c])
/// Their mean is the sum divided by that of w[t]; so without weights, smoothing and z_loss it is the mean of -p[t].
/// Without any row that counts the loss is exactly 0, and so are the gradients.
///   logits: [..., classes];  targets: [...], each in [0, classes) or `ignore`;  the loss: [], or [...] unreduced.
/// Smoothing: Szegedy et al. 2016, arXiv:1512.00567, section 7. z_loss: Chowdhery et al. 2022, arXiv:2204.02311.
///
/// Targets may also be probabilities, of the shape and dtype of logits, and get a gradient. Then with
/// q = (1 - s) targets[r] + s / classes,  loss[r] = sum over c of w[c] q[c] (z_loss logsumexp(logits[r])^2 - p[c]),
/// all rows count, and the mean is over rows. A class with q[c] = 0 adds nothing, also where p[c] is -infinity; nor
/// does one with weight 0.
Tensor cross_entropy(const Tensor& logits, const Tensor& targets, const CrossEntropyOptions& options = {});

/// cross_entropy(linear(x, weight, bias), targets) for targets that are classes, without ever holding all logits: they
/// are made, used and forgotten by chunks of rows. The gradients of a mean or a sum are computed on the way, as the
/// loss's own gradient can only scale them; for losses by row the logits are made once more. Rows that do not count are
/// left out from the start.
///   x: [..., width];  weight: [classes, width];  bias: [classes], or an empty Tensor;  targets: [...];
///   the loss: [], or [...] unreduced.
Tensor linear_cross_entropy(const Tensor& x, const Tensor& weight, const Tensor& bias, const Tensor& targets,
                            const CrossEntropyOptions& options = {});

}  // namespace heed
