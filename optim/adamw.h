// AdamW.
#pragma once

#include <vector>

#include "optimizer.h"

namespace heed::optim {

/// Options of AdamW, with the names of its formula: beta1, beta2, epsilon, weight_decay.
struct AdamWOptions {
  float beta1 = 0.9f, beta2 = 0.999f;  // decay rates of the running means of gradients and of their squares
  float epsilon = 1e-8f;
  float weight_decay = 0.01f;
  bool decay_vectors = false;  // apply weight decay also to parameters with fewer than two axes (biases, norms)
};

/// AdamW: Adam with decoupled weight decay. For each parameter p with gradient g, in its t-th step with a gradient:
///   m = beta1 m + (1 - beta1) g,  v = beta2 v + (1 - beta2) g^2
///   p = p - rate (weight_decay p + (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon))
/// Loshchilov and Hutter 2019, arXiv:1711.05101, algorithm 2 (rate is their schedule multiplier times alpha).
class AdamW {
 public:
  /// Name of the optimizer in checkpoints.
  static constexpr std::string_view name = "adamw";

  /// A parameter that occurs several times in the list is updated once per step. Throws Error if two different tensors
  /// share elements.
  explicit AdamW(const std::vector<nn::Parameter>& parameters, const AdamWOptions& options = {});

  /// Updates the parameters with their gradients and clears grad(). Parameters without a gradient are unchanged. Throws
  /// Error unless the learning rate is finite and not negative.
  void step(double rate);

  /// Optimized parameters, each once.
  const std::vector<nn::Parameter>& parameters() const { return parameters_; }
  /// Number of steps taken so far.
  std::int64_t steps() const { return steps_; }

  /// Returns the running means of gradients, "m", and of their squares, "v". The tensors are shared: further steps
  /// change them.
  OptimizerState state() const { return {steps_, updates_, {{"m", m_}, {"v", v_}}}; }
  /// Restores a state; its values are copied. Throws Error, and changes nothing, unless the state matches the
  /// parameters, m is finite, and v is not negative.
  void resume(const OptimizerState& state);

 private:
  struct Chunk {
    std::size_t parameter;
    std::int64_t begin, count;
  };

  /// Bias corrections 1 - beta^t of a parameter.
  struct Corrections {
    double first, second;
  };

  AdamWOptions options_;
  std::vector<nn::Parameter> parameters_;
  std::vector<Tensor> m_, v_, gradients_;
  std::vector<Chunk> chunks_;  // of all parameters, by their sizes alone
  std::vector<std::int64_t> updates_;
  std::vector<Corrections> corrections_;
  std::int64_t steps_ = 0;
};

}  // namespace heed::optim
