// Normalisation layers.
#pragma once

#include "../../graph/create.h"
#include "../../ops/norm/channel_norm.h"
#include "../../ops/norm/layer_norm.h"
#include "../../ops/norm/rms_norm.h"
#include "../fields/expect.h"
#include "../fields/parameter.h"

namespace heed::nn {

/// Layer normalisation: normalises each vector to mean 0 and standard deviation 1, then applies a learned scale and
/// bias to each feature.
///   y = g (x - mean(x)) / sqrt(variance(x) + epsilon) + b,  g = scale, b = bias;  x, y: [..., width], g, b: [width]
/// Ba, Kiros and Hinton 2016, arXiv:1607.06450.
struct LayerNorm {
  Size width;
  float epsilon = 1e-5f;
  Parameter scale{{width}, ones, Role::scale};
  Parameter bias{{width}, zeros, Role::bias};

  Tensor operator()(const Tensor& x) const;
};

/// Root mean square normalisation (RMSNorm): normalises each vector to root mean square 1, then applies a learned scale
/// to each feature.
///   y = g x / sqrt(mean(x^2) + epsilon),  g = scale;  x, y: [..., width], g: [width]
/// Zhang and Sennrich 2019, arXiv:1910.07467, section 4. Unlike LayerNorm it subtracts no mean and adds no bias.
struct RmsNorm {
  Size width;
  float epsilon = 1e-5f;
  Parameter scale{{width}, ones, Role::scale};

  Tensor operator()(const Tensor& x) const;
};

/// Group normalisation: normalises each group of channels of each batch element to mean 0 and standard deviation 1,
/// then applies a learned scale and bias to each channel.
///   y = g (x - mean) / sqrt(variance + epsilon) + b,  g = scale, b = bias, both [channels];
///   x, y: [batch, channels, ...];  mean and variance: over a group's channels and the axes after them
/// Wu and He 2018, arXiv:1803.08494.
struct GroupNorm {
  Size channels, groups;
  float epsilon = 1e-5f;
  Parameter scale{{channels}, ones, Role::scale};
  Parameter bias{{channels}, zeros, Role::bias};

  Tensor operator()(const Tensor& x) const;
  void check() const;
};

/// Batch normalisation: normalises each channel to mean 0 and standard deviation 1, then applies a learned scale and
/// bias. Training uses the batch's statistics and updates the running ones; evaluation uses the running statistics.
///   y = g (x - mean) / sqrt(variance + epsilon) + b,  g = scale, b = bias, all [channels];
///   x, y: [batch, channels, ...]
/// Ioffe and Szegedy 2015, arXiv:1502.03167.
struct BatchNorm {
  Size channels;
  /// Weight of the batch in the running statistics.
  float momentum = 0.1f;
  float epsilon = 1e-5f;
  Parameter scale{{channels}, ones, Role::scale};
  Parameter bias{{channels}, zeros, Role::bias};
  /// Running mean of each channel.
  Buffer running_mean{{channels}, zeros};
  /// Running variance of each channel.
  Buffer running_variance{{channels}, ones};
  Mode mode{};

  Tensor operator()(const Tensor& x) const;
};

/// Builds a norm of any type, with this epsilon if it has one.
template <class Norm>
Norm make_norm(Size width, float epsilon) {
  if constexpr (requires { Norm{.width = width, .epsilon = epsilon}; }) {
    return Norm{.width = width, .epsilon = epsilon};
  } else {
    return Norm{.width = width};
  }
}

}  // namespace heed::nn
