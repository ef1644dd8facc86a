#pragma once

#include <type_traits>

#include "../graph/create.h"
#include "../ops/elementary.h"
#include "../ops/index.h"
#include "../ops/loss.h"
#include "../ops/shape.h"
#include "embedding.h"
#include "memory_attention.h"
#include "recurrent.h"

namespace heed::nn {

/// In place of an attention: the decoder sees the encoder's last states alone, one vector whatever the length.
struct NoAttention {
  Size width;
};

/// How far a recurrent decoder has come with each row of a batch, and the source that it decodes.
struct RecurrentDecoding {
  RecurrentState recurrent;
  Tensor fed;           // [rows, width]: what the next step is given beside its token; empty without input feeding
  Tensor memory, keys;  // [memory tokens, width]: the encoder's states, and what attention makes of them; else empty
  Sequences memory_sequences;

  /// Keeps and reorders rows:  rows: int64 [new rows].
  void select(const Tensor& rows);
  /// The same for the first `count` rows.
  void keep_first(std::int64_t count);
};

namespace detail {

/// Which tokens a decoder takes at each step: the rows in the order of their lengths, the longest first.
struct DecodingSteps {
  explicit DecodingSteps(const Sequences& sequences);

  bool in_order = true;              // whether the rows have that order already
  Tensor order;                      // the row at each place
  Tensor tokens;                     // of all steps, one after the other
  std::vector<std::int64_t> alive;   // of each step, how many rows have it: the first ones
  Tensor made_at_tokens, made_last;  // where what the steps made is, by token and by row; rows before any step first

  /// From what each step made: at the tokens. Where there are none, of the width of what was before.
  Tensor at_tokens(const Tensor& before, const std::vector<Tensor>& made) const;
  /// After the last step of each row; `before` is what there was before the first step.
  Tensor at_end(const Tensor& before, const std::vector<Tensor>& made) const;
  RecurrentState at_end(const RecurrentState& before, const std::vector<RecurrentState>& made) const;
};

/// The last token of each sequence, int64 [sequences]. Throws Error in the layer's name if one is empty.
Tensor last_tokens(AnyLayer layer, const Sequences& sequences);
void check_even_width(AnyLayer layer, Size width);
[[noreturn, gnu::cold]] void wrong_parts(AnyLayer layer);
void check_decoding(AnyLayer layer, const Tensor& tokens, const Sequences& sequences, const RecurrentDecoding& state);

}  // namespace detail

/// A recurrent encoder reads a source, a recurrent decoder writes a target: Sutskever et al. 2014, arXiv:1409.3215, and
/// Cho et al. 2014, arXiv:1406.1078. Each layer of the encoder runs forward and backward with half the width; the
/// decoder's layer begins with both last states side by side. Its top states s give the logits:
///   without attention:  logits = output(s)               the encoder's last states are a bottleneck
///   with attention:     logits = output(a),  a = tanh(combine([y; s])),  y = attention(s) over the encoder's states
/// as in Luong et al. 2015, arXiv:1508.04025, section 3, with any score of memory_attention.h. With input feeding each
/// step of the decoder is given, beside its token's vector, the a of the step before (section 3.3), so that it knows
/// what was attended to, as in Bahdanau et al. 2015, arXiv:1409.0473; without attention it is given the encoder's last
/// top state at every step, as in Cho et al. The decoder then goes step by step, else all steps are one run.
///   tokens: int64 [tokens], ragged;  width: even;  Unit: GruUnit or LstmUnit.
template <class Attention = NoAttention, class Unit = GruUnit>
struct RecurrentEncoderDecoder {
  static constexpr bool attends = !std::is_same_v<Attention, NoAttention>;

  Size source_vocabulary, target_vocabulary, width;
  Size depth = 1;
  float dropout = 0;
  bool input_feeding = false;
  Embedding source_embedding = Embedding{.count = source_vocabulary, .width = width, .deviation = 1};
  Embedding target_embedding = Embedding{.count = target_vocabulary, .width = width, .deviation = 1};
  Recurrent<Unit> encoder =
      Recurrent<Unit>{.in = width, .width = width / 2, .depth = depth, .bidirectional = true, .dropout = dropout};
  Recurrent<Unit> decoder = Recurrent<Unit>{
      .in = input_feeding ? 2 * width : width.value, .width = width, .depth = depth, .dropout = dropout};
  Attention attention = Attention{.width = width};
  std::optional<Linear> combine = when(attends, [&] { return Linear{.in = 2 * width, .out = width, .biased = false}; });
  Linear output = Linear{.in = width, .out = target_vocabulary};
  Dropout hidden_dropout = Dropout{.probability = dropout};

