#include "recurrent_cell.h"

#include "../../graph/create.h"
#include "../kernels/recurrent.h"
#include "../math/activations.h"
#include "../math/arithmetic.h"
#include "../math/trigonometry.h"
#include "../shape/view.h"
#include "../support/alike.h"
#include "../support/rows.h"

namespace heed {
using namespace heed::detail;

namespace {

// Approximate nanoseconds per element of the state; they only determine how finely rows are cut.
constexpr double forward_cost = 3, backward_cost = 2;

void check_operands(const char* op, const Tensor& input, const Tensor& product, const char* state_name,
                    const Tensor& state, int gates) {
  check_same_shape(op, "input", input, "product", product);
  check_same_dtype(op, "input", input, state_name, state);
  if (state.rank() != 2 || input.shape() != Shape{state.shape()[0], gates * state.shape()[1]})
    fail("{}: {} is {} and input is {}, but they must be [rows, width] and [rows, {} width]", op, state_name,
         to_string(state.shape()), to_string(input.shape()), gates);
}

/// Calls body(row) for all rows of the state.
template <class Body>
void each_row(const Tensor& state, double cost, const Body& body) {
  parallel(state.shape()[0], cost * static_cast<double>(state.shape()[1]) + 10, [&](Range part) {
    for (std::int64_t row = part.begin; row < part.end; ++row) body(row);
  });
}

/// Returns gate `index` of concatenated gates.
Tensor gate(const Tensor& gates, int index, std::int64_t width) {
  return slice(gates, 1, index * width, (index + 1) * width);
}

template <class T>
Gradients gru_backward(const Tensor& gates, const Tensor& hidden, const Tensor& dy) {
  const Tensor before = as_rows(hidden), given = as_rows(dy);
  const std::int64_t rows = hidden.shape()[0], width = hidden.shape()[1];
  Tensor dinput = empty({rows, 3 * width}, hidden.dtype()), dproduct = empty(dinput.shape(), hidden.dtype());
  Tensor dhidden = empty(hidden.shape(), hidden.dtype());
  const auto of_gates = read_rows<T>(gates), of_before = read_rows<T>(before), of_given = read_rows<T>(given);
  const auto to_input = fill_rows<T>(dinput), to_product = fill_rows<T>(dproduct), to_hidden = fill_rows<T>(dhidden);
  each_row(hidden, backward_cost, [&](std::int64_t row) {
    kernels::get<kernels::RecurrentKernels<T>>().gru_step_backward(width, {.gates = of_gates[row],
                                                                           .before = of_before[row],
                                                                           .dafter = of_given[row],
                                                                           .dinput = to_input[row],
                                                                           .dproduct = to_product[row],
                                                                           .dbefore = to_hidden[row]});
  });
  return {dinput, dproduct, dhidden};
}

template <class T>
Gradients lstm_backward(const Tensor& gates, const Tensor& cell, const Tensor& dhidden, const Tensor& dcell) {
  const Tensor before = as_rows(cell);
  const Tensor of_hidden = as_rows(dhidden ? dhidden : zeros(cell.shape(), cell.dtype()));
  const Tensor of_cell = as_rows(dcell ? dcell : zeros(cell.shape(), cell.dtype()));
  const std::int64_t width = cell.shape()[1];
  Tensor dgates = empty(gates.shape(), cell.dtype()), dbefore = empty(cell.shape(), cell.dtype());
  const auto of_gates = read_rows<T>(gates), of_before = read_rows<T>(before);
  const auto given_hidden = read_rows<T>(of_hidden), given_cell = read_rows<T>(of_cell);
  const auto to_gates = fill_rows<T>(dgates), to_before = fill_rows<T>(dbefore);
  each_row(cell, backward_cost, [&](std::int64_t row) {
    kernels::get<kernels::RecurrentKernels<T>>().lstm_step_backward(width, {.gates = of_gates[row],
                                                                            .before = of_before[row],
                                                                            .dafter = given_cell[row],
                                                                            .dhidden = given_hidden[row],
                                                                            .dgates = to_gates[row],
                                                                            .dbefore = to_before[row]});
  });
  return {dgates, dgates, dbefore};
}

}  // namespace

Tensor gru_cell(const Tensor& input, const Tensor& product, const Tensor& hidden) {
  check_operands("gru_cell", input, product, "hidden", hidden, 3);
  const std::int64_t rows = hidden.shape()[0], width = hidden.shape()[1];
  Tensor gates = empty({rows, 4 * width}, hidden.dtype()), y = empty(hidden.shape(), hidden.dtype());
  with_floating("gru_cell", hidden.dtype(), [&]<class T>() {
    const Tensor inputs = as_rows(input), products = as_rows(product), before = as_rows(hidden);
    const auto of_input = read_rows<T>(inputs), of_product = read_rows<T>(products), of_before = read_rows<T>(before);
    const auto to_gates = fill_rows<T>(gates), to = fill_rows<T>(y);
    each_row(hidden, forward_cost, [&](std::int64_t row) {
      kernels::get<kernels::RecurrentKernels<T>>().gru_step(width, {.input = of_input[row],
                                                                    .product = of_product[row],
                                                                    .before = of_before[row],
                                                                    .gates = to_gates[row],
                                                                    .after = to[row]});
    });
  });
  return differentiable(
      "gru_cell", {input, product, hidden}, y,
      [gates, hidden](const Tensor& dy) {
        return with_floating("gru_cell", dy.dtype(), [&]<class T>() { return gru_backward<T>(gates, hidden, dy); });
      },
      [width](const Tensor& a, const Tensor& p, const Tensor& h) {
        const Tensor r = sigmoid(gate(a, 0, width) + gate(p, 0, width));
        const Tensor z = sigmoid(gate(a, 1, width) + gate(p, 1, width));
        const Tensor n = tanh(gate(a, 2, width) + r * gate(p, 2, width));
        return n + z * (h - n);
      });
}

LstmState lstm_cell(const Tensor& input, const Tensor& product, const Tensor& cell) {
  check_operands("lstm_cell", input, product, "cell", cell, 4);
  const std::int64_t width = cell.shape()[1];
  Tensor gates = empty(input.shape(), cell.dtype());
  Tensor hidden = empty(cell.shape(), cell.dtype()), after = empty(cell.shape(), cell.dtype());
  with_floating("lstm_cell", cell.dtype(), [&]<class T>() {
    const Tensor inputs = as_rows(input), products = as_rows(product), before = as_rows(cell);
    const auto of_input = read_rows<T>(inputs), of_product = read_rows<T>(products), of_before = read_rows<T>(before);
    const auto to_gates = fill_rows<T>(gates), to_hidden = fill_rows<T>(hidden), to_cell = fill_rows<T>(after);
    each_row(cell, forward_cost, [&](std::int64_t row) {
      kernels::get<kernels::RecurrentKernels<T>>().lstm_step(width, {.input = of_input[row],
                                                                     .product = of_product[row],
                                                                     .before = of_before[row],
                                                                     .gates = to_gates[row],
                                                                     .after = to_cell[row],
                                                                     .hidden = to_hidden[row]});
    });
  });
  const auto recorded = differentiable(
      "lstm_cell", {input, product, cell}, std::array{hidden, after},
      [gates, cell](const Tensor& dhidden, const Tensor& dcell) {
        return with_floating("lstm_cell", cell.dtype(),
                             [&]<class T>() { return lstm_backward<T>(gates, cell, dhidden, dcell); });
      },
      [width](const Tensor& a, const Tensor& p, const Tensor& c) {
        const Tensor sum = a + p;
        const Tensor i = sigmoid(gate(sum, 0, width)), f = sigmoid(gate(sum, 1, width));
        const Tensor g = tanh(gate(sum, 2, width)), o = sigmoid(gate(sum, 3, width));
        const Tensor later = f * c + i * g;
        return std::array{o * tanh(later), later};
      });
  return {recorded[0], recorded[1]};
}

}  // namespace heed
