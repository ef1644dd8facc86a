#pragma once

#include "encoder.h"
#include "pooling.h"
#include "stack.h"
#include "token_embedding.h"

namespace heed::nn {

/// A transformer that continues a text: layers of causal self-attention, each token reading itself and those before it.
///   tokens: [tokens] of int64  ->  logits of the token that follows each: [tokens, vocabulary]
/// Tied or not, factorised, with positions or without: as its TokenEmbedding says. Radford et al. 2019, "Language
/// models are unsupervised multitask learners", section 2.3.
///   auto model = nn::LanguageModel{.embedding = nn::TokenEmbedding<>{.vocabulary = 256, .width = 64},
///                                  .layers = nn::Stack{.layers = nn::repeat(4, layer), .norm = ...}};
/// Usual ones are made by nn::gpt and nn::llama.
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

  /// The mean cross entropy of the labels, int64 [tokens], -100 where none counts. Never holds all logits.
  Tensor loss(const Tensor& tokens, const Tensor& labels, const Sequences& sequences,
              double label_smoothing = 0) const {
    return embedding.loss(hidden(tokens, sequences), labels, label_smoothing);
  }

  /// [tokens, width]
  Tensor hidden(const Tensor& tokens, const Sequences& sequences) const {
    return layers(embedding(tokens, sequences), Pass(sequences, {.mask = causal()}));
  }

  /// The same of sequences that several documents are packed into, whose numbers are int64 [tokens]: each token reads
  /// its own document alone (ops/mask.h), and positions begin anew with each.
  Tensor hidden(const Tensor& tokens, const Sequences& sequences, const Tensor& of_documents) const {
    return layers(embedding(tokens, document_positions(of_documents, sequences)),
                  Pass(sequences, {.mask = causal() & documents(of_documents)}));
  }
  Tensor loss(const Tensor& tokens, const Tensor& labels, const Sequences& sequences, const Tensor& of_documents,
              double label_smoothing = 0) const {
    return embedding.loss(hidden(tokens, sequences, of_documents), labels, label_smoothing);
  }

  /// Number of tokens of a row that can be read; 0: any number.
  std::int64_t context() const { return embedding.context(); }

  using State = DecodingCache;
  /// Before the first token of each row.
  State begin(Size rows) const { return State(rows); }

  /// Logits of what follows each row, [rows, vocabulary], after new tokens of each (int64 [tokens], one or more a row):
  /// the same as of the whole rows at once. The state then holds them. Nothing is recorded; put the model into
  /// evaluation before.
  Tensor next(State& state, const Tensor& tokens, const Sequences& sequences) const {
    return decoding_step(state, sequences, {.mask = causal()}, [&](const Pass& pass) {
      embedding.check_length(state.max_length(sequences));
      expect_one_each(embedding, "tokens", tokens, sequences.tokens());
      const Tensor h = layers(embedding(tokens, pass.positions), pass);
      return embedding.logits(gather_rows(h, last_tokens(sequences)));
    });
  }
};

}  // namespace heed::nn
