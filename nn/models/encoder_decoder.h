// Encoder-decoder transformer.
#pragma once

#include "../layers/decoder_layer.h"
#include "../layers/encoder_layer.h"
#include "../layers/pooling.h"
#include "../layers/stack.h"
#include "../layers/token_embedding.h"

namespace heed::nn {

/// Placeholder for the target embedding: source and target share one embedding.
struct SameEmbedding {};

/// Encoder-decoder (sequence-to-sequence) transformer. Encoder and decoder are stacks. Source and target share one
/// vocabulary and embedding, or the target has its own (target_embedding), which then computes the logits.
///   source: [source tokens], target: [target tokens] of int64, the target starting with a begin-of-sequence token
///   ->  logits of the token that follows each token of the target: [target tokens, vocabulary]
/// Vaswani et al. 2017, arXiv:1706.03762. nn::transformer and nn::t5 build the published models.
template <class Embedding, class Encoder, class Decoder, class TargetEmbedding = SameEmbedding>
struct EncoderDecoder {
  static_assert(CalledWithPass<Encoder>,
                "the encoder of an EncoderDecoder is called with (x, pass): it must have Tensor operator()(const "
                "Tensor& x, const nn::Pass& pass) const");
  static_assert(CalledWithPass<Decoder>,
                "the decoder of an EncoderDecoder is called with (x, pass): it must have Tensor operator()(const "
                "Tensor& x, const nn::Pass& pass) const");

  Embedding embedding;
  /// Encoder: a stack.
  Encoder encoder;
  Decoder decoder;
  TargetEmbedding target_embedding = of_width<TargetEmbedding>(width_of(embedding));

  /// Encoder output, which the decoder attends to: [source tokens, width].
  Tensor encode(const Tensor& source, const Sequences& source_sequences) const {
    return encoder(embedding(source, source_sequences), Pass(source_sequences));
  }

  Tensor operator()(const Tensor& source, const Sequences& source_sequences, const Tensor& target,
                    const Sequences& target_sequences) const {
    return output().logits(hidden(source, source_sequences, target, target_sequences));
  }

  /// Mean cross-entropy of the labels, int64 [target tokens], where -100 is ignored, without materialising all logits;
  /// see cross_entropy for label_smoothing (arXiv:1512.00567).
  Tensor loss(const Tensor& source, const Sequences& source_sequences, const Tensor& target_input,
              const Tensor& target_labels, const Sequences& target_sequences, double label_smoothing = 0) const {
    return output().loss(hidden(source, source_sequences, target_input, target_sequences), target_labels,
                         label_smoothing);
  }

  /// Decoder output: [target tokens, width].
  Tensor hidden(const Tensor& source, const Sequences& source_sequences, const Tensor& target,
                const Sequences& target_sequences) const {
    const Tensor states = encode(source, source_sequences);
    return decoder(output()(target, target_sequences),
                   Pass(target_sequences, {.mask = causal()}, Memory{states, source_sequences}));
  }

  /// Maximum number of tokens of a target; 0: unlimited.
  std::int64_t context() const { return output().context(); }

  /// Decoding state.
  using State = DecodingCache;
  /// Initial decoding state for each source: encodes the sources. No graph is recorded.
  State initial_state(const Tensor& source, const Sequences& source_sequences) const {
    NoGrad scope;
    return State(source_sequences.count(), Memory{encode(source, source_sequences), source_sequences});
  }

  /// Decoding step: appends new tokens of each row (int64 [tokens], one or more for each row) to the state, and returns
  /// the logits of the next token of each row, [rows, vocabulary]. They equal those of a pass over the whole rows. No
  /// graph is recorded; the model should be in evaluation mode.
  Tensor decode_step(State& state, const Tensor& tokens, const Sequences& sequences) const {
    return run_decoding_step(state, sequences, {.mask = causal()}, [&](const Pass& pass) {
      output().check_length(state.max_length(sequences));
      expect_one_each(output(), "tokens", tokens, sequences.tokens());
      const Tensor h = decoder(output()(tokens, pass.positions), pass);
      return output().logits(gather_rows(h, last_tokens(sequences)));
    });
  }

  /// Target embedding, which computes the logits.
  const auto& output() const {
    if constexpr (std::is_same_v<TargetEmbedding, SameEmbedding>) {
      return embedding;
    } else {
      return target_embedding;
    }
  }
};

}  // namespace heed::nn
