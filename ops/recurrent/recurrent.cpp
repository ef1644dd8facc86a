#include "recurrent.h"

#include <algorithm>

#include "../../graph/create.h"
#include "../../graph/fail.h"
#include "../index/gather_rows.h"
#include "../kernels/elementwise.h"
#include "../kernels/gemm/gemm_packed.h"
#include "../kernels/recurrent.h"
#include "../kernels/workspace.h"
#include "../linalg/matmul.h"
#include "../linalg/precision.h"
#include "../reduce/reduce.h"
#include "../shape/view.h"
#include "../support/elementwise.h"
#include "../support/recurrent_schedule.h"
#include "recurrent_cell.h"

namespace heed {
using namespace heed::detail;

namespace {

/// Repeated products of few rows with one matrix. With several chunks the matrix is packed once, and each chunk
/// multiplies on one thread; else every product uses all threads.
template <class T>
class StateProduct {
 public:
  /// c = a W^T + bias, W: [n, k]; or with `transposed` c = a W + c, W: [k, n], where c is added if beta is 1.
  StateProduct(const T* weight, bool transpose, std::int64_t n, std::int64_t k, const T* bias, T beta,
               std::int64_t step_c, std::int64_t chunks)
      : product_{.transpose_b = transpose,
                 .n = n,
                 .k = k,
                 .lda = k,
                 .b = weight,
                 .ldb = transpose ? k : n,
                 .ldc = step_c,
                 .beta = beta,
                 .bias_of = bias ? kernels::Bias::per_column : kernels::Bias::none,
                 .bias = bias} {
    if (chunks <= 1 || n == 0 || k == 0) return;
    const std::int64_t columns = kernels::get<kernels::PackedGemm<T>>().columns, panels = (n + columns - 1) / columns;
    packed_ = empty({panels * columns * k}, dtype_of<T>);
    T* to = fill<T>(packed_);
    parallel(panels, 0.5 * static_cast<double>(columns * k), [&](Range part) {
      kernels::get<kernels::PackedGemm<T>>().pack(product_, part.begin * columns, std::min(part.end * columns, n),
                                                  to + part.begin * columns * k);
    });
  }

  void operator()(std::int64_t rows, const T* a, T* c) const {
    kernels::Gemm<T> now = product_;
    now.m = rows;
    now.a = a;
    now.c = c;
    if (!packed_) {
      const PrecisionScope whole(float32);
      return kernels::gemm(now);
    }
    kernels::count_multiply_adds(now.m * now.n * now.k);
    const kernels::PackedGemm<T>& own = kernels::get<kernels::PackedGemm<T>>();
    own.multiply(now, fill<T>(packed_), kernels::workspace<kernels::Workspace::chunk, T>(own.workspace));
  }

 private:
  kernels::Gemm<T> product_;
  Tensor packed_;
};

/// States of a run: before each step, in the schedule's rows, and after the last step, by sequence.
template <class T>
struct StateRows {
  T *before, *last;
  std::int64_t width;

  T* at(std::int64_t row) const { return before + row * width; }
  T* after(const Place& place) const { return place.next < 0 ? last + place.sequence * width : at(place.next); }
  void begin(const Place& place, const T* initial) const {
    T* to = place.row < 0 ? last + place.sequence * width : at(place.row);
    if (initial) {
      std::copy_n(initial + place.sequence * width, width, to);
    } else {
      std::fill_n(to, width, T{});
    }
  }
};

/// Gradient of a state during the backward pass, in the schedule's slots.
template <class T>
struct Carried {
  T* slots;
  const T* dlast;  // by sequence; null: zeros
  std::int64_t width;