  /// The mean cross-entropy of the labels; target_input are the tokens that the decoder is given, as a rule the labels
  /// with a beginning mark in front of each sequence and without its end mark.
  Tensor loss(const Tensor& source, const Sequences& source_sequences, const Tensor& target_input,
              const Tensor& target_labels, const Sequences& target_sequences, double label_smoothing = 0) const {
    RecurrentDecoding state = begin(source, source_sequences);
    return linear_cross_entropy(decode(state, target_input, target_sequences), output.weight,
                                output.bias ? Tensor(*output.bias) : Tensor{}, target_labels,
                                {.label_smoothing = label_smoothing});
  }

  /// Logits at all target tokens, [target tokens, target_vocabulary].
  Tensor operator()(const Tensor& source, const Sequences& source_sequences, const Tensor& target_input,
                    const Sequences& target_sequences) const {
    RecurrentDecoding state = begin(source, source_sequences);
    return output(decode(state, target_input, target_sequences));
  }

  /// Reads the source: a row of decoding for each of its sequences.
  RecurrentDecoding begin(const Tensor& source, const Sequences& source_sequences) const {
    expect_usable(*this);
    const RecurrentRun read = encoder.run(hidden_dropout(source_embedding(source)), source_sequences);
    RecurrentDecoding state{{}, {}, {}, {}, source_sequences};
    for (std::size_t i = 0; i < read.state.hidden.size(); i += 2) {
      state.recurrent.hidden.push_back(concat({read.state.hidden[i], read.state.hidden[i + 1]}, 1));
      if (Unit::has_cell) state.recurrent.cell.push_back(concat({read.state.cell[i], read.state.cell[i + 1]}, 1));
    }
    if constexpr (attends) {
      state.memory = read.y;
      state.keys = attention.keys(read.y);
      if (input_feeding) state.fed = zeros({source_sequences.count(), width}, read.y.dtype());
    } else {
      if (input_feeding) state.fed = state.recurrent.hidden.back();
    }
    return state;
  }

  /// Takes new tokens of each row, at least one: logits at the last of them, [rows, target_vocabulary].
  Tensor next(RecurrentDecoding& state, const Tensor& tokens, const Sequences& sequences) const {
    const Tensor last = detail::last_tokens(*this, sequences);
    return output(gather_rows(decode(state, tokens, sequences), last));
  }

  /// What the logits are made of, at all new tokens: [tokens, width].
  Tensor decode(RecurrentDecoding& state, const Tensor& tokens, const Sequences& sequences) const {
    expect_usable(*this);
    detail::check_decoding(*this, tokens, sequences, state);
    const Tensor x = hidden_dropout(target_embedding(tokens));
    if constexpr (attends) {
      if (input_feeding) return decode_stepwise(state, x, sequences);
    }
    const Tensor given = state.fed ? concat({x, gather_rows(state.fed, sequence_of_tokens(sequences))}, 1) : x;
    RecurrentRun run = decoder.run(given, sequences, state.recurrent);
    state.recurrent = run.state;
    return attended(run.y, state, sequences);
  }

  /// The decoder's top states as the logits want them: with what they attend to in the memory.
  Tensor attended(const Tensor& top, const RecurrentDecoding& state, const Sequences& sequences) const {
    if constexpr (attends) {
      const Tensor found = attention.attend(top, state.keys, state.memory, sequences, state.memory_sequences);
      return hidden_dropout(tanh((*combine)(concat({found, top}, 1))));
    } else {
      return hidden_dropout(top);
    }
  }

  /// With input feeding a step needs what the one before attended to. The rows go in the order of their lengths, so
  /// that those that have a step are the first ones.
  Tensor decode_stepwise(RecurrentDecoding& state, const Tensor& x, const Sequences& sequences) const {
    const detail::DecodingSteps steps{sequences};
    RecurrentDecoding now = state;
    if (!steps.in_order) now.select(steps.order);
    const RecurrentDecoding before = now;
    std::vector<RecurrentState> states;
    std::vector<Tensor> outputs;
    for (const Tensor& of_step : split(gather_rows(x, steps.tokens), steps.alive, 0)) {
      now.keep_first(of_step.size(0));
      const auto one_each = Sequences::equal(of_step.size(0), 1);
      RecurrentRun run = decoder.run(concat({of_step, now.fed}, 1), one_each, now.recurrent);
      now.recurrent = run.state;
      now.fed = attended(run.y, now, one_each);
      states.push_back(now.recurrent);
      outputs.push_back(now.fed);
    }
    state.recurrent = steps.at_end(before.recurrent, states);
    state.fed = steps.at_end(before.fed, outputs);
    return steps.at_tokens(before.fed, outputs);
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
