// Losses from probabilities and their logarithms. float32 and float64. Compositions of ops: all inputs have
// gradients unless they are called constant.
#pragma once

#include "reduction.h"

namespace heed {

/// Options of nll_loss; reduction: mean, sum or none.
struct NllOptions {
  std::int64_t ignore_index = -100;  // rows with this target are ignored
  Tensor weights = {};               // [classes], a constant; empty: all 1
  Reduction reduction = Reduction::mean;
};

/// Negative log-likelihood:  loss[r] = -weights[targets[r]] x[r, targets[r]], 0 for ignored rows, where x contains
/// log-probabilities, as from log_softmax. The mean is the sum divided by the sum of the weights; 0 if all rows are
/// ignored.
///   x: [..., classes];  targets: [...] of int64 or int32;  the loss: [], or [...] unreduced.
Tensor nll_loss(const Tensor& x, const Tensor& targets, const NllOptions& options = {});

/// Kullback-Leibler divergence of the distribution `target` from the distribution x, given by its log-probabilities:
///   loss[r] = sum over c of target[r, c] (ln target[r, c] - x[r, c]),  where 0 ln 0 = 0, and
/// 0 times an infinite logarithm is 0.
///   x, target: [..., classes];  the loss: [], or [...] unreduced.
/// The mean is over rows: PyTorch's "batchmean".  Kullback and Leibler 1951, "On information and sufficiency".
Tensor kl_divergence(const Tensor& x, const Tensor& target, Reduction reduction = Reduction::mean);

/// Options of binary_cross_entropy_with_logits; reduction: mean, sum or none.
struct BinaryCrossEntropyOptions {
  Tensor weights = {};           // factors, broadcast to the losses
  Tensor positive_weights = {};  // factors of the terms with y, broadcast to the losses
  Reduction reduction = Reduction::mean;
};

/// Binary cross entropy:  loss = -w (p y ln sigmoid(x) + (1 - y) ln(1 - sigmoid(x))) for each element, with w =
/// weights, p = positive_weights and y = targets, from 0 to 1. Exact for logits x of any magnitude.
///   x, targets, unreduced loss: the same shape and dtype;  reduced loss: [].
Tensor binary_cross_entropy_with_logits(const Tensor& x, const Tensor& targets,
                                        const BinaryCrossEntropyOptions& options = {});

/// Options of focal_loss; reduction: mean, sum or none.
struct FocalOptions {
  double alpha = 0.25;  // weight of positive elements; that of negative ones is 1 - alpha; below 0: both 1
  double gamma = 2;     // focusing exponent: the larger, the less well-classified elements contribute
  Reduction reduction = Reduction::mean;
};

/// Focal loss:  loss = -a (1 - q)^gamma ln q for each element, where q = sigmoid(x) and a = alpha where y = 1,
/// q = 1 - sigmoid(x) and a = 1 - alpha where y = 0, and y = targets has no other values.
///   x, targets, unreduced loss: the same shape and dtype;  reduced loss: [].  Lin et al. 2017, arXiv:1708.02002.
Tensor focal_loss(const Tensor& x, const Tensor& targets, const FocalOptions& options = {});

}  // namespace heed
