#pragma once

#include "encoder.h"
#include "pooling.h"
#include "token_embedding.h"

namespace heed::nn {

/// A transformer that continues a text: layers of self-attention, each token reading itself and those before it.
///   tokens: [tokens] of int64  ->  logits of the token that follows each: [tokens, vocabulary]
/// If tied, the input's embeddings are the output's weights too; see TokenEmbedding for embedding_width, Encoder for
/// stochastic_depth and groups. Radford et al. 2019, "Language models are unsupervised
/// multitask learners", section 2.3; with positions = rotary, Hidden = SwigluFeedForward, Norm = RmsNorm and fewer
/// key_heads the shape of Touvron et al. 2023, arXiv:2302.13971.
template <class Attention = MultiHeadAttention, class Hidden = FeedForward, class Norm = LayerNorm,
          template <class> class Residual = PlacedNorm>
struct LanguageModel {
  using Layers = Encoder<EncoderLayer<Attention, Hidden, Norm, Residual>>;

  Size vocabulary, width, heads, depth;
  Size key_heads = heads, longest = 512;
  PositionKind positions = PositionKind::sinusoidal;
  NormPlacement placement = NormPlacement::before;
  float dropout = 0.1f, attention_dropout = dropout;
  float rotary_base = 10000, epsilon = 1e-5f, stochastic_depth = 0;
  Size groups = depth, embedding_width = width;
  bool tied = true;
  TokenEmbedding embedding = TokenEmbedding{.vocabulary = vocabulary,
                                            .width = width,
                                            .positions = positions,
                                            .longest = longest,
                                            .dropout = dropout,
                                            .embedding_width = embedding_width,
                                            .tied = tied};
  Layers layers = Layers{.width = width,
                         .heads = heads,
                         .depth = depth,
                         .dropout = dropout,
                         .attention_dropout = attention_dropout,
                         .placement = placement,
                         .positions = positions,
                         .rotary_base = rotary_base,
                         .epsilon = epsilon,
                         .key_heads = key_heads,
                         .stochastic_depth = stochastic_depth,
                         .groups = groups};

  Tensor operator()(const Tensor& tokens, const Sequences& sequences) const {
    return embedding.logits(hidden(tokens, sequences));
  }

  /// The mean cross entropy of the labels, int64 [tokens], -100 where none counts. Never holds all logits.
  Tensor loss(const Tensor& tokens, const Tensor& labels, const Sequences& sequences,
              double label_smoothing = 0) const {
    return embedding.loss(hidden(tokens, sequences), labels, label_smoothing);
  }

  /// [tokens, width]
  Tensor hidden(const Tensor& tokens, const Sequences& sequences) const {
    return layers(embedding(tokens, sequences), sequences, {.mask = causal()});
  }

  /// The same of sequences that several documents are packed into, whose numbers are int64 [tokens]: each token reads
  /// its own document alone (ops/mask.h), and positions begin anew with each.
  Tensor hidden(const Tensor& tokens, const Sequences& sequences, const Tensor& of_documents) const {
    return layers(embedding(tokens, document_positions(of_documents, sequences)), sequences,
                  {.mask = causal() & documents(of_documents)});
  }
  Tensor loss(const Tensor& tokens, const Tensor& labels, const Sequences& sequences, const Tensor& of_documents,
              double label_smoothing = 0) const {
    return embedding.loss(hidden(tokens, sequences, of_documents), labels, label_smoothing);
  }

  /// How many tokens of a row can be read, if positions are learned; 0: any number.
  std::int64_t context() const { return embedding.context(); }

  using State = DecoderState;
  /// Before the first token of each row.
  State begin(Size rows) const { return State(rows, depth); }

  /// Logits of what follows each row, [rows, vocabulary], after new tokens of each (int64 [tokens], one or more a row):
  /// the same as of the whole rows at once. The state then holds them. Nothing is recorded; put the model into
  /// evaluation before.
  Tensor next(State& state, const Tensor& tokens, const Sequences& sequences) const {
    NoGrad scope;
    const Tensor of_tokens = state.positions(tokens, sequences);
    embedding.check_length(state.longest(sequences));
    const Tensor h = detail::take_tokens(state, [&] {
      return layers.next(state, embedding(tokens, of_tokens), of_tokens, sequences, {.mask = causal()});
    });
    state.advance(sequences);
    return embedding.logits(gather_rows(h, last_tokens(sequences)));
  }
};

}  // namespace heed::nn
