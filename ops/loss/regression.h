// Regression and margin losses. float32 and float64; x and target have the same shape and dtype, and both may have a
// gradient. The loss: [], or the shape of x unreduced.
#pragma once

#include "reduction.h"

namespace heed {

/// Mean squared error:  loss = (x - target)^2.
Tensor mse_loss(const Tensor& x, const Tensor& target, Reduction reduction = Reduction::mean);

/// Mean absolute error:  loss = |x - target|.
Tensor l1_loss(const Tensor& x, const Tensor& target, Reduction reduction = Reduction::mean);

/// Huber loss:  loss = d^2 / 2 where d = |x - target| is less than delta, else delta (d - delta / 2); delta > 0.
/// Huber 1964, "Robust estimation of a location parameter".
Tensor huber_loss(const Tensor& x, const Tensor& target, double delta = 1, Reduction reduction = Reduction::mean);

/// Smooth L1 loss:  loss = d^2 / (2 beta) where d = |x - target| is less than beta, else d - beta / 2; with beta = 0 it
/// is l1_loss. Girshick 2015, arXiv:1504.08083.
Tensor smooth_l1_loss(const Tensor& x, const Tensor& target, double beta = 1, Reduction reduction = Reduction::mean);

/// Hinge loss:  loss = max(0, margin - target x); target is 1 or -1.
Tensor hinge_loss(const Tensor& x, const Tensor& target, double margin = 1, Reduction reduction = Reduction::mean);

/// Margin ranking loss:  loss = max(0, margin - target (a - b)): a should be greater than b where target is 1, less
/// where it is -1. All three have the same shape and dtype.
Tensor margin_ranking_loss(const Tensor& a, const Tensor& b, const Tensor& target, double margin = 0,
                           Reduction reduction = Reduction::mean);

}  // namespace heed