  T* at(std::int64_t slot) const { return slots + slot * width; }
  /// Sets the gradient at the last step of a sequence to that of the last state.
  void end(const Place& place) const {
    if (dlast) {
      std::copy_n(dlast + place.sequence * width, width, at(place.slot));
    } else {
      std::fill_n(at(place.slot), width, T{});
    }
  }
  void put(const Place& place, T* dinitial) const {
    if (place.row < 0) end(place);
    std::copy_n(at(place.slot), width, dinitial + place.sequence * width);
  }
};

template <class T>
const T* read_or_null(const Tensor& x) {
  return x ? read<T>(x) : nullptr;
}
Tensor contiguous_data(const Tensor& x) {
  return x ? no_grad([&] { return contiguous(x.detach()); }) : x;
}

/// Values saved for backward.
struct Saved {
  Tensor gates, hidden, cell;  // by the schedule's rows: [tokens, 4 width], and before each step [tokens, width]
};

// ---- Forward and backward runs ----------- ------------------------------------------------------------------------

template <class T>
void run_gru(const Schedule& schedule, const StateProduct<T>& product, const Tensor& input, const T* initial,
             const Saved& saved, const GruOutput& run) {
  const std::int64_t width = run.y.shape()[1];
  const StateRows<T> hidden{fill<T>(saved.hidden), fill<T>(run.hidden), width};
  const T* of_input = read<T>(input);
  T *gates = fill<T>(saved.gates), *y = fill<T>(run.y);
  const auto step = kernels::get<kernels::RecurrentKernels<T>>().gru_step;
  parallel_chunks(schedule.chunks(), [&](std::int64_t chunk) {
    schedule.begin(chunk, [&](const Place& place) { hidden.begin(place, initial); });
    schedule.forward(
        chunk,
        [&](std::int64_t active, std::int64_t row, std::int64_t) {
          product(active, hidden.at(row), gates + row * 4 * width);
        },
        [&](const Place& place) {
          T *of_gates = gates + place.row * 4 * width, *after = hidden.after(place);
          step(width, {of_input + place.token * 3 * width, of_gates, hidden.at(place.row), of_gates, after});
          std::copy_n(after, width, y + place.token * width);
        });
  });
}

template <class T>
void run_lstm(const Schedule& schedule, const StateProduct<T>& product, const Tensor& input, const T* initial_hidden,
              const T* initial_cell, const Saved& saved, const LstmOutput& run) {
  const std::int64_t width = run.y.shape()[1];
  const StateRows<T> hidden{fill<T>(saved.hidden), fill<T>(run.hidden), width};
  const StateRows<T> cell{fill<T>(saved.cell), fill<T>(run.cell), width};
  const T* of_input = read<T>(input);
  T *gates = fill<T>(saved.gates), *y = fill<T>(run.y);
  const auto step = kernels::get<kernels::RecurrentKernels<T>>().lstm_step;
  parallel_chunks(schedule.chunks(), [&](std::int64_t chunk) {
    schedule.begin(chunk, [&](const Place& place) {
      hidden.begin(place, initial_hidden);
      cell.begin(place, initial_cell);
    });
    schedule.forward(
        chunk,
        [&](std::int64_t active, std::int64_t row, std::int64_t) {
          product(active, hidden.at(row), gates + row * 4 * width);
        },
        [&](const Place& place) {
          T *of_gates = gates + place.row * 4 * width, *after = hidden.after(place);
          step(width,
               {of_input + place.token * 4 * width, of_gates, cell.at(place.row), of_gates, cell.after(place), after});
          std::copy_n(after, width, y + place.token * width);
        });
  });
}

/// Adds a token's gradient to that of the state after it.
template <class T>
void add_token(const T* dy, const Place& place, std::int64_t width, T* dafter) {
  if (dy) kernels::get<kernels::NumberKernels<T>>().add_to({dy + place.token * width, 1}, dafter, width);
}

template <class T>
void run_gru_backward(const Schedule& schedule, const StateProduct<T>& product, const Saved& saved, const Tensor& dy,
                      const Tensor& dlast, const Tensor& dinput, const Tensor& dproduct, const Tensor& dinitial) {
  const std::int64_t width = saved.hidden.shape()[1];
  const Tensor slots = empty(dinitial.shape(), dinitial.dtype());
  const Carried<T> carried{fill<T>(slots), read_or_null<T>(dlast), width};
  const T *gates = read<T>(saved.gates), *before = read<T>(saved.hidden), *of_tokens = read_or_null<T>(dy);
  T *to_input = fill<T>(dinput), *to_product = fill<T>(dproduct), *to_initial = fill<T>(dinitial);
  const auto step = kernels::get<kernels::RecurrentKernels<T>>().gru_step_backward;
  parallel_chunks(schedule.chunks(), [&](std::int64_t chunk) {
    schedule.backward(
        chunk,
        [&](std::int64_t active, std::int64_t row, std::int64_t slot) {
          product(active, to_product + row * 3 * width, carried.at(slot));
        },
        [&](const Place& place) {
          if (place.next < 0) carried.end(place);
          T* state = carried.at(place.slot);
          add_token(of_tokens, place, width, state);
          step(width, {gates + place.row * 4 * width, before + place.row * width, state,
                       to_input + place.token * 3 * width, to_product + place.row * 3 * width, state});
        });
    schedule.begin(chunk, [&](const Place& place) { carried.put(place, to_initial); });
  });
}

/// dproduct is dinput in the order of the schedule's rows.
template <class T>
void run_lstm_backward(const Schedule& schedule, const StateProduct<T>& product, const Saved& saved, const Tensor& dy,
                       const LstmState& dlast, const Tensor& dinput, const Tensor& dproduct,
                       const LstmState& dinitial) {
  const std::int64_t width = saved.hidden.shape()[1];
  const Tensor hidden_slots = empty(dinitial.hidden.shape(), dinput.dtype());
  const Tensor cell_slots = empty(dinitial.cell.shape(), dinput.dtype());
  const Carried<T> hidden{fill<T>(hidden_slots), read_or_null<T>(dlast.hidden), width};
  const Carried<T> cell{fill<T>(cell_slots), read_or_null<T>(dlast.cell), width};
  const T *gates = read<T>(saved.gates), *before = read<T>(saved.cell), *of_tokens = read_or_null<T>(dy);
  T *to_input = fill<T>(dinput), *to_product = fill<T>(dproduct);
  T *to_hidden = fill<T>(dinitial.hidden), *to_cell = fill<T>(dinitial.cell);
  const auto step = kernels::get<kernels::RecurrentKernels<T>>().lstm_step_backward;
  parallel_chunks(schedule.chunks(), [&](std::int64_t chunk) {
    schedule.backward(
        chunk,
        [&](std::int64_t active, std::int64_t row, std::int64_t slot) {
          product(active, to_product + row * 4 * width, hidden.at(slot));
        },
        [&](const Place& place) {
          if (place.next < 0) {
            hidden.end(place);
            cell.end(place);
          }
          T *dhidden = hidden.at(place.slot), *dcell = cell.at(place.slot);
          T* dgates = to_product + place.row * 4 * width;
          add_token(of_tokens, place, width, dhidden);
          step(width, {gates + place.row * 4 * width, before + place.row * width, dcell, dhidden, dgates, dcell});
          std::copy_n(dgates, 4 * width, to_input + place.token * 4 * width);
        });
    schedule.begin(chunk, [&](const Place& place) {
      hidden.put(place, to_hidden);
      cell.put(place, to_cell);
    });
  });
}

// ---- Composition of ops ------ ------------------------------------------------------------------------------------

/// Order of the steps of a composed run over all sequences, the longest first. The states after each step are those of
/// the active sequences; at_tokens and at_end select from them the state after each token, and the last state.
class Composed {
 public:
  Composed(const Sequences& sequences, Direction direction) : sequences_(sequences), direction_(direction) {
    for (std::int64_t i = 0; i < sequences.count(); ++i) order_.push_back(i);
    std::sort(order_.begin(), order_.end(), [&](std::int64_t a, std::int64_t b) {
      return sequences.length(a) != sequences.length(b) ? sequences.length(a) > sequences.length(b) : a < b;
    });
    rows_.resize(static_cast<std::size_t>(sequences.tokens()));
    last_.resize(order_.size());
    for (std::size_t i = 0; i < order_.size(); ++i)  // the initial states come first
      last_[static_cast<std::size_t>(order_[i])] = static_cast<std::int64_t>(i);
  }

