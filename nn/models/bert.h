// BERT.
#pragma once

#include "../../ops/math/trigonometry.h"
#include "../attention/attention.h"
#include "../layers/dropout.h"
#include "../layers/embedding.h"
#include "../layers/pooling.h"
#include "../layers/stack.h"
#include "../positions/positions.h"

namespace heed::nn {

/// BERT: bidirectional transformer encoder. The sum of token, segment and position embeddings is normalised and passed
/// through a stack of encoder layers.
///   tokens, segments: [tokens] of int64 (segments may be an empty Tensor: all 0)  ->  hidden: [tokens, width]
/// If the embeddings are narrower than the encoder, `widening` projects the normalised embeddings to its width: ALBERT,
/// Lan et al. 2019, arXiv:1909.11942, section 3.1. nn::bert and nn::albert build the published models. Devlin et al.
/// 2019, arXiv:1810.04805.
template <class Encoder, class Positions = LearnedPositions, class Norm = LayerNorm>
struct BertModel {
  static_assert(CalledWithPass<Encoder>,
                "the encoder of a BertModel is called with (x, pass): it must have Tensor operator()(const Tensor& x, "
                "const nn::Pass& pass) const");

  float dropout = 0.1f;
  /// Embeddings of tokens and segments.
  Embedding token_embedding, segment_embedding;
  /// Embedding of positions.
  Positions position_embedding = of_width<Positions>(token_embedding.width);
  /// Norm of the sum of the embeddings.
  Norm embedding_norm = of_width<Norm>(token_embedding.width);
  Dropout embedding_dropout = Dropout{.probability = dropout};
  std::optional<Linear> widening = std::nullopt;
  Encoder encoder;
  /// Projection of the first token.
  Linear pooler = Linear{.in = width_of(encoder), .out = width_of(encoder)};

  Tensor operator()(const Tensor& tokens, const Tensor& segments_of_tokens, const Sequences& sequences) const {
    expect_usable(*this);
    detail::expect_width(*this, "segment_embedding", segment_embedding, token_embedding.width);
    detail::expect_width(*this, "position_embedding", position_embedding, token_embedding.width);
    detail::expect_width(*this, "embedding_norm", embedding_norm, token_embedding.width);
    detail::expect_positions(*this, sequences.max_length(), 0, position_embedding);
    expect_one_each(*this, "tokens", tokens, sequences.tokens());
    if (segments_of_tokens) expect_one_each(*this, "segments", segments_of_tokens, sequences.tokens());
    Tensor x = token_embedding(tokens);
    x = x + (segments_of_tokens ? segment_embedding(segments_of_tokens) : select(segment_embedding.weight, 0, 0));
    x = embedding_dropout(embedding_norm(position_embedding(x, sequences.positions())));
    return encoder(widening ? (*widening)(x) : x, Pass(sequences));
  }

  /// Pooled output, from the first token of each sequence: tanh(pooler(h));  hidden: [tokens, width] -> [sequences,
  /// width].
  Tensor pooled(const Tensor& hidden, const Sequences& sequences) const {
    expect_rows(*this, "hidden", hidden, sequences.tokens());
    return tanh(pooler(gather_rows(hidden, first_tokens(sequences))));
  }
};

}  // namespace heed::nn
