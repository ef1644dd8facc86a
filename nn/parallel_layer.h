#pragma once

#include "encoder.h"

namespace heed::nn {

/// One layer of an encoder or language model whose attention and feed-forward part read the same norm side by side,
/// instead of one after the other:
///   y = x + attention(norm(x)) + feed_forward(norm(x));  x, y: [tokens, width]
/// Wang and Komatsuzaki 2021, "GPT-J-6B"; Chowdhery et al. 2022, arXiv:2204.02311, section 2. The norm stands before
/// both, whatever `placement` says.
template <class Attention, class Hidden, class Norm>
struct EncoderLayer<Attention, Hidden, Norm, Parallel> {
  using StackNorm = Norm;

  Size width, heads;
  float dropout = 0, attention_dropout = dropout;
  NormPlacement placement = NormPlacement::before;
  PositionKind positions = PositionKind::none;
  float rotary_base = 10000, epsilon = 1e-5f;
  Size key_heads = heads;
  float stochastic_depth = 0, deep_norm_alpha = 1;
  MadeAttention<Attention> attention = make_attention<Attention>({.width = width,
                                                                  .heads = heads,
                                                                  .key_heads = key_heads,
                                                                  .dropout = attention_dropout,
                                                                  .positions = positions,
                                                                  .rotary_base = rotary_base});
  Hidden feed_forward = Hidden{.width = width};
  Parallel<Norm> attention_residual = make_residual<Parallel<Norm>>({width, placement, epsilon, deep_norm_alpha});
  Dropout hidden_dropout = Dropout{.probability = dropout};
  StochasticDepth skipping = StochasticDepth{.probability = stochastic_depth};

  Tensor operator()(const Tensor& x, const Sequences& sequences, const AttentionOptions& options = {}) const {
    expect_usable(*this);
    return both(x, sequences, [&](const Tensor& h) { return attention(h, sequences, options); });
  }

  /// The same of new tokens at these positions, int64 [tokens], which read those that the cache holds and themselves.
  Tensor next(KeyValueCache& cache, const Tensor& x, const Tensor& of_tokens, const Sequences& sequences,
              const AttentionOptions& options = {}) const {
    return both(x, sequences, [&](const Tensor& h) {
      attention.remember(cache, h, of_tokens, sequences);
      return attention.recall(cache, h, of_tokens, sequences, options);
    });
  }

  template <class Mix>
  Tensor both(const Tensor& x, const Sequences& sequences, const Mix& mix) const {
    const auto branch = [&](const Tensor& y) { return skipping(hidden_dropout(y), sequences); };
    return attention_residual(
        x, [&](const Tensor& h) { return branch(mix(h)); }, [&](const Tensor& h) { return branch(feed_forward(h)); });
  }
};

}  // namespace heed::nn
