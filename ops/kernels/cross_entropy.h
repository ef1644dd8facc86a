// Cross entropy of rows of logits with one target class per row:
//   loss[r] = logsumexp(logits[r]) - logits[r, target[r]]
// Rows with a negative target are ignored: their loss and gradient are 0. A row of only -infinity has loss infinity and
// softmax 0.
#pragma once

#include "registry.h"
#include "views.h"

namespace heed::kernels {

/// The logsumexp of rows in two parts, which are subtracted from a logit one after the other: their rounded sum would
/// lose the second part where logits are large.
template <class T>
struct LogSumExps {
  T* maximum;  // of each row; 0 if that is -infinity
  T* rest;     // log(sum of exp(logits[r] - maximum[r]))

  LogSumExps from(Index row) const { return {maximum + row, rest + row}; }
};

template <class T>
struct CrossEntropyKernels {
  /// logits: [rows, width]; target, loss, logsumexp: [rows], the last saved for the gradient.
  void (*cross_entropy)(Block size, Rows<const T> logits, const std::int64_t* target, T* loss, LogSumExps<T> logsumexp);

  /// dlogits[r] = dloss[r] * (softmax(logits[r]) - onehot(target[r])); dlogits may be logits.
  void (*cross_entropy_backward)(Block size, Rows<const T> logits, const std::int64_t* target,
                                 LogSumExps<const T> logsumexp, Run<const T> dloss, Rows<T> dlogits);

  /// Returns the sum of weights[j] * (maximum - x[j]), where a weight of 0 times infinity counts as 0. Null weights are
  /// all 1.
  T (*below_maximum)(T maximum, const T* x, const T* weights, Index n);
};
HEED_DECLARE_KERNELS(CrossEntropyKernels<float>);
HEED_DECLARE_KERNELS(CrossEntropyKernels<double>);

}  // namespace heed::kernels
