// One step of a recurrent cell (GRU, LSTM) for one row. The kernels take the results of the matrix products and save
// the values of the gates, which are all that the gradients need. All pointers are to contiguous elements; the formulas
// are in ../recurrent.h.
#pragma once

#include "registry.h"
#include "views.h"

namespace heed::kernels {

/// Gates in the order reset, update, candidate.
template <class T>
struct GruStep {
  const T* input;    // [3 width]
  const T* product;  // [3 width]; may be gates
  const T* before;   // [width]
  T* gates;          // [4 width]: r, z, n, and the candidate's part of the product, for the gradient
  T* after;          // [width]; may be before
};

template <class T>
struct GruStepBackward {
  const T *gates, *before, *dafter;
  T* dinput;    // [3 width]
  T* dproduct;  // [3 width]
  T* dbefore;   // without the gradient through the product; may be dafter
};

/// Gates in the order input, forget, cell, output.
template <class T>
struct LstmStep {
  const T* input;    // [4 width]
  const T* product;  // [4 width]; may be gates
  const T* before;   // the cell, [width]
  T* gates;          // [4 width]: i, f, g, o, for the gradient
  T* after;          // the cell, [width]; may be before
  T* hidden;         // [width]
};

template <class T>
struct LstmStepBackward {
  const T *gates, *before, *dafter, *dhidden;
  T* dgates;   // [4 width]: the gradient of input and of product
  T* dbefore;  // may be dafter
};

template <class T>
struct RecurrentKernels {
  void (*gru_step)(Index width, const GruStep<T>& row);
  void (*gru_step_backward)(Index width, const GruStepBackward<T>& row);
  void (*lstm_step)(Index width, const LstmStep<T>& row);
  void (*lstm_step_backward)(Index width, const LstmStepBackward<T>& row);
};
HEED_DECLARE_KERNELS(RecurrentKernels<float>);
HEED_DECLARE_KERNELS(RecurrentKernels<double>);

}  // namespace heed::kernels
