#include "recurrent.h"

#include "../../graph/fail.h"
#include "../../ops/index/gather_rows.h"

namespace heed::nn {

RecurrentState RecurrentState::select(const Tensor& rows) const {
  RecurrentState selected;
  for (const Tensor& state : hidden) selected.hidden.push_back(gather_rows(state, rows));
  for (const Tensor& state : cell) selected.cell.push_back(gather_rows(state, rows));
  return selected;
}

void detail::check_state(AnyLayer layer, const RecurrentState& state, std::int64_t runs, bool has_cell) {
  if (state.hidden.empty() && state.cell.empty()) return;
  const std::size_t hidden = static_cast<std::size_t>(runs), cell = has_cell ? hidden : 0;
  if (state.hidden.size() != hidden || state.cell.size() != cell)
    fail("{}: the state has {} hidden tensors and {} cells, but it must have {} and {}, or none", describe(layer),
         state.hidden.size(), state.cell.size(), hidden, cell);
}

void detail::wrong_backward(AnyLayer layer, std::size_t count, std::size_t expected) {
  fail("{}: there are {} backward layers, but there must be {}", describe(layer), count, expected);
}

UnitOutput GruUnit::run(const Tensor& x, const Sequences& sequences, Direction direction,
                        const LstmState& initial) const {
  expect_usable(*this);
  auto [y, hidden] =
      gru(linear(x, input_weight, input_bias), hidden_weight, hidden_bias, initial.hidden, sequences, direction);
  return {y, {hidden, {}}};
}

UnitOutput LstmUnit::run(const Tensor& x, const Sequences& sequences, Direction direction,
                         const LstmState& initial) const {
  expect_usable(*this);
  auto [y, hidden, cell] = lstm(linear(x, input_weight, input_bias), hidden_weight, hidden_bias, initial.hidden,
                                initial.cell, sequences, direction);
  return {y, {hidden, cell}};
}

}  // namespace heed::nn
