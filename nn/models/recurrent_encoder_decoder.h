// Recurrent encoder-decoder.
#pragma once

#include <type_traits>

#include "../../graph/create.h"
#include "../../ops/index/gather_rows.h"
#include "../../ops/loss/cross_entropy.h"
#include "../../ops/loss/linear_cross_entropy.h"
#include "../../ops/math/trigonometry.h"
#include "../../ops/shape/shape.h"
#include "../attention/memory_attention.h"
#include "../layers/embedding.h"
#include "../layers/recurrent.h"

namespace heed::nn {

/// No attention: the decoder sees only the encoder's last states, a vector of fixed size.
struct NoAttention {
  Size width;
};

/// Decoding state of a recurrent decoder: its states for each row of a batch, and the encoded sources.
struct RecurrentDecodingState {
  RecurrentState recurrent;
  Tensor input_feed;    // [rows, width]: additional input of the next step; empty without input feeding
  Tensor memory, keys;  // [memory tokens, width]: the encoder's states and their keys; empty without attention
  /// Lengths of the sources.
  Sequences memory_sequences;

  /// Keeps and reorders rows:  rows: int64 [new rows].
  void select(const Tensor& rows);
  /// Keeps the first `count` rows.
  void keep_first(std::int64_t count);
};

namespace detail {

/// Schedule of the decoding steps of a ragged batch: rows are sorted by length, the longest first, so that the rows of
/// each step are the first ones.
struct DecodingSteps {
  explicit DecodingSteps(const Sequences& sequences);

  bool in_order = true;              // true if the rows are sorted already
  Tensor order;                      // permutation that sorts the rows
  Tensor tokens;                     // token indices of all steps, concatenated
  std::vector<std::int64_t> alive;   // number of active rows of each step
  Tensor made_at_tokens, made_last;  // indices into the concatenated outputs, by token, and, after `before`, by row

  /// Gathers the outputs of the steps by token. Without steps the result is [0, width], the width of `before`.
  Tensor at_tokens(const Tensor& before, const std::vector<Tensor>& made) const;
  /// Gathers the output of each row's last step; `before` is the state before the first step.
  Tensor at_end(const Tensor& before, const std::vector<Tensor>& made) const;
  RecurrentState at_end(const RecurrentState& before, const std::vector<RecurrentState>& made) const;
};

/// Indices of the last token of each sequence, int64 [sequences]. Throws Error, which names the layer, if one is empty.
Tensor last_tokens(AnyLayer layer, const Sequences& sequences);
void check_even_width(AnyLayer layer, Size width);
[[noreturn, gnu::cold]] void wrong_parts(AnyLayer layer);
void check_decoding(AnyLayer layer, const Tensor& tokens, const Sequences& sequences,
                    const RecurrentDecodingState& state);

}  // namespace detail

/// Recurrent encoder-decoder (sequence-to-sequence): Sutskever et al. 2014, arXiv:1409.3215, and Cho et al. 2014,
/// arXiv:1406.1078. Each layer of the encoder is bidirectional with half the width; the initial state of each layer of
/// the decoder is the concatenation of both last states. The decoder's top states s determine the logits:
///   without attention:  logits = output(s)               the encoder's last states are a bottleneck
///   with attention:     logits = output(a),  a = tanh(combine([y; s])),  y = attention(s) over the encoder's states
/// as in Luong et al. 2015, arXiv:1508.04025, section 3, with any score of memory_attention.h. With input feeding, the
/// input of each decoder step is the token's embedding concatenated with the previous a (section 3.3), which tells it
/// what was attended to, as in Bahdanau et al. 2015, arXiv:1409.0473; without attention it is concatenated with the
/// encoder's last top state, as in Cho et al. With both attention and input feeding the decoder runs step by step; else
/// all steps are one call.
///   tokens: int64 [tokens], ragged;  width: even;  Unit: GruUnit or LstmUnit.
template <class Attention = NoAttention, class Unit = GruUnit>
struct RecurrentEncoderDecoder {
  /// True if the decoder has an attention.
  static constexpr bool attends = !std::is_same_v<Attention, NoAttention>;

  /// Sizes of both vocabularies, and width of the hidden states.
  Size source_vocabulary, target_vocabulary, width;
  Size depth = 1;
  float dropout = 0;
  /// True for input feeding.
  bool input_feeding = false;
  /// Embedding of the source.
  Embedding source_embedding = Embedding{.count = source_vocabulary, .width = width, .stddev = 1};
  /// Embedding of the target.
  Embedding target_embedding = Embedding{.count = target_vocabulary, .width = width, .stddev = 1};
  Recurrent<Unit> encoder =
      Recurrent<Unit>{.in = width, .width = width / 2, .depth = depth, .bidirectional = true, .dropout = dropout};
  Recurrent<Unit> decoder = Recurrent<Unit>{
      .in = input_feeding ? 2 * width : width.value, .width = width, .depth = depth, .dropout = dropout};
  Attention attention = Attention{.width = width};
  std::optional<Linear> combine = when(attends, [&] { return Linear{.in = 2 * width, .out = width, .biased = false}; });
  Linear output = Linear{.in = width, .out = target_vocabulary};
  Dropout hidden_dropout = Dropout{.probability = dropout};

