// Losses of classifiers. float32 and float64; targets are int64 or int32.
#pragma once

#include "reduction.h"

namespace heed {

/// Options of cross_entropy.
struct CrossEntropyOptions {
  std::int64_t ignore_index = -100;       // rows with this target are ignored
  Tensor weights = {};                    // [classes], a constant; empty: all 1
  double label_smoothing = 0;             // share of each target spread evenly over all classes, 0 to 1
  double z_loss = 0;                      // factor of logsumexp^2, which keeps logits small
  Reduction reduction = Reduction::mean;  // none: a loss for each row, 0 for ignored rows
};

/// Cross entropy. For each row r that is not ignored, with t = targets[r], w = weights, s = label_smoothing and p =
/// log_softmax(logits[r]):
///   loss[r] = w[t] ((s - 1) p[t] + z_loss logsumexp(logits[r])^2) - s / classes * (sum over c of w[c] p[c])
/// The mean is the sum divided by the sum of w[t]; so without weights, smoothing and z_loss it is the mean of -p[t].
/// If all rows are ignored the loss is exactly 0, and so are the gradients.
///   logits: [..., classes];  targets: [...], each in [0, classes) or `ignore_index`;  the loss: [], or [...]
///   unreduced.
/// Smoothing: Szegedy et al. 2016, arXiv:1512.00567, section 7. z_loss: Chowdhery et al. 2022, arXiv:2204.02311.
///
/// Targets may also be probabilities, of the shape and dtype of logits, with gradients. Then with
/// q = (1 - s) targets[r] + s / classes,  loss[r] = sum over c of w[c] q[c] (z_loss logsumexp(logits[r])^2 - p[c]),
/// no row is ignored, and the mean is over rows. A class with q[c] = 0 or weight 0 adds nothing, even if p[c] is
/// -infinity.
Tensor cross_entropy(const Tensor& logits, const Tensor& targets, const CrossEntropyOptions& options = {});

}  // namespace heed
