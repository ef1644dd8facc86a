// Softmax of rows, and its pieces for attention, which sees a row of scores tile by tile. x is [rows, width]; outputs
// may be an input. A row of nothing but -infinity has softmax 0, logsumexp -infinity and gradient 0.
#pragma once

#include "registry.h"
#include "views.h"

namespace heed::kernels {

/// The state of an online softmax: after some scores scale * x of a row, maximum = max x and sum = sum of exp(scale *
/// (x - maximum)). Milakov and Gimelshein 2018, arXiv:1805.02867.
template <class T>
struct OnlineSoftmax {
  T maximum, sum;  // of no scores: -infinity, 0
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
  // divided among the places of infinity.
  void (*logsumexp)(Block size, Rows<const T> x, T* y);
  void (*logsumexp_backward)(Block size, Rows<const T> x, const T* dy, Rows<T> dx);

  // Takes in n more scores scale * x of a row (scale > 0) and turns them into exp(scale * (x - maximum)), with the new
  // maximum of x. Returns exp(scale * (old maximum - new maximum)): what was summed up with the old weights must be
  // multiplied by it.
  T (*online_softmax)(T scale, T* x, Index n, OnlineSoftmax<T>* state);
  // y = factor * exp(scale * (x - shift)): the weights again, from the same x, with their finite maximum and 1 / sum.
  void (*softmax_weights)(T scale, T shift, T factor, const T* x, T* y, Index n);
  // dx = scale * y * (dy - dot), where y are the weights and dot = sum over the whole row of dy * y
  void (*softmax_scores_backward)(T scale, T dot, const T* y, const T* dy, T* dx, Index n);
  T (*dot)(const T* a, const T* b, Index n);  // sum of a * b
};
HEED_DECLARE_KERNELS(SoftmaxKernels<float>);
HEED_DECLARE_KERNELS(SoftmaxKernels<double>);

}  // namespace heed::kernels
