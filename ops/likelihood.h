// Losses from probabilities and their logarithms. float32 and float64. Compositions of ops: gradients flow into all
// inputs that are not said to be constants.
#pragma once

#include "loss_reduction.h"

namespace heed {

struct NllOptions {
  std::int64_t ignore = -100;  // rows with this target do not count
  Tensor weights = {};         // [classes], a constant; empty: all 1
  Reduction reduction = Reduction::mean;
};

/// loss[r] = -weights[targets[r]] x[r, targets[r]] for each row r that counts, else 0, where x holds logarithms of
/// probabilities, as from log_softmax. Their mean is the sum divided by that of the weights; 0 without rows that count.
///   x: [..., classes];  targets: [...] of int64 or int32;  the loss: [], or [...] unreduced.
Tensor nll_loss(const Tensor& x, const Tensor& targets, const NllOptions& options = {});

/// How far the distribution x, given by logarithms, is from the distribution `target`:
///   loss[r] = sum over c of target[r, c] (ln target[r, c] - x[r, c]),  where 0 ln 0 = 0, and so is
/// 0 times an infinite logarithm.
///   x, target: [..., classes];  the loss: [], or [...] unreduced.
/// The mean is over rows: what PyTorch calls batchmean.  Kullback and Leibler 1951, "On information and sufficiency".
Tensor kl_divergence(const Tensor& x, const Tensor& target, Reduction reduction = Reduction::mean);

struct BinaryCrossEntropyOptions {
  Tensor weights = {};           // factors that broadcast to the losses
  Tensor positive_weights = {};  // factors of the terms with y, which broadcast to the losses
  Reduction reduction = Reduction::mean;
};

/// loss = -w (p y ln sigmoid(x) + (1 - y) ln(1 - sigmoid(x))) for each element, with w = weights, p = positive_weights
/// and y = targets, from 0 to 1. Exact for logits x of any size.
///   x, targets, unreduced loss: one shape and dtype;  else the loss: [].
Tensor binary_cross_entropy_with_logits(const Tensor& x, const Tensor& targets,
                                        const BinaryCrossEntropyOptions& options = {});

struct FocalOptions {
  double alpha = 0.25;  // the weight of positive elements, that of negative ones is 1 - alpha; below 0: both 1
  double gamma = 2;     // the larger, the less well classified elements count
  Reduction reduction = Reduction::mean;
};

/// loss = -a (1 - q)^gamma ln q for each element, where q = sigmoid(x) and a = alpha where y = 1,
/// q = 1 - sigmoid(x) and a = 1 - alpha where y = 0, and y = targets has no other values.
///   x, targets, unreduced loss: one shape and dtype;  else the loss: [].  Lin et al. 2017, arXiv:1708.02002.
Tensor focal_loss(const Tensor& x, const Tensor& targets, const FocalOptions& options = {});

}  // namespace heed
