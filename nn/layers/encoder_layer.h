// Layer of a transformer encoder or of a decoder-only model.
#pragma once

#include "../attention/attention.h"
#include "dropout.h"
#include "feed_forward.h"
#include "residual.h"
#include "stochastic_depth.h"

namespace heed::nn {

/// Transformer encoder layer: self-attention, then a feed-forward layer, each with a residual connection. x, y:
/// [tokens, width]. In a pass with the mask causal() it is a layer of a decoder-only language model. In training,
/// elements of the sublayers' outputs are dropped with probability `dropout`, and whole sequences of them with
/// probability `stochastic_depth`. Vaswani et al. 2017, arXiv:1706.03762, section 3.1.
///   nn::EncoderLayer{.attention = nn::MultiHeadAttention<nn::Rotary>{.width = 64, .heads = 4},
///                    .feed_forward = nn::SwigluFeedForward{.width = 64, .hidden = 176}}
/// Sublayers may be of any type: an attention is called with (x, pass) (nn/attention/pass.h), a feed-forward layer with
/// (x), a residual with (x, sublayer) (nn/layers/residual.h). Throws Error if their widths differ.
template <class Attention, class FeedForwardPart, class Residual = PreNorm<>>
struct EncoderLayer {
  static_assert(CalledWithPass<Attention>,
                "the attention of an EncoderLayer is called with (x, pass): it must have Tensor operator()(const "
                "Tensor& x, const nn::Pass& pass) const");
  static_assert(
      CalledWithTensor<FeedForwardPart>,
      "the feed_forward of an EncoderLayer is called with (x): it must have Tensor operator()(const Tensor& x) const");
  static_assert(ResidualConnection<Residual>,
                "a residual of an EncoderLayer is called with (x, sublayer): it must have Tensor operator()(const "
                "Tensor& x, const Sublayer& sublayer) const");
  static constexpr bool needs_final_norm = requires { requires Residual::needs_final_norm; };

  float dropout = 0, stochastic_depth = 0;
  Attention attention;
  FeedForwardPart feed_forward;
  Residual attention_residual = of_width<Residual>(width_of(attention)),
           feed_forward_residual = of_width<Residual>(width_of(attention));
  Dropout hidden_dropout = Dropout{.probability = dropout};
  StochasticDepth depth_dropout = StochasticDepth{.probability = stochastic_depth};
  static constexpr auto branches = std::tuple(&EncoderLayer::attention, &EncoderLayer::feed_forward);

  Tensor operator()(const Tensor& x, const Pass& pass) const {
    expect_usable(*this);
    expect_one_width(*this, attention, feed_forward, attention_residual, feed_forward_residual);
    const auto branch = [&](const Tensor& y) {
      return depth_dropout(hidden_dropout(detail::expect_branch(*this, x, y)), pass.sequences);
    };
    const Tensor mixed = attention_residual(x, [&](const Tensor& h) { return branch(attention(h, pass)); });
    return feed_forward_residual(mixed, [&](const Tensor& h) { return branch(feed_forward(h)); });
  }
};

}  // namespace heed::nn
