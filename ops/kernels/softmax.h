// Softmax of rows, and its steps for attention, which processes a row of scores in tiles. x is [rows, width]; outputs
// may alias an input. A row of only -infinity has softmax 0, logsumexp -infinity and gradient 0.
#pragma once

#include "registry.h"
#include "views.h"

namespace heed::kernels {

/// The state of an online softmax: after some scores scale * x of a row, maximum = max x and sum = sum of exp(scale *
/// (x - maximum)). Milakov and Gimelshein 2018, arXiv:1805.02867.
template <class T>
struct OnlineSoftmax {
  T maximum, sum;  // initially -infinity and 0
};

template <class T>
struct SoftmaxKernels {
  // y = exp(x - logsumexp(x));  dx = y * (dy - sum(dy * y))
  void (*softmax)(Block size, Rows<const T> x, Rows<T> y);
  void (*softmax_backward)(Block size, Rows<const T> y, Rows<const T> dy, Rows<T> dx);
  // y = x - logsumexp(x);  dx = dy - exp(y) * sum(dy)
  void (*log_softmax)(Block size, Rows<const T> x, Rows<T> y);
  void (*log_softmax_backward)(Block size, Rows<const T> y, Rows<const T> dy, Rows<T> dx);
  // y[r] = log(sum of exp(x[r]));  dx = dy[r] * softmax(x[r]). With infinity in a row: infinity, and dx is dy[r]
  // divided equally among the infinite elements.
  void (*logsumexp)(Block size, Rows<const T> x, T* y);
  void (*logsumexp_backward)(Block size, Rows<const T> x, const T* dy, Rows<T> dx);

  // Adds n scores scale * x of a row (scale > 0) to the state and replaces x by exp(scale * (x - maximum)), with the
  // new maximum of x. Returns exp(scale * (old maximum - new maximum)), by which sums with the old weights must be
  // multiplied.
  T (*online_softmax)(T scale, T* x, Index n, OnlineSoftmax<T>* state);
  // y = factor * exp(scale * (x - shift)): recomputes the weights from x, their finite maximum and 1 / sum.
  void (*softmax_weights)(T scale, T shift, T factor, const T* x, T* y, Index n);
  // dx = scale * y * (dy - dot), where y are the weights and dot = sum over the whole row of dy * y
  void (*softmax_scores_backward)(T scale, T dot, const T* y, const T* dy, T* dx, Index n);
  T (*dot)(const T* a, const T* b, Index n);  // sum of a * b
};
HEED_DECLARE_KERNELS(SoftmaxKernels<float>);
HEED_DECLARE_KERNELS(SoftmaxKernels<double>);

}  // namespace heed::kernels
