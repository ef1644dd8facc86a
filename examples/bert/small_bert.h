// A small BERT that can be pretrained in minutes.
#pragma once

#include <heed/heed.h>

/// No position embedding, since attention has rotary positions; only a maximum number of tokens.
struct AtMost {
  heed::Size max_length;

  heed::Tensor operator()(const heed::Tensor& x, const heed::Tensor& /*positions*/) const { return x; }
};

/// Pre-norm layer with rotary positions (with learned ones the model predicts mere unigram frequencies for millions of
/// tokens).
using Layer = heed::nn::EncoderLayer<heed::nn::MultiHeadAttention<heed::nn::Rotary>, heed::nn::FeedForward>;
using SmallBert = heed::nn::BertModel<heed::nn::Stack<Layer, heed::nn::LayerNorm>, AtMost>;

SmallBert small_bert(const heed::nn::BertConfig& config);
/// Returns the configuration of such a model, with dropout 0.
heed::nn::BertConfig sizes_of(const SmallBert& model);
