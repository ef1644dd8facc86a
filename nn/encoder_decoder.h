#pragma once

#include "decoder.h"
#include "encoder.h"
#include "pooling.h"
#include "token_embedding.h"

namespace heed::nn {

/// A transformer that reads one text and writes another, both of one vocabulary, whose embeddings the encoder, the
/// decoder and, if tied, the output share.
///   source: [source tokens], target: [target tokens] of int64, the target beginning with a token that says "begin"
///   ->  logits of the token that follows each token of the target: [target tokens, vocabulary]
/// Vaswani et al. 2017, arXiv:1706.03762, with the normalisation before each sublayer if not said otherwise
/// (arXiv:2002.04745); the paper's base model is width 512, 8 heads, depth 6, NormPlacement::after.
template <class Attention = MultiHeadAttention, class Hidden = FeedForward, class Norm = LayerNorm,
          template <class> class Residual = PlacedNorm>
struct EncoderDecoder {
  using EncoderStack = Encoder<EncoderLayer<Attention, Hidden, Norm, Residual>>;
  using DecoderStack = Decoder<DecoderLayer<Attention, Hidden, Norm, Residual>>;

  Size vocabulary, width, heads, depth;
  Size decoder_depth = depth, key_heads = heads, longest = 512;
  PositionKind positions = PositionKind::sinusoidal;
  NormPlacement placement = NormPlacement::before;
  float dropout = 0.1f, attention_dropout = dropout;
  float rotary_base = 10000, epsilon = 1e-5f, stochastic_depth = 0;
  Size groups = depth, decoder_groups = decoder_depth, embedding_width = width;
  bool tied = true;
  TokenEmbedding embedding = TokenEmbedding{.vocabulary = vocabulary,
                                            .width = width,
                                            .positions = positions,
                                            .longest = longest,
                                            .dropout = dropout,
                                            .embedding_width = embedding_width,
                                            .tied = tied};
  EncoderStack encoder =
      EncoderStack{.width = width,
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
                   .groups = groups,
                   .deep_norm_alpha = alpha_for<Residual<Norm>>(deep_norm_encoder_scales(depth, decoder_depth))};
  DecoderStack decoder = DecoderStack{.width = width,
                                      .heads = heads,
                                      .depth = decoder_depth,
                                      .dropout = dropout,
                                      .attention_dropout = attention_dropout,
                                      .placement = placement,
                                      .positions = positions,
                                      .rotary_base = rotary_base,
                                      .epsilon = epsilon,
                                      .key_heads = key_heads,
                                      .stochastic_depth = stochastic_depth,
                                      .groups = decoder_groups};

  /// What the decoder reads: [source tokens, width].
  Tensor encode(const Tensor& source, const Sequences& source_sequences) const {
    return encoder(embedding(source, source_sequences), source_sequences);
  }

  Tensor operator()(const Tensor& source, const Sequences& source_sequences, const Tensor& target,
                    const Sequences& target_sequences) const {
    return embedding.logits(hidden(source, source_sequences, target, target_sequences));
  }

  /// The mean cross entropy of the labels, int64 [target tokens], -100 where none counts; see cross_entropy for
  /// label_smoothing (arXiv:1512.00567). Never holds all logits.
  Tensor loss(const Tensor& source, const Sequences& source_sequences, const Tensor& target_input,
              const Tensor& target_labels, const Sequences& target_sequences, double label_smoothing = 0) const {
    return embedding.loss(hidden(source, source_sequences, target_input, target_sequences), target_labels,
                          label_smoothing);
  }

  /// The decoder's output, [target tokens, width].
  Tensor hidden(const Tensor& source, const Sequences& source_sequences, const Tensor& target,
                const Sequences& target_sequences) const {
    const Tensor memory = encode(source, source_sequences);
    return decoder(embedding(target, target_sequences), memory, target_sequences, source_sequences);
  }

  /// How many tokens of a row can be read, if positions are learned; 0: any number.
  std::int64_t context() const { return embedding.context(); }

  using State = DecoderState;
  /// Before the first token of a target for each source. Nothing is recorded.
  State begin(const Tensor& source, const Sequences& source_sequences) const {
    NoGrad scope;
    return decoder.begin(encode(source, source_sequences), source_sequences);
  }

  /// Logits of what follows each row, [rows, vocabulary], after new tokens of each (int64 [tokens], one or more a row):
  /// the same as of the whole rows at once. The state then holds them. Nothing is recorded; put the model into
  /// evaluation before.
  Tensor next(State& state, const Tensor& tokens, const Sequences& sequences) const {
    NoGrad scope;
    const Tensor of_tokens = state.positions(tokens, sequences);
    embedding.check_length(state.longest(sequences));
    const Tensor h = detail::take_tokens(
        state, [&] { return decoder.next(state, embedding(tokens, of_tokens), of_tokens, sequences); });
    state.advance(sequences);
    return embedding.logits(gather_rows(h, last_tokens(sequences)));
  }
};

}  // namespace heed::nn