  /// Mean cross-entropy of the labels. target_input are the decoder's input tokens, usually the labels of each sequence
  /// shifted right: with a begin-of-sequence token in front, and without the end-of-sequence token.
  Tensor loss(const Tensor& source, const Sequences& source_sequences, const Tensor& target_input,
              const Tensor& target_labels, const Sequences& target_sequences, double label_smoothing = 0) const {
    RecurrentDecodingState state = initial_state(source, source_sequences);
    return linear_cross_entropy(decode(state, target_input, target_sequences), output.weight,
                                output.bias ? Tensor(*output.bias) : Tensor{}, target_labels,
                                {.label_smoothing = label_smoothing});
  }

  /// Logits at all target tokens, [target tokens, target_vocabulary].
  Tensor operator()(const Tensor& source, const Sequences& source_sequences, const Tensor& target_input,
                    const Sequences& target_sequences) const {
    RecurrentDecodingState state = initial_state(source, source_sequences);
    return output(decode(state, target_input, target_sequences));
  }

  /// Encodes the source, and returns the initial decoding state, with a row for each source sequence.
  RecurrentDecodingState initial_state(const Tensor& source, const Sequences& source_sequences) const {
    expect_usable(*this);
    const RecurrentOutput read = encoder.run(hidden_dropout(source_embedding(source)), source_sequences);
    RecurrentDecodingState state{{}, {}, {}, {}, source_sequences};
    for (std::size_t i = 0; i < read.state.hidden.size(); i += 2) {
      state.recurrent.hidden.push_back(concat({read.state.hidden[i], read.state.hidden[i + 1]}, 1));
      if (Unit::has_cell) state.recurrent.cell.push_back(concat({read.state.cell[i], read.state.cell[i + 1]}, 1));
    }
    if constexpr (attends) {
      state.memory = read.y;
      state.keys = attention.keys(read.y);
      if (input_feeding) state.input_feed = zeros({source_sequences.count(), width}, read.y.dtype());
    } else {
      if (input_feeding) state.input_feed = state.recurrent.hidden.back();
    }
    return state;
  }

  /// Decoding step: appends new tokens of each row, at least one, and returns the logits of the next token, [rows,
  /// target_vocabulary].
  Tensor decode_step(RecurrentDecodingState& state, const Tensor& tokens, const Sequences& sequences) const {
    const Tensor last = detail::last_tokens(*this, sequences);
    return output(gather_rows(decode(state, tokens, sequences), last));
  }

  /// Runs the decoder over new tokens of each row, and returns the hidden states before the output layer: [tokens,
  /// width].
  Tensor decode(RecurrentDecodingState& state, const Tensor& tokens, const Sequences& sequences) const {
    expect_usable(*this);
    detail::check_decoding(*this, tokens, sequences, state);
    const Tensor x = hidden_dropout(target_embedding(tokens));
    if constexpr (attends) {
      if (input_feeding) return decode_stepwise(state, x, sequences);
    }
    const Tensor given = state.input_feed ? concat({x, gather_rows(state.input_feed, sequence_ids(sequences))}, 1) : x;
    RecurrentOutput run = decoder.run(given, sequences, state.recurrent);
    state.recurrent = run.state;
    return attended(run.y, state, sequences);
  }

  /// Combines the decoder's top states with the attended memory, if there is attention: the input of the output layer.
  Tensor attended(const Tensor& top, const RecurrentDecodingState& state, const Sequences& sequences) const {
    if constexpr (attends) {
      const Tensor found = attention.attend(top, state.keys, state.memory, sequences, state.memory_sequences);
      return hidden_dropout(tanh((*combine)(concat({found, top}, 1))));
    } else {
      return hidden_dropout(top);
    }
  }

  /// Decodes step by step, since with input feeding each step depends on the attention of the previous one. Rows are
  /// sorted by length, so that the active rows of a step are the first ones.
  Tensor decode_stepwise(RecurrentDecodingState& state, const Tensor& x, const Sequences& sequences) const {
    const detail::DecodingSteps steps{sequences};
    RecurrentDecodingState now = state;
    if (!steps.in_order) now.select(steps.order);
    const RecurrentDecodingState before = now;
    std::vector<RecurrentState> states;
    std::vector<Tensor> outputs;
    for (const Tensor& of_step : split(gather_rows(x, steps.tokens), steps.alive, 0)) {
      now.keep_first(of_step.size(0));
      const auto one_each = Sequences::equal(of_step.size(0), 1);
      RecurrentOutput run = decoder.run(concat({of_step, now.input_feed}, 1), one_each, now.recurrent);
      now.recurrent = run.state;
      now.input_feed = attended(run.y, now, one_each);
      states.push_back(now.recurrent);
      outputs.push_back(now.input_feed);
    }
    state.recurrent = steps.at_end(before.recurrent, states);
    state.input_feed = steps.at_end(before.input_feed, outputs);
    return steps.at_tokens(before.input_feed, outputs);
  }

  void check() const {
    expect_at_least(*this, 0, source_vocabulary, target_vocabulary, width);
    expect_at_least(*this, 1, depth);
    detail::check_even_width(*this, width);
    const bool are_alike = encoder.depth == depth && decoder.depth == depth && encoder.bidirectional &&
                           2 * encoder.width == width && decoder.width == width && !decoder.bidirectional;
    if (!are_alike || combine.has_value() != attends) detail::wrong_parts(*this);
  }
};

}  // namespace heed::nn
