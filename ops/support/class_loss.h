// Internal: shared parts of cross_entropy and linear_cross_entropy.
#pragma once

#include "../kernels/cross_entropy.h"
#include "../loss/cross_entropy.h"
#include "rows.h"

namespace heed::detail {

/// Checked options of cross entropy, prepared for rows of logits.
struct ClassLoss {
  std::int64_t classes;
  Tensor weights;  // [classes] in the logits' dtype, or empty: all 1
  double total_weight, smoothing, z_loss;
  Reduction reduction;

  /// Throws Error if an option is out of range or has the wrong shape or dtype.
  ClassLoss(const char* op, std::int64_t classes, DType dtype, const CrossEntropyOptions& options);

  bool is_plain() const { return !weights && smoothing == 0 && z_loss == 0; }
  /// Divisor of the sum of the losses: 1 unless the reduction is the mean.
  double divisor(const Tensor& targets) const;
  /// Returns the losses of all rows, reduced.
  Tensor reduced(const Tensor& losses, const Tensor& targets) const;
  /// Composition of ops for the losses of logits [rows, classes], where no row is ignored; [rows].
  Tensor composed(const Tensor& logits, const Tensor& targets) const;
};

/// Returns the targets in row-major order, -1 for ignored rows. `expected` is their shape.
Tensor checked_targets(const char* op, const Tensor& targets, const Shape& expected, std::int64_t classes,
                       const CrossEntropyOptions& options);

/// Returns factor * x, where 0 times infinity is 0, in the value and in the gradients: the term that a class with
/// probability 0 adds to a loss.
Tensor weighted(const Tensor& factor, const Tensor& x);

/// Rows that are not ignored.
struct CountedRows {
  Tensor places, targets;  // int64 [count]
  explicit CountedRows(const Tensor& all_targets);
};

/// Log-sum-exps of rows, [2, rows], as kernels take them.
template <class T>
kernels::LogSumExps<T> fill_logsumexps(const Tensor& output) {
  T* const begin = fill<T>(output);
  return {begin, begin + output.size(1)};
}
template <class T>
kernels::LogSumExps<const T> read_logsumexps(const Tensor& x) {
  const T* const begin = read<T>(x);
  return {begin, begin + x.size(1)};
}

/// Computes losses [rows] and log-sum-exps of logits [rows, classes].
template <class T>
void losses_of(const ClassLoss& loss, const Tensor& logits, const std::int64_t* targets, T* losses,
               kernels::LogSumExps<T> logsumexps);

/// Computes dlogits from the gradient of each row's loss. dlogits may be logits.
template <class T>
void gradients_of(const ClassLoss& loss, const Tensor& logits, const std::int64_t* targets,
                  kernels::LogSumExps<const T> logsumexps, kernels::Run<const T> dloss, const Tensor& dlogits);

}  // namespace heed::detail
