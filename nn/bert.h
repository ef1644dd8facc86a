#pragma once

#include "embedding.h"
#include "encoder.h"
#include "pooling.h"

namespace heed::nn {

/// Bidirectional encoder of texts. Each token's embedding, its segment's and (if learned) its position's are added,
/// normalised, and go through a stack of encoder layers.
///   tokens, segments: [tokens] of int64 (segments may be an empty Tensor: all 0)  ->  hidden: [tokens, width]
/// With the defaults it is the model of Devlin et al. 2019, arXiv:1810.04805; sizes are the paper's by configuration:
/// tiny is width 128, 2 layers, 2 heads; mini 256, 4, 4; base 768, 12, 12. Begin it with begin_normal, as the paper
/// does. With a smaller embedding_width, a linear map widens what the embeddings' norm gives, and with groups = 1 all
/// layers are one: ALBERT, Lan et al. 2019, arXiv:1909.11942, section 3.1.
template <class Attention = MultiHeadAttention, class Hidden = FeedForward, class Norm = LayerNorm,
          template <class> class Residual = PlacedNorm>
struct Bert {
  using EncoderStack = Encoder<EncoderLayer<Attention, Hidden, Norm, Residual>>;

  Size vocabulary, width, heads, depth;
  Size longest = 512, segments = 2;
  PositionKind positions = PositionKind::learned;
  NormPlacement placement = NormPlacement::after;
  float dropout = 0.1f, attention_dropout = dropout;
  float rotary_base = 10000, epsilon = 1e-12f, stochastic_depth = 0;
  Size groups = depth, embedding_width = width;
  Embedding token_embedding = Embedding{.count = vocabulary, .width = embedding_width};
  Embedding segment_embedding = Embedding{.count = segments, .width = embedding_width};
  std::optional<LearnedPositions> position_embedding = when(positions == PositionKind::learned, [&] {
    return LearnedPositions{.longest = longest, .width = embedding_width};
  });
  Norm embedding_norm = make_norm<Norm>(embedding_width, epsilon);
  Dropout embedding_dropout = Dropout{.probability = dropout};
  std::optional<Linear> widening =
      when(embedding_width != width, [&] { return Linear{.in = embedding_width, .out = width}; });
  EncoderStack encoder = EncoderStack{.width = width,
                                      .heads = heads,
                                      .depth = depth,
                                      .dropout = dropout,
                                      .attention_dropout = attention_dropout,
                                      .placement = placement,
                                      .positions = positions,
                                      .rotary_base = rotary_base,
                                      .epsilon = epsilon,
                                      .stochastic_depth = stochastic_depth,
                                      .groups = groups};
  Linear pooler = Linear{.in = width, .out = width};

  Tensor operator()(const Tensor& tokens, const Tensor& segments_of_tokens, const Sequences& sequences) const {
    expect_usable(*this);
    expect_at_most(*this, "the longest sequence", sequences.longest(), longest);
    expect_one_each(*this, "tokens", tokens, sequences.tokens());
    if (segments_of_tokens) expect_one_each(*this, "segments", segments_of_tokens, sequences.tokens());
    Tensor x = token_embedding(tokens);
    const Tensor& segment_vectors = segment_embedding.weight;
    x = x + (segments_of_tokens ? segment_embedding(segments_of_tokens) : select(segment_vectors, 0, 0));
    if (position_embedding) x = x + (*position_embedding)(sequences);
    if (positions == PositionKind::sinusoidal)
      x = x + SinusoidalPositions{.width = embedding_width}(sequences, x.dtype());
    x = embedding_dropout(embedding_norm(x));
    return encoder(widening ? (*widening)(x) : x, sequences);
  }

  /// A vector for each sequence, from its first token: tanh(pooler(h));  hidden: [tokens, width] -> [sequences, width].
  Tensor pooled(const Tensor& hidden, const Sequences& sequences) const {
    expect_rows(*this, "hidden", hidden, sequences.tokens());
    return tanh(pooler(gather_rows(hidden, first_tokens(sequences))));
  }

  void check() const { expect_at_least(*this, 0, vocabulary, width, depth, longest, segments, embedding_width); }
};

}  // namespace heed::nn
