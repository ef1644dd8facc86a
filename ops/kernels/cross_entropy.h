// Cross entropy of rows of logits with a target class each:  loss[r] = logsumexp(logits[r]) - logits[r, target[r]].
// A negative target means that the row does not count: loss 0, gradient 0. Of a row of nothing but -infinity the loss
// is infinity and the softmax 0.
#pragma once

#include "registry.h"
#include "views.h"

namespace heed::kernels {

/// The logsumexp of rows in two parts, which are taken from a logit one after the other: their sum is rounded, and
/// where logits are large that loses the second part.
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

  /// The sum of weights[j] * (maximum - x[j]), where a weight of 0 leaves nothing of infinity. Null: all weights are 1.
  T (*below_maximum)(T maximum, const T* x, const T* weights, Index n);
};
HEED_DECLARE_KERNELS(CrossEntropyKernels<float>);
HEED_DECLARE_KERNELS(CrossEntropyKernels<double>);

}  // namespace heed::kernels
