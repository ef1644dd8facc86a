// Routers of mixtures of experts. A router computes in float32 (or in float64, if its input is), whatever the precision
// of the surrounding matrix products. Ties are broken by index: the first of equal experts is taken.
#pragma once

#include "../../graph/create.h"
#include "../../ops/math/softmax.h"
#include "../fields/expect.h"
#include "../fields/init.h"
#include "../fields/parameter.h"

namespace heed::nn {

/// Output of a router: pairs of an expert and a token, each with the weight of the expert's output.
struct Routes {
  Tensor experts, tokens;  // int64 [pairs]
  Tensor weights;          // [pairs]
  Tensor logits;           // [tokens, count]
  Tensor probabilities;    // [tokens, count], rows sum to 1; for balancing losses
};

namespace detail {

[[noreturn, gnu::cold]] void wrong_choices(AnyLayer router);

/// Throws Error unless 1 <= k <= count.
template <fields::Layer Router>
void expect_choices(const Router& router) {
  if (router.k < 1 || router.k > router.count) wrong_choices(router);
}

[[noreturn, gnu::cold]] void wrong_capacity(AnyLayer layer);

/// Throws Error if the capacity_factor is negative or not a number.
template <fields::Layer L>
void expect_capacity(const L& layer) {
  if (!(layer.capacity_factor >= 0)) wrong_capacity(layer);
}

/// Returns `wanted` rounded up and clamped to [0, limit]; `wanted` may be too large for an integer.
std::int64_t capacity(double wanted, std::int64_t limit);

/// Router logits x W^T in float32. In training, each element of x is multiplied by a random number between 1 - jitter
/// and 1 + jitter:  x [tokens, width], W = weight [count, width]  ->  [tokens, count].
Tensor router_logits(const Tensor& x, const Tensor& weight, float jitter, bool training);

/// Chooses for each token the k experts with the greatest `ranks` [tokens, count], weighted by `scores` [tokens,
/// count], which are divided by the sum of the k if `renormalised`. Pairs are sorted by rank: first the first choices
/// of all tokens.
Routes choose(const Tensor& logits, const Tensor& probabilities, const Tensor& ranks, const Tensor& scores,
              std::int64_t k, bool renormalised);

Routes choose_by_noise(const Tensor& logits, const Tensor& x, const Tensor& noise_weight, std::int64_t k,
                       bool training);
Routes choose_tokens(const Tensor& logits, float capacity_factor);
Routes choose_by_bias(const Tensor& logits, const Tensor& bias, const Tensor& load, std::int64_t k, bool renormalised,
                      float scale, bool training);

}  // namespace detail

/// Top-k routing: the k experts with the greatest probabilities p = softmax(W x), weighted by p, or, if renormalised,
/// by p / (sum of the k), the softmax over the k alone;  x: [tokens, width], W = weight: [count, width]. Shazeer et al.
/// 2017, arXiv:1701.06538, section 2.1; renormalised as in Jiang et al. 2024, arXiv:2401.04088, section 2.1. For jitter
/// see Switch.
struct TopK {
  Size width, count, k = 2;
  bool renormalised = true;
  float jitter = 0;
  Parameter weight{{count, width}, uniform_by_inputs(width)};
  Mode mode{};

  Routes operator()(const Tensor& x) const;
  void check() const;
};

/// Switch routing: the expert with the greatest probability p = softmax(W x), weighted by p (renormalised, the router
/// would get no gradient). In training, the elements of x are multiplied by random numbers between 1 - jitter and 1 +
/// jitter. Fedus, Zoph and Shazeer 2021, arXiv:2101.03961, section 2.1; jitter: section 2.4.
struct Switch {
  Size width, count;
  float jitter = 0;
  Parameter weight{{count, width}, uniform_by_inputs(width)};
  Mode mode{};

  Routes operator()(const Tensor& x) const;
  void check() const;
};

/// Noisy top-k routing: the k experts with the greatest h = W x + z softplus(V x), weighted by the softmax of h over
/// the k;  z: standard normal noise in training, else 0;  W = weight, V = noise_weight: [count, width]. Shazeer et al.
/// 2017, arXiv:1701.06538, equations 3 to 5.
struct NoisyTopK {
  Size width, count, k = 2;
  Parameter weight{{count, width}, uniform_by_inputs(width)};
  Parameter noise_weight{{count, width}, zeros};
  Mode mode{};

  Routes operator()(const Tensor& x) const;
  void check() const;
};

/// Expert choice routing: each expert takes the ceil(capacity_factor tokens / count) tokens with the greatest p =
/// softmax(W x), weighted by p. The load is balanced; a token has capacity_factor experts on average, possibly none.
/// Zhou et al. 2022, arXiv:2202.09368, section 3.2. The output for a token depends on all tokens of the batch,
/// including later ones and other sequences: unsuitable for autoregressive models.
struct ExpertChoice {
  Size width, count;
  float capacity_factor = 2;
  Parameter weight{{count, width}, uniform_by_inputs(width)};
  Mode mode{};

  Routes operator()(const Tensor& x) const;
  void check() const;
};

/// Sigmoid routing with loss-free balancing: the k experts with the greatest s + b, where s = sigmoid(W x), weighted by
/// scale s, or, if renormalised, by scale s / (sum of the k). The biases b affect the choice alone and get no gradient;
/// balance_experts updates them between steps, instead of a balancing loss. In training, `load` counts the tokens of
/// each expert since the last update. DeepSeek-AI 2024, arXiv:2412.19437, equations 13 to 16; Wang et al. 2024,
/// arXiv:2408.15664.
struct SigmoidTopK {
  Size width, count, k = 2;
  bool renormalised = true;
  float scale = 1, jitter = 0;
  Parameter weight{{count, width}, uniform_by_inputs(width)};
  /// Biases b, and number of tokens of each expert.
  Buffer bias{{count}, zeros}, load{{count}, zeros};
  Mode mode{};

  Routes operator()(const Tensor& x) const;
  void check() const;
};

/// Updates the biases of every SigmoidTopK of a model; call it after each optimizer step. Adds `rate` to the bias of
/// each expert whose load since the last call is below the mean, and subtracts it where the load is above. Wang et al.
/// 2024, arXiv:2408.15664, algorithm 1.
void balance_experts(AnyLayer model, float rate = 0.001f);

}  // namespace heed::nn
