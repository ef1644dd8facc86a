// Losses of classifiers. float32 and float64; targets are int64 or int32.
#pragma once

#include "../graph/tensor.h"

namespace heed {

struct CrossEntropyOptions {
  std::int64_t ignore = -100;  // rows with this target do not count
};

/// The mean over the rows r that count of  -log_softmax(logits[r])[targets[r]].  Without any such row the loss is
/// exactly 0, and so are the gradients.
///   logits: [..., classes];  targets: [...], each in [0, classes) or `ignore`;  the loss: [].
Tensor cross_entropy(const Tensor& logits, const Tensor& targets, const CrossEntropyOptions& options = {});

/// cross_entropy(linear(x, weight, bias), targets), without ever holding all logits: they are made, used and forgotten
/// by chunks of rows. The gradients are computed on the way, as the loss's own gradient can only scale them. Rows that
/// do not count are left out from the start.
///   x: [..., width];  weight: [classes, width];  bias: [classes], or an empty Tensor;  targets: [...];  the loss: [].
Tensor linear_cross_entropy(const Tensor& x, const Tensor& weight, const Tensor& bias, const Tensor& targets,
                            const CrossEntropyOptions& options = {});

}  // namespace heed
