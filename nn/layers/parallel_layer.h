// Parallel transformer layer.
#pragma once

#include "../attention/attention.h"
#include "dropout.h"
#include "feed_forward.h"
#include "stochastic_depth.h"

namespace heed::nn {

/// Parallel transformer layer: attention and feed-forward layer share one norm and are added together:
///   y = x + attention(norm(x)) + feed_forward(norm(x));  x, y: [tokens, width]
/// It replaces an EncoderLayer. Wang and Komatsuzaki 2021, "GPT-J-6B"; Chowdhery et al. 2022, arXiv:2204.02311, section
/// 2.
template <class Attention, class FeedForwardPart, class Norm = LayerNorm>
struct ParallelLayer {
  static_assert(CalledWithPass<Attention>,
                "the attention of a ParallelLayer is called with (x, pass): it must have Tensor operator()(const "
                "Tensor& x, const nn::Pass& pass) const");
  static_assert(
      CalledWithTensor<FeedForwardPart>,
      "the feed_forward of a ParallelLayer is called with (x): it must have Tensor operator()(const Tensor& x) const");
  static_assert(
      CalledWithTensor<Norm>,
      "the norm of a ParallelLayer is called with (x): it must have Tensor operator()(const Tensor& x) const");
  static constexpr bool needs_final_norm = true;

  float dropout = 0, stochastic_depth = 0;
  Attention attention;
  FeedForwardPart feed_forward;
  Norm norm = of_width<Norm>(width_of(attention));
  Dropout hidden_dropout = Dropout{.probability = dropout};
  StochasticDepth depth_dropout = StochasticDepth{.probability = stochastic_depth};
  static constexpr auto branches = std::tuple(&ParallelLayer::attention, &ParallelLayer::feed_forward);

  Tensor operator()(const Tensor& x, const Pass& pass) const {
    expect_usable(*this);
    expect_one_width(*this, attention, feed_forward, norm);
    const auto branch = [&](const Tensor& y) {
      return depth_dropout(hidden_dropout(detail::expect_branch(*this, x, y)), pass.sequences);
    };
    const Tensor h = norm(x), mixed = branch(attention(h, pass));  // named, to fix the order of random numbers
    return x + mixed + branch(feed_forward(h));
  }
};

}  // namespace heed::nn
