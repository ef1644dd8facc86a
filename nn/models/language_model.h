// Decoder-only language model.
#pragma once

#include "../layers/encoder_layer.h"
#include "../layers/pooling.h"
#include "../layers/stack.h"
#include "../layers/token_embedding.h"

namespace heed::nn {

/// Autoregressive (decoder-only) transformer language model: layers of causal self-attention.
///   tokens: [tokens] of int64  ->  logits of the token that follows each: [tokens, vocabulary]
/// The TokenEmbedding determines weight tying, factorisation and positions. Radford et al. 2019, "Language models are
/// unsupervised multitask learners", section 2.3.
///   auto model = nn::LanguageModel{.embedding = nn::TokenEmbedding<>{.vocabulary = 256, .width = 64},
///                                  .layers = nn::Stack{.layers = nn::repeat(4, layer), .norm = ...}};
/// nn::gpt and nn::llama build the published models.
template <class Embedding, class Layers>
struct LanguageModel {
  static_assert(CalledWithPass<Layers>,
                "the field layers of a LanguageModel is called with (x, pass): it must have Tensor operator()(const "
                "Tensor& x, const nn::Pass& pass) const");

  Embedding embedding;
  Layers layers;

  Tensor operator()(const Tensor& tokens, const Sequences& sequences) const {
    return embedding.logits(hidden(tokens, sequences));
  }

  /// Mean cross-entropy of the labels, int64 [tokens], where -100 is ignored, without materialising all logits.
  Tensor loss(const Tensor& tokens, const Tensor& labels, const Sequences& sequences,
              double label_smoothing = 0) const {
    return embedding.loss(hidden(tokens, sequences), labels, label_smoothing);
  }

  /// Hidden states after the last layer: [tokens, width].
  Tensor hidden(const Tensor& tokens, const Sequences& sequences) const {
    return layers(embedding(tokens, sequences), Pass(sequences, {.mask = causal()}));
  }

  /// Hidden states of packed sequences. document_ids, int64 [tokens], are the document numbers of the tokens: tokens
  /// attend only within their document (ops/attention/mask.h), and positions restart at 0 with each document.
  Tensor hidden(const Tensor& tokens, const Sequences& sequences, const Tensor& document_ids) const {
    return layers(embedding(tokens, document_positions(document_ids, sequences)),
                  Pass(sequences, {.mask = causal() & documents(document_ids)}));
  }
  /// Mean cross-entropy of the labels of packed sequences.
  Tensor loss(const Tensor& tokens, const Tensor& labels, const Sequences& sequences, const Tensor& document_ids,
              double label_smoothing = 0) const {
    return embedding.loss(hidden(tokens, sequences, document_ids), labels, label_smoothing);
  }

  /// Maximum number of tokens of a row; 0: unlimited.
  std::int64_t context() const { return embedding.context(); }

  /// Decoding state.
  using State = DecodingCache;
  /// Initial decoding state of `rows` rows.
  State initial_state(Size rows) const { return State(rows); }

  /// Decoding step: appends new tokens of each row (int64 [tokens], one or more for each row) to the state, and returns
  /// the logits of the next token of each row, [rows, vocabulary]. They equal those of a pass over the whole rows. No
  /// graph is recorded; the model should be in evaluation mode.
  Tensor decode_step(State& state, const Tensor& tokens, const Sequences& sequences) const {
    return run_decoding_step(state, sequences, {.mask = causal()}, [&](const Pass& pass) {
      embedding.check_length(state.max_length(sequences));
      expect_one_each(embedding, "tokens", tokens, sequences.tokens());
      const Tensor h = layers(embedding(tokens, pass.positions), pass);
      return embedding.logits(gather_rows(h, last_tokens(sequences)));
    });
  }
};

}  // namespace heed::nn
