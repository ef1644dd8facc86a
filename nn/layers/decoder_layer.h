// Layer of a transformer decoder with cross-attention.
#pragma once

#include "../attention/attention.h"
#include "dropout.h"
#include "feed_forward.h"
#include "residual.h"
#include "stochastic_depth.h"

namespace heed::nn {

/// Transformer decoder layer: causal self-attention, cross-attention to the memory of the pass (an encoder's output),
/// then a feed-forward layer, each with a residual connection.  x, y: [tokens, width]; sequence s of x attends to
/// sequence s of the memory. The mask of self-attention is the pass's mask and causal(). Vaswani et al. 2017,
/// arXiv:1706.03762, section 3.1. Sublayers and dropout are those of EncoderLayer; cross-attention is called with (x,
/// pass) too.
///   nn::DecoderLayer{.attention = nn::MultiHeadAttention<>{.width = 64, .heads = 4},
///                    .cross_attention = nn::CrossAttention{.width = 64, .heads = 4},
///                    .feed_forward = nn::FeedForward{.width = 64}}
template <class Attention, class AttentionToMemory, class FeedForwardPart, class Residual = PreNorm<>>
struct DecoderLayer {
  static_assert(CalledWithPass<Attention>,
                "the attention of a DecoderLayer is called with (x, pass): it must have Tensor operator()(const "
                "Tensor& x, const nn::Pass& pass) const");
  static_assert(CalledWithPass<AttentionToMemory>,
                "the cross_attention of a DecoderLayer is called with (x, pass): it must have Tensor operator()(const "
                "Tensor& x, const nn::Pass& pass) const");
  static_assert(
      CalledWithTensor<FeedForwardPart>,
      "the feed_forward of a DecoderLayer is called with (x): it must have Tensor operator()(const Tensor& x) const");
  static_assert(ResidualConnection<Residual>,
                "a residual of a DecoderLayer is called with (x, sublayer): it must have Tensor operator()(const "
                "Tensor& x, const Sublayer& sublayer) const");
  static constexpr bool needs_final_norm = requires { requires Residual::needs_final_norm; };

  float dropout = 0, stochastic_depth = 0;
  Attention attention;
  AttentionToMemory cross_attention;
  FeedForwardPart feed_forward;
  Residual attention_residual = of_width<Residual>(width_of(attention)),
           cross_attention_residual = of_width<Residual>(width_of(attention)),
           feed_forward_residual = of_width<Residual>(width_of(attention));
  Dropout hidden_dropout = Dropout{.probability = dropout};
  StochasticDepth depth_dropout = StochasticDepth{.probability = stochastic_depth};
  static constexpr auto branches =
      std::tuple(&DecoderLayer::attention, &DecoderLayer::cross_attention, &DecoderLayer::feed_forward);

  Tensor operator()(const Tensor& x, const Pass& pass) const {
    expect_usable(*this);
    expect_one_width(*this, attention, cross_attention, feed_forward, attention_residual, cross_attention_residual,
                     feed_forward_residual);
    Pass of_self = pass;
    of_self.options.mask = pass.options.mask & causal();
    const auto branch = [&](const Tensor& y) {
      return depth_dropout(hidden_dropout(detail::expect_branch(*this, x, y)), pass.sequences);
    };
    Tensor y = attention_residual(x, [&](const Tensor& h) { return branch(attention(h, of_self)); });
    y = cross_attention_residual(y, [&](const Tensor& h) { return branch(cross_attention(h, pass)); });
    return feed_forward_residual(y, [&](const Tensor& h) { return branch(feed_forward(h)); });
  }
};

}  // namespace heed::nn
