#pragma once

#include "decoder.h"
#include "encoder.h"
#include "pooling.h"
#include "stack.h"
#include "token_embedding.h"

namespace heed::nn {

/// In place of the target's embedding: that of the source is the target's too.
struct SameEmbedding {};

/// A transformer that reads one text and writes another. The encoder and decoder are stacks; both texts have one
/// vocabulary, whose embedding they share, or the target has one of its own (target_embedding), which gives the logits.
///   source: [source tokens], target: [target tokens] of int64, the target starting with a token that says "begin"
///   ->  logits of the token that follows each token of the target: [target tokens, vocabulary]
/// Vaswani et al. 2017, arXiv:1706.03762. The usual ones are made by nn::transformer and nn::t5.
template <class Embedding, class Encoder, class Decoder, class TargetEmbedding = SameEmbedding>
struct EncoderDecoder {
  static_assert(CalledWithPass<Encoder>,
                "the encoder of an EncoderDecoder is called with (x, pass): it must have Tensor operator()(const "
                "Tensor& x, const nn::Pass& pass) const");
  static_assert(CalledWithPass<Decoder>,
                "the decoder of an EncoderDecoder is called with (x, pass): it must have Tensor operator()(const "
                "Tensor& x, const nn::Pass& pass) const");

  Embedding embedding;
  Encoder encoder;
  Decoder decoder;
  TargetEmbedding target_embedding = of_width<TargetEmbedding>(width_of(embedding));

  /// What the decoder reads: [source tokens, width].
  Tensor encode(const Tensor& source, const Sequences& source_sequences) const {
    return encoder(embedding(source, source_sequences), Pass(source_sequences));
  }

  Tensor operator()(const Tensor& source, const Sequences& source_sequences, const Tensor& target,
                    const Sequences& target_sequences) const {
    return output().logits(hidden(source, source_sequences, target, target_sequences));
  }

  /// The mean cross entropy of the labels, int64 [target tokens], -100 where none counts; see cross_entropy for
  /// label_smoothing (arXiv:1512.00567). Never holds all logits.
  Tensor loss(const Tensor& source, const Sequences& source_sequences, const Tensor& target_input,
              const Tensor& target_labels, const Sequences& target_sequences, double label_smoothing = 0) const {
    return output().loss(hidden(source, source_sequences, target_input, target_sequences), target_labels,
                         label_smoothing);
  }

  /// The decoder's output, [target tokens, width].
  Tensor hidden(const Tensor& source, const Sequences& source_sequences, const Tensor& target,
                const Sequences& target_sequences) const {
    const Tensor states = encode(source, source_sequences);
    return decoder(output()(target, target_sequences),
                   Pass(target_sequences, {.mask = causal()}, Memory{states, source_sequences}));
  }

  /// Number of tokens of a target that can be read; 0: any number.
  std::int64_t context() const { return output().context(); }

  using State = DecodingCache;
  /// Before the first token of a target for each source. Nothing is recorded.
  State begin(const Tensor& source, const Sequences& source_sequences) const {
    NoGrad scope;
    return State(source_sequences.count(), Memory{encode(source, source_sequences), source_sequences});
  }

  /// Logits of what follows each row, [rows, vocabulary], after new tokens of each (int64 [tokens], one or more a row):
  /// the same as of the whole rows at once. The state then holds them. Nothing is recorded; put the model into
  /// evaluation before.
  Tensor next(State& state, const Tensor& tokens, const Sequences& sequences) const {
    return decoding_step(state, sequences, {.mask = causal()}, [&](const Pass& pass) {
      output().check_length(state.max_length(sequences));
      expect_one_each(output(), "tokens", tokens, sequences.tokens());
      const Tensor h = decoder(output()(tokens, pass.positions), pass);
      return output().logits(gather_rows(h, last_tokens(sequences)));
    });
  }

  /// The embedding of the target, which gives the logits.
  const auto& output() const {
    if constexpr (std::is_same_v<TargetEmbedding, SameEmbedding>) {
      return embedding;
    } else {
      return target_embedding;
    }
  }
};

}  // namespace heed::nn
