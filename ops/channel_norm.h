// Normalisation of tensors with channels: x is [batch, channels, ...], and each channel has its own scale and bias.
// float32 and float64.
#pragma once

#include "../graph/tensor.h"

namespace heed {

/// y = scale (x - mean) / sqrt(variance + epsilon) + bias, mean and variance over the channels of a group and all axes
/// after them, for each element of the batch. `groups` divides channels: with 1 it is layer normalisation, with as many
/// as channels instance normalisation.
///   x, y: [batch, channels, ...];  scale, bias: [channels], or empty Tensors: 1 and 0.
/// Wu and He 2018, arXiv:1803.08494.
Tensor group_norm(const Tensor& x, Size groups, const Tensor& scale = {}, const Tensor& bias = {},
                  double epsilon = 1e-5);

struct BatchNormOptions {
  bool training = true;
  double momentum = 0.1;  // how much of this batch's mean and variance goes into the running ones
  double epsilon = 1e-5;
};

/// y = scale (x - mean) / sqrt(variance + epsilon) + bias for each channel. While training, mean and variance are those
/// over the batch and all axes after the channels, and the running ones are moved towards them in place:
///   running = (1 - momentum) running + momentum * of the batch,
/// where the variance goes in without bias: times n / (n - 1) for n elements. Else they are the running ones; if these
/// are empty Tensors, the batch's.
///   x, y: [batch, channels, ...];  the others: [channels], scale and bias may be empty Tensors: 1 and 0.
/// Ioffe and Szegedy 2015, arXiv:1502.03167.
Tensor batch_norm(const Tensor& x, const Tensor& running_mean, const Tensor& running_variance, const Tensor& scale = {},
                  const Tensor& bias = {}, const BatchNormOptions& options = {});

}  // namespace heed
