// For the library's own ops: what cross_entropy and linear_cross_entropy share.
#pragma once

#include "loss.h"
#include "rows.h"

namespace heed {

/// The options of cross entropy made ready for rows of logits.
struct ClassLoss {
  std::int64_t classes;
  Tensor weights;  // [classes] in the logits' dtype, or empty: all 1
  double total_weight, smoothing, z_loss;
  Reduction reduction;

  /// Throws Error in the name of the op for options that do not fit.
  ClassLoss(const char* op, std::int64_t classes, DType dtype, const CrossEntropyOptions& options);

  bool is_plain() const { return !weights && smoothing == 0 && z_loss == 0; }
  /// What the sum of the losses is divided by: 1 unless the mean is asked for.
  double divisor(const Tensor& targets) const;
  /// Losses of all rows as the reduction wants them.
  Tensor reduced(const Tensor& losses, const Tensor& targets) const;
  /// The losses in ops: logits [rows, classes], every row counts; [rows].
  Tensor composed(const Tensor& logits, const Tensor& targets) const;
};

/// The targets in row-major order, where -1 stands for a row that does not count. `expected` is the shape of rows.
Tensor checked_targets(const char* op, const Tensor& targets, const Shape& expected, std::int64_t classes,
                       const CrossEntropyOptions& options);

/// The rows that count.
struct CountedRows {
  Tensor places, targets;  // int64 [count]
  explicit CountedRows(const Tensor& all_targets);
};

/// Fills losses and logsumexps, [rows], of logits [rows, classes].
template <class T>
void losses_of(const ClassLoss& loss, const Tensor& logits, const std::int64_t* targets, T* losses, T* logsumexps);

/// dlogits, which may be logits, from the gradient of each row's loss.
template <class T>
void gradients_of(const ClassLoss& loss, const Tensor& logits, const std::int64_t* targets, const T* logsumexps,
                  kernels::Run<const T> dloss, const Tensor& dlogits);

}  // namespace heed
