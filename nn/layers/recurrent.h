// Recurrent layers: GRU and LSTM.
#pragma once

#include "../../ops/linalg/matmul.h"
#include "../../ops/recurrent/recurrent.h"
#include "../../ops/recurrent/recurrent_cell.h"
#include "../../ops/shape/view.h"
#include "../fields/expect.h"
#include "../fields/init.h"
#include "../fields/repeat.h"
#include "dropout.h"

namespace heed::nn {

/// States of a recurrent stack, each [sequences, width]: for each layer the forward state and then, if bidirectional,
/// the backward state. A GRU has no cell states. Empty vectors mean zeros.
struct RecurrentState {
  /// Hidden and cell states.
  std::vector<Tensor> hidden, cell;

  /// Returns the states of the given rows:  rows: int64 [new rows].
  RecurrentState select(const Tensor& rows) const;
};

/// Output of a recurrent stack: the top layer's hidden states at each token, and all states after the last token.
struct RecurrentOutput {
  Tensor y;  // hidden states, [tokens, width] (both directions side by side)
  /// States after the last token.
  RecurrentState state;
};

/// Output of one unit in one direction: the hidden states at each token, and the state after the last token.
struct UnitOutput {
  Tensor y;  // hidden states, [tokens, width]
  LstmState last;
};

/// Gated recurrent unit (GRU) over each sequence (ops/recurrent/recurrent.h):
///   h = gru_cell(x W_x^T + b_x, h W_h^T + b_h, h)
/// x: [tokens, in], W_x = input_weight: [3 width, in], W_h = hidden_weight: [3 width, width], b_x = input_bias, b_h =
/// hidden_bias: [3 width]. x W_x^T is one matrix product for all tokens. Weights are initialised by
/// uniform_by_inputs(width).
/// Cho et al. 2014, arXiv:1406.1078; Chung et al. 2014, arXiv:1412.3555.
struct GruUnit {
  Size in, width;
  Parameter input_weight{{3 * width, in}, uniform_by_inputs(width)};
  Parameter hidden_weight{{3 * width, width}, uniform_by_inputs(width)};
  Parameter input_bias{{3 * width}, uniform_by_inputs(width), Role::bias};
  Parameter hidden_bias{{3 * width}, uniform_by_inputs(width), Role::bias};
  /// True if the unit has a cell state.
  static constexpr bool has_cell = false;

  /// Runs over all sequences, from the initial states (empty: zeros) in one direction.
  UnitOutput run(const Tensor& x, const Sequences& sequences, Direction direction, const LstmState& initial) const;
};

/// Long short-term memory (LSTM) over each sequence (ops/recurrent/recurrent.h):
///   (h, c) = lstm_cell(x W_x^T + b_x, h W_h^T + b_h, c)
/// with input_weight, hidden_weight, input_bias and hidden_bias as in GruUnit, but 4 width in place of 3 width.
/// Hochreiter and Schmidhuber 1997, "Long short-term memory".
struct LstmUnit {
  Size in, width;
  Parameter input_weight{{4 * width, in}, uniform_by_inputs(width)};
  Parameter hidden_weight{{4 * width, width}, uniform_by_inputs(width)};
  Parameter input_bias{{4 * width}, uniform_by_inputs(width), Role::bias};
  Parameter hidden_bias{{4 * width}, uniform_by_inputs(width), Role::bias};
  /// True if the unit has a cell state.
  static constexpr bool has_cell = true;

  /// Runs over all sequences, from the initial states (empty: zeros) in one direction.
  UnitOutput run(const Tensor& x, const Sequences& sequences, Direction direction, const LstmState& initial) const;
};

namespace detail {
/// Throws Error unless the state has one tensor for each layer and direction, or none.
void check_state(AnyLayer layer, const RecurrentState& state, std::int64_t runs, bool has_cell);
[[noreturn, gnu::cold]] void wrong_backward(AnyLayer layer, std::size_t count, std::size_t expected);
template <fields::Layer L>
void expect_backward(const L& layer, std::size_t count, std::size_t expected) {
  if (count != expected) wrong_backward(layer, count, expected);
}
}  // namespace detail

/// Multi-layer recurrent network: x: [tokens, in], y: [tokens, width], or, if bidirectional (Schuster and Paliwal 1997,
/// "Bidirectional recurrent neural networks"), [tokens, 2 width]: forward and backward states concatenated. In
/// training, dropout with probability `dropout` is applied between layers. Weights and the order of gates are those of
/// PyTorch's GRU and LSTM on packed sequences.
template <class Unit>
struct Recurrent {
  Size in, width;
  Size depth = 1;
  bool bidirectional = false;
  float dropout = 0;
  std::vector<Unit> forward = repeat(depth, [&](int layer) { return Unit{.in = input_of(layer), .width = width}; });
  std::vector<Unit> backward =
      repeat(bidirectional ? depth : Size{0}, [&](int layer) { return Unit{.in = input_of(layer), .width = width}; });
  Dropout between = Dropout{.probability = dropout};

  /// Starts from zero states.
  Tensor operator()(const Tensor& x, const Sequences& sequences) const { return run(x, sequences).y; }

  /// Starts from the given states, such as those of an earlier run.
  RecurrentOutput run(Tensor x, const Sequences& sequences, const RecurrentState& initial = {}) const {
    expect_usable(*this);
    expect_last_axis(*this, x, in);
    detail::check_state(*this, initial, depth * directions(), Unit::has_cell);
    RecurrentOutput all;
    for (std::size_t layer = 0; layer < forward.size(); ++layer) {
      if (layer > 0) x = between(x);
      const auto one = [&](const Unit& unit, Direction direction) {
        const std::size_t i = all.state.hidden.size();
        UnitOutput done = unit.run(
            x, sequences, direction,
            {initial.hidden.empty() ? Tensor{} : initial.hidden[i], initial.cell.empty() ? Tensor{} : initial.cell[i]});
        all.state.hidden.push_back(done.last.hidden);
        if (Unit::has_cell) all.state.cell.push_back(done.last.cell);
        return done.y;
      };
      Tensor y = one(forward[layer], Direction::forward);
      x = bidirectional ? concat({y, one(backward[layer], Direction::backward)}, 1) : y;
    }
    all.y = x;
    return all;
  }

  /// Number of directions: 1 or 2.
  std::int64_t directions() const { return bidirectional ? 2 : 1; }
  /// Width of the input of a layer.
  std::int64_t input_of(int layer) const { return layer == 0 ? in.value : directions() * width; }

  void check() const {
    expect_at_least(*this, 0, in, width);
    expect_at_least(*this, 1, depth);
    expect_count(*this, "forward layers", forward, depth);
    detail::expect_backward(*this, backward.size(), bidirectional ? forward.size() : 0);
  }
};

/// GRU of several layers.
using Gru = Recurrent<GruUnit>;
/// LSTM of several layers.
using Lstm = Recurrent<LstmUnit>;

}  // namespace heed::nn
