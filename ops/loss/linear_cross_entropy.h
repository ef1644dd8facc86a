// Cross entropy of a linear layer, whose logits are never held at once. float32 and float64.
#pragma once

#include "cross_entropy.h"

namespace heed {

/// Fused linear map and cross entropy, cross_entropy(linear(x, weight, bias), targets), for targets that are classes.
/// The logits are never stored as a whole: they are computed in chunks of rows. The gradients of a mean or a sum are
/// computed in the forward pass, as the incoming gradient can only scale them; for unreduced losses the logits are
/// computed again in backward. Ignored rows are skipped.
///   x: [..., width];  weight: [classes, width];  bias: [classes], or an empty Tensor;  targets: [...];
///   the loss: [], or [...] unreduced.
Tensor linear_cross_entropy(const Tensor& x, const Tensor& weight, const Tensor& bias, const Tensor& targets,
                            const CrossEntropyOptions& options = {});

}  // namespace heed
