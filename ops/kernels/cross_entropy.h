// Cross entropy of rows of logits with a target class each:  loss[r] = logsumexp[r] - logits[r, target[r]].
// A negative target means that the row does not count: loss 0, gradient 0.
#pragma once

#include "views.h"

namespace heed::kernels {

template <class T>
struct CrossEntropyKernels {
  /// logits: [rows, width]; target, loss, logsumexp: [rows], the last saved for the gradient.
  void (*cross_entropy)(Block size, Rows<const T> logits, const std::int64_t* target, T* loss, T* logsumexp);

  /// dlogits[r] = dloss[r] * (exp(logits[r] - logsumexp[r]) - onehot(target[r])); dlogits may be logits.
  void (*cross_entropy_backward)(Block size, Rows<const T> logits, const std::int64_t* target, const T* logsumexp,
                                 Run<const T> dloss, Rows<T> dlogits);
};

}  // namespace heed::kernels
