#pragma once

#include <vector>

#include "optimizer.h"

namespace heed::optim {

struct AdamWOptions {
  float beta1 = 0.9f, beta2 = 0.999f;  // how slowly the means of gradients and of their squares move
  float epsilon = 1e-8f;
  float weight_decay = 0.01f;
  bool decay_vectors = false;  // whether parameters with fewer than two axes (biases, norms) decay too
};

/// Adam with decoupled weight decay. For each parameter p with gradient g, in the t-th step in which it has one:
///   m = beta1 m + (1 - beta1) g,  v = beta2 v + (1 - beta2) g^2
///   p = p - rate (weight_decay p + (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon))
/// Loshchilov and Hutter 2019, arXiv:1711.05101, algorithm 2 (the rate stands for its schedule times alpha).
class AdamW {
 public:
  static constexpr std::string_view name = "adamw";

  /// A parameter that is in the list several times moves once in each step. Throws Error if two of the tensors share
  /// elements.
  explicit AdamW(const std::vector<nn::Parameter>& parameters, const AdamWOptions& options = {});

  /// One update with the gradients that backward left, which it uses up: grad() is empty afterwards. Parameters without
  /// a gradient stay as they are. The rate must be finite and not negative.
  void step(double rate);

  /// Each once.
  const std::vector<nn::Parameter>& parameters() const { return parameters_; }
  /// Steps taken so far.
  std::int64_t steps() const { return steps_; }

  /// The means of gradients, "m", and of their squares, "v". Shares the tensors: further steps change them.
  OptimizerState state() const { return {steps_, updates_, {{"m", m_}, {"v", v_}}}; }
  /// Goes on from this state, whose values are copied. Throws Error, and changes nothing, unless it fits the
  /// parameters, m is finite, and v is not negative.
  void resume(const OptimizerState& state);

 private:
  struct Chunk {
    std::size_t parameter;
    std::int64_t begin, count;
  };

  /// 1 - beta^t for the t of a parameter.
  struct Corrections {
    double first, second;
  };

  AdamWOptions options_;
  std::vector<nn::Parameter> parameters_;
  std::vector<Tensor> m_, v_, gradients_;
  std::vector<Chunk> chunks_;  // all parameters, cut by their sizes alone
  std::vector<std::int64_t> updates_;
  std::vector<Corrections> corrections_;
  std::int64_t steps_ = 0;
};

}  // namespace heed::optim
