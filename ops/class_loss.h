// For the library's own ops: what cross_entropy and linear_cross_entropy share.
#pragma once

#include "kernels/cross_entropy.h"
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

/// factor * x, where a factor of 0 leaves nothing of an infinite x, in the value and in the gradients: what a class
/// with probability 0 adds to a loss by its logarithm.
Tensor weighted(const Tensor& factor, const Tensor& x);

/// The rows that count.
struct CountedRows {
  Tensor places, targets;  // int64 [count]
  explicit CountedRows(const Tensor& all_targets);
};

/// The logsumexps of rows, [2, rows], as kernels see them.
template <class T>
kernels::LogSumExps<T> fill_logsumexps(const Tensor& made_here) {
  T* const begin = fill<T>(made_here);
  return {begin, begin + made_here.size(1)};
}
template <class T>
kernels::LogSumExps<const T> read_logsumexps(const Tensor& made) {
  const T* const begin = read<T>(made);
  return {begin, begin + made.size(1)};
}

/// Fills losses [rows] and logsumexps of logits [rows, classes].
template <class T>
void losses_of(const ClassLoss& loss, const Tensor& logits, const std::int64_t* targets, T* losses,
               kernels::LogSumExps<T> logsumexps);

/// dlogits, which may be logits, from the gradient of each row's loss.
template <class T>
void gradients_of(const ClassLoss& loss, const Tensor& logits, const std::int64_t* targets,
                  kernels::LogSumExps<const T> logsumexps, kernels::Run<const T> dloss, const Tensor& dlogits);

}  // namespace heed
