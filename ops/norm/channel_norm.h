// Normalisation of tensors with channels: x is [batch, channels, ...], and scale and bias have an element for each
// channel. float32 and float64.
#pragma once

#include "../../graph/tensor.h"

namespace heed {

/// Group normalisation:  y = scale (x - mean) / sqrt(variance + epsilon) + bias, with mean and variance over the
/// channels of a group and all axes after them, for each element of the batch. `groups` divides channels: 1 gives layer
/// normalisation, groups = channels instance normalisation.
///   x, y: [batch, channels, ...];  scale, bias: [channels], or empty Tensors: 1 and 0.
/// Wu and He 2018, arXiv:1803.08494.
Tensor group_norm(const Tensor& x, Size groups, const Tensor& scale = {}, const Tensor& bias = {},
                  double epsilon = 1e-5);

/// Options of batch_norm; training: uses the statistics of the batch and updates the running ones; epsilon: added to
/// the variance.
struct BatchNormOptions {
  bool training = true;
  double momentum = 0.1;  // weight of this batch's mean and variance in the running ones
  double epsilon = 1e-5;
};

/// Batch normalisation:  y = scale (x - mean) / sqrt(variance + epsilon) + bias for each channel. In training, mean and
/// variance are taken over the batch and all axes after the channels, and the running ones are updated in place:
///   running = (1 - momentum) running + momentum batch,
/// where the batch variance is unbiased: divided by n - 1 for n elements. Otherwise they are the running ones, or the
/// batch's if these are empty Tensors.
///   x, y: [batch, channels, ...];  the others: [channels], scale and bias may be empty Tensors: 1 and 0.
/// Ioffe and Szegedy 2015, arXiv:1502.03167.
Tensor batch_norm(const Tensor& x, const Tensor& running_mean, const Tensor& running_variance, const Tensor& scale = {},
                  const Tensor& bias = {}, const BatchNormOptions& options = {});

}  // namespace heed