  Tensor order() const { return tensor(order_); }
  /// Returns the tokens of step t, in the order of the sequences.
  Tensor tokens(std::int64_t t) {
    std::vector<std::int64_t> tokens;
    for (const std::int64_t sequence : order_) {
      const std::int64_t length = sequences_.length(sequence);
      if (length <= t) break;
      const std::int64_t token = sequences_.offset(sequence) + (direction_ == Direction::forward ? t : length - 1 - t);
      const std::int64_t row = static_cast<std::int64_t>(order_.size()) + count_++;
      rows_[static_cast<std::size_t>(token)] = last_[static_cast<std::size_t>(sequence)] = row;
      tokens.push_back(token);
    }
    return tensor(tokens);
  }
  /// Select from the initial states and those after each step.
  Tensor at_tokens(const std::vector<Tensor>& states) const { return gather_rows(concat(states), tensor(rows_)); }
  Tensor at_end(const std::vector<Tensor>& states) const { return gather_rows(concat(states), tensor(last_)); }

 private:
  Sequences sequences_;
  Direction direction_;
  std::vector<std::int64_t> order_, rows_, last_;
  std::int64_t count_ = 0;
};

/// Number of steps, at least one even without tokens, so that each input gets a gradient of zeros.
std::int64_t steps_of(const Sequences& sequences) { return std::max<std::int64_t>(sequences.max_length(), 1); }

Tensor initial_state(const Tensor& given, const Sequences& sequences, std::int64_t width, const Tensor& like) {
  return given ? given : zeros({sequences.count(), width}, like.dtype());
}

std::vector<Tensor> composed_gru(const Tensor& input, const Tensor& weight, const Tensor& bias, const Tensor& initial,
                                 const Sequences& sequences, Direction direction) {
  Composed walk{sequences, direction};
  std::vector<Tensor> hidden{gather_rows(initial_state(initial, sequences, weight.shape()[1], weight), walk.order())};
  for (std::int64_t t = 0; t < steps_of(sequences); ++t) {
    const Tensor a = gather_rows(input, walk.tokens(t)), before = slice(hidden.back(), 0, 0, a.size(0));
    hidden.push_back(gru_cell(a, linear(before, weight, bias), before));
  }
  return {walk.at_tokens(hidden), walk.at_end(hidden)};
}

std::vector<Tensor> composed_lstm(const Tensor& input, const Tensor& weight, const Tensor& bias,
                                  const LstmState& initial, const Sequences& sequences, Direction direction) {
  Composed walk{sequences, direction};
  const std::int64_t width = weight.shape()[1];
  std::vector<Tensor> hidden{gather_rows(initial_state(initial.hidden, sequences, width, weight), walk.order())};
  std::vector<Tensor> cell{gather_rows(initial_state(initial.cell, sequences, width, weight), walk.order())};
  for (std::int64_t t = 0; t < steps_of(sequences); ++t) {
    const Tensor a = gather_rows(input, walk.tokens(t));
    const LstmState after =
        lstm_cell(a, linear(slice(hidden.back(), 0, 0, a.size(0)), weight, bias), slice(cell.back(), 0, 0, a.size(0)));
    hidden.push_back(after.hidden);
    cell.push_back(after.cell);
  }
  return {walk.at_tokens(hidden), walk.at_end(hidden), walk.at_end(cell)};
}

// ---- Checks -------------------------------------------------------------------------------------------------------

void check_shape(const char* op, const char* name, const Tensor& x, const Shape& expected, const Tensor& weight,
                 const Sequences& sequences) {
  check_same_dtype(op, name, x, "weight", weight);
  if (x.shape() != expected)
    fail("{}: {} is {}, but with weight {} and {} tokens of {} sequences it must be {}", op, name, to_string(x.shape()),
         to_string(weight.shape()), sequences.tokens(), sequences.count(), to_string(expected));
}

void check_operands(const char* op, std::int64_t gates, const Tensor& input, const Tensor& weight, const Tensor& bias,
                    const Sequences& sequences) {
  if (weight.rank() != 2 || weight.shape()[0] != gates * weight.shape()[1])
    fail("{}: weight is {}, but it must be [{} width, width]", op, to_string(weight.shape()), gates);
  const std::int64_t width = weight.shape()[1];
  check_shape(op, "input", input, {sequences.tokens(), gates * width}, weight, sequences);
  if (bias) check_shape(op, "bias", bias, {gates * width}, weight, sequences);
}

void check_state(const char* op, const char* name, const Tensor& state, const Tensor& weight,
                 const Sequences& sequences) {
  if (state) check_shape(op, name, state, {sequences.count(), weight.shape()[1]}, weight, sequences);
}

}  // namespace

GruOutput gru(const Tensor& input, const Tensor& weight, const Tensor& bias, const Tensor& hidden,
              const Sequences& sequences, Direction direction) {
  check_operands("gru", 3, input, weight, bias, sequences);
  check_state("gru", "hidden", hidden, weight, sequences);
  const std::int64_t tokens = sequences.tokens(), count = sequences.count(), width = weight.shape()[1];
  const DType dtype = weight.dtype();
  const GruOutput run{empty({tokens, width}, dtype), empty({count, width}, dtype)};
  const Saved saved{empty({tokens, 4 * width}, dtype), empty({tokens, width}, dtype), {}};
  with_floating("gru", dtype, [&]<class T>() {
    const Tensor a = contiguous_data(input), w = contiguous_data(weight), b = contiguous_data(bias),
                 h = contiguous_data(hidden);
    const Schedule schedule{sequences, direction};
    const StateProduct<T> product{read<T>(w),         true, 3 * width, width,
                                  read_or_null<T>(b), T{0}, 4 * width, schedule.chunks()};
    run_gru<T>(schedule, product, a, read_or_null<T>(h), saved, run);
  });
  const auto recorded = differentiable(
      "gru", {input, weight, bias, hidden}, std::array{run.y, run.hidden},
      [weight, saved, sequences, direction, width](const Tensor& dy, const Tensor& dlast) {
        const Tensor dinput = empty({sequences.tokens(), 3 * width}, weight.dtype());
        const Tensor dproduct = empty(dinput.shape(), weight.dtype());
        const Tensor dinitial = empty({sequences.count(), width}, weight.dtype());
        with_floating("gru", weight.dtype(), [&]<class T>() {
          const Tensor w = contiguous_data(weight);
          const Schedule schedule{sequences, direction};
          const StateProduct<T> product{read<T>(w), false, width, 3 * width, nullptr, T{1}, width, schedule.chunks()};
          run_gru_backward<T>(schedule, product, saved, contiguous_data(dy), contiguous_data(dlast), dinput, dproduct,
                              dinitial);
        });
        return Gradients{dinput, [&] { return matmul(transpose(dproduct), saved.hidden); },
                         [&] { return sum(dproduct, {0}); }, dinitial};
      },
      [sequences, direction](const Tensor& a, const Tensor& w, const Tensor& b, const Tensor& h) {
        return composed_gru(a, w, b, h, sequences, direction);
      });
  return {recorded[0], recorded[1]};
}

LstmOutput lstm(const Tensor& input, const Tensor& weight, const Tensor& bias, const Tensor& hidden, const Tensor& cell,
                const Sequences& sequences, Direction direction) {
  check_operands("lstm", 4, input, weight, bias, sequences);
  check_state("lstm", "hidden", hidden, weight, sequences);
  check_state("lstm", "cell", cell, weight, sequences);
  const std::int64_t tokens = sequences.tokens(), count = sequences.count(), width = weight.shape()[1];
  const DType dtype = weight.dtype();
  const LstmOutput run{empty({tokens, width}, dtype), empty({count, width}, dtype), empty({count, width}, dtype)};
  const Saved saved{empty({tokens, 4 * width}, dtype), empty({tokens, width}, dtype), empty({tokens, width}, dtype)};
  with_floating("lstm", dtype, [&]<class T>() {
    const Tensor a = contiguous_data(input), w = contiguous_data(weight), b = contiguous_data(bias);
    const Tensor h = contiguous_data(hidden), c = contiguous_data(cell);
    const Schedule schedule{sequences, direction};
    const StateProduct<T> product{read<T>(w),         true, 4 * width, width,
                                  read_or_null<T>(b), T{0}, 4 * width, schedule.chunks()};
    run_lstm<T>(schedule, product, a, read_or_null<T>(h), read_or_null<T>(c), saved, run);
  });
  const auto recorded = differentiable(
      "lstm", {input, weight, bias, hidden, cell}, std::array{run.y, run.hidden, run.cell},
      [weight, saved, sequences, direction, width](const Tensor& dy, const Tensor& dhidden, const Tensor& dcell) {
        const Tensor dinput = empty({sequences.tokens(), 4 * width}, weight.dtype());
        const Tensor dproduct = empty(dinput.shape(), weight.dtype());
        const LstmState dinitial{empty({sequences.count(), width}, weight.dtype()),
                                 empty({sequences.count(), width}, weight.dtype())};
        with_floating("lstm", weight.dtype(), [&]<class T>() {
          const Tensor w = contiguous_data(weight);
          const Schedule schedule{sequences, direction};
          const StateProduct<T> product{read<T>(w), false, width, 4 * width, nullptr, T{0}, width, schedule.chunks()};
          run_lstm_backward<T>(schedule, product, saved, contiguous_data(dy),
                               {contiguous_data(dhidden), contiguous_data(dcell)}, dinput, dproduct, dinitial);
        });
        return Gradients{dinput, [&] { return matmul(transpose(dproduct), saved.hidden); },
                         [&] { return sum(dproduct, {0}); }, dinitial.hidden, dinitial.cell};
      },
      [sequences, direction](const Tensor& a, const Tensor& w, const Tensor& b, const Tensor& h, const Tensor& c) {
        return composed_lstm(a, w, b, {h, c}, sequences, direction);
      });
  return {recorded[0], recorded[1], recorded[2]};
}

}  // namespace heed
