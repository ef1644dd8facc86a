// The BERT of these programs: one that learns something in minutes.
#pragma once

#include <heed/heed.h>

/// In place of positions at the embeddings, where attention has its own: only how many tokens a text may have.
struct AtMost {
  heed::Size longest;

  heed::Tensor operator()(const heed::Tensor& x, const heed::Tensor& /*positions*/) const { return x; }
};

/// Rotary positions (learned ones stay at the unigrams' level for millions of tokens), and norms before the sublayers.
using Layer = heed::nn::EncoderLayer<heed::nn::MultiHeadAttention<heed::nn::Rotary>, heed::nn::FeedForward>;
using SmallBert = heed::nn::BertModel<heed::nn::Stack<Layer, heed::nn::LayerNorm>, AtMost>;

SmallBert small_bert(const heed::nn::BertConfig& config);
/// The sizes of such a model, without its dropout.
heed::nn::BertConfig sizes_of(const SmallBert& model);
