// Also tests ops/recurrent/recurrent_cell.h.
#include <cmath>

#include "catch.h"
#include "ops/table.h"

using namespace heed;
using namespace table;

namespace {

double sigma(double x) { return 1 / (1 + std::exp(-x)); }

/// Reference of one row of a step: from the gates' input a, the product p, and the state to the new state.
struct State {
  std::vector<double> hidden, cell;
};
State gru_step(const double* a, const double* p, const State& state) {
  const std::size_t width = state.hidden.size();
  State next = state;
  for (std::size_t i = 0; i < width; ++i) {
    const double r = sigma(a[i] + p[i]), z = sigma(a[width + i] + p[width + i]);
    const double n = std::tanh(a[2 * width + i] + r * p[2 * width + i]);
    next.hidden[i] = (1 - z) * n + z * state.hidden[i];
  }
  return next;
}
State lstm_step(const double* a, const double* p, const State& state) {
  const std::size_t width = state.cell.size();
  State next = state;
  for (std::size_t i = 0; i < width; ++i) {
    const auto gate = [&](std::size_t k) { return a[k * width + i] + p[k * width + i]; };
    next.cell[i] = sigma(gate(1)) * state.cell[i] + sigma(gate(0)) * std::tanh(gate(2));
    next.hidden[i] = sigma(gate(3)) * std::tanh(next.cell[i]);
  }
  return next;
}

using Step = State (*)(const double*, const double*, const State&);

/// Returns the rows of a matrix of the given width.
std::vector<double> row_of(const Array& x, std::int64_t row, std::int64_t width) {
  return {x.values.begin() + row * width, x.values.begin() + (row + 1) * width};
}

Reference cell_reference(Step step) {
  return [step](const std::vector<Array>& x) {
    const std::int64_t rows = x[2].shape[0], width = x[2].shape[1], gates = x[0].shape[1];
    const bool has_cell = step == lstm_step;
    Array y({rows, has_cell ? 2 * width : width});
    for (std::int64_t row = 0; row < rows; ++row) {
      const auto state = row_of(x[2], row, width);
      const State next = step(row_of(x[0], row, gates).data(), row_of(x[1], row, gates).data(), {state, state});
      for (std::int64_t i = 0; i < width; ++i) {
        y[row * y.shape[1] + i] = next.hidden[static_cast<std::size_t>(i)];
        if (has_cell) y[row * y.shape[1] + width + i] = next.cell[static_cast<std::size_t>(i)];
      }
    }
    return y;
  };
}

struct Run {
  std::vector<std::int64_t> lengths;
  bool with_bias = true, with_initial = true;
  Direction direction = Direction::forward;
};

/// Concatenated results of a run: y, the last hidden states, the last cells.
Reference run_reference(Step step, const Run& run) {
  return [=](const std::vector<Array>& x) {
    const bool has_cell = step == lstm_step;
    const Sequences sequences{std::span(run.lengths)};
    const std::int64_t gates = x[1].shape[0], width = x[1].shape[1];
    const Array* bias = run.with_bias ? &x[2] : nullptr;
    const Array* hidden = run.with_initial ? &x[run.with_bias ? 3 : 2] : nullptr;
    Array y({sequences.tokens() + (has_cell ? 2 : 1) * sequences.count(), width});
    const auto put = [&](std::int64_t row, const std::vector<double>& state) {
      for (std::int64_t i = 0; i < width; ++i) y[row * width + i] = state[static_cast<std::size_t>(i)];
    };
    for (std::int64_t s = 0; s < sequences.count(); ++s) {
      const std::vector<double> zero(static_cast<std::size_t>(width));
      State state{hidden ? row_of(*hidden, s, width) : zero, hidden && has_cell ? row_of(hidden[1], s, width) : zero};
      for (std::int64_t t = 0; t < sequences.length(s); ++t) {
        const std::int64_t token =
            sequences.offset(s) + (run.direction == Direction::forward ? t : sequences.length(s) - 1 - t);
        std::vector<double> product(static_cast<std::size_t>(gates));
        for (std::int64_t g = 0; g < gates; ++g) {
          double& sum = product[static_cast<std::size_t>(g)];
          if (bias) sum = (*bias)[g];
          for (std::int64_t i = 0; i < width; ++i)
            sum += x[1][g * width + i] * state.hidden[static_cast<std::size_t>(i)];
        }
        state = step(row_of(x[0], token, gates).data(), product.data(), state);
        put(token, state.hidden);
      }
      put(sequences.tokens() + s, state.hidden);
      if (has_cell) put(sequences.tokens() + sequences.count() + s, state.cell);
    }
    return y;
  };
}

Tensor run_gru(const std::vector<Tensor>& x, const Run& run) {
  const GruOutput all =
      gru(x[0], x[1], run.with_bias ? x[2] : Tensor{}, run.with_initial ? x[run.with_bias ? 3 : 2] : Tensor{},
          Sequences{std::span(run.lengths)}, run.direction);
  return concat({all.y, all.hidden});
}
Tensor run_lstm(const std::vector<Tensor>& x, const Run& run) {
  const std::size_t first = run.with_bias ? 3 : 2;
  const LstmOutput all =
      lstm(x[0], x[1], run.with_bias ? x[2] : Tensor{}, run.with_initial ? x[first] : Tensor{},
           run.with_initial ? x[first + 1] : Tensor{}, Sequences{std::span(run.lengths)}, run.direction);
  return concat({all.y, all.hidden, all.cell});
}

/// Returns the shapes of a run's inputs.
std::vector<Shape> shapes_of(const Run& run, std::int64_t gates, std::int64_t width) {
  const Sequences sequences{std::span(run.lengths)};
  std::vector<Shape> shapes{{sequences.tokens(), gates * width}, {gates * width, width}};
  if (run.with_bias) shapes.push_back({gates * width});
  for (int i = 0; run.with_initial && i < gates - 2; ++i) shapes.push_back({sequences.count(), width});
  return shapes;
}

template <class Op>
void check_runs(const Op& op, Step step, std::int64_t gates, std::vector<ErrorRow> errors) {
  const std::vector<std::int64_t> many{5, 0, 9, 2, 1, 3, 7, 4, 4, 8, 6, 1, 2, 9, 3, 5, 2, 0, 6, 7, 3, 1, 4};
  for (const Run& run : {Run{{3, 1, 0, 2}}, Run{{2, 4}, false, false, Direction::backward}, Run{{}}, Run{{0, 0}}}) {
    Row row{.op = [&](auto& x) { return op(x, run); },
            .reference = run_reference(step, run),
            .shapes = {shapes_of(run, gates, 2)},
            .errors = errors,
            .low = -1,
            .high = 1,
            .float32_tolerance = 1e-5};
    check_op(row);
    errors.clear();
  }
  // Several chunks, and widths of whole vectors and more: values, and gradients through kernels and through ops.
  for (const auto& [width, direction] : {std::pair<std::int64_t, Direction>{1, Direction::forward},
                                         {7, Direction::backward},
                                         {33, Direction::forward}}) {
    const Run run{many, true, true, direction};
    std::vector<Tensor> x;
    std::vector<Array> arrays;
    for (const Shape& shape : shapes_of(run, gates, width)) {
      arrays.push_back(random_array(shape, 10 + x.size(), -1, 1));
      x.push_back(to_tensor(arrays.back()).require_grad());
    }
    const Tensor y = op(x, run);
    require_near(y, run_reference(step, run)(arrays), 1e-12);
    const Tensor weights = to_tensor(random_array(y.shape(), 9));
    const auto fused = grad(sum(y * weights), x);
    const auto composed = grad(sum(op(x, run) * weights), x, {.create_graph = true});
    for (std::size_t i = 0; i < x.size(); ++i) require_near(fused[i], to_array(composed[i]), 1e-11);
  }
}

}  // namespace

TEST_CASE("gru_cell", "[ops]") {
  check_op(
      {.op = [](auto& x) { return gru_cell(x[0], x[1], x[2]); },
       .reference = cell_reference(gru_step),
       .shapes = {{{2, 21}, {2, 21}, {2, 7}}, {{3, 3}, {3, 3}, {3, 1}}, {{0, 9}, {0, 9}, {0, 3}}},
       .errors = {{[] { gru_cell(zeros({2, 9}), zeros({2, 9}), zeros({2, 4})); },
                   "gru_cell: hidden is [2, 4] and input is [2, 9], but they must be [rows, width] and [rows, 3 "
                   "width]"},
                  {[] { gru_cell(zeros({2, 9}), zeros({2, 8}), zeros({2, 3})); },
                   "gru_cell: input is [2, 9] and product [2, 8], but both must have the same shape"},
                  {[] { gru_cell(zeros({2, 9}), zeros({2, 9}), zeros({2, 3}, float64)); },
                   "gru_cell: input is float32 and hidden is float64, but both must have the same dtype; cast one of "
                   "them"},
                  {[] { gru_cell(zeros({2, 9}, int64), zeros({2, 9}, int64), zeros({2, 3}, int64)); },
                   "gru_cell: the tensor is int64, but it must be float32 or float64"}},
       .large = {{100, 198}, {100, 198}, {100, 66}}});
}

TEST_CASE("lstm_cell", "[ops]") {
  check_op({.op =
                [](auto& x) {
                  const LstmState state = lstm_cell(x[0], x[1], x[2]);
                  return concat({state.hidden, state.cell}, 1);
                },
            .reference = cell_reference(lstm_step),
            .shapes = {{{2, 28}, {2, 28}, {2, 7}}, {{3, 4}, {3, 4}, {3, 1}}, {{0, 12}, {0, 12}, {0, 3}}},
            .errors = {{[] { lstm_cell(zeros({2, 9}), zeros({2, 9}), zeros({2, 3})); },
                        "lstm_cell: cell is [2, 3] and input is [2, 9], but they must be [rows, width] and [rows, 4 "
                        "width]"}},
            .large = {{100, 264}, {100, 264}, {100, 66}}});
}

TEST_CASE("gru", "[ops]") {
  const Sequences two{1, 2};
  check_runs(run_gru, gru_step, 3,
             {{[=] { gru(zeros({3, 6}), zeros({5, 2}), {}, {}, two); },
               "gru: weight is [5, 2], but it must be [3 width, width]"},
              {[=] { gru(zeros({4, 6}), zeros({6, 2}), {}, {}, two); },
               "gru: input is [4, 6], but with weight [6, 2] and 3 tokens of 2 sequences it must be [3, 6]"},
              {[=] { gru(zeros({3, 6}), zeros({6, 2}), zeros({2}), {}, two); },
               "gru: bias is [2], but with weight [6, 2] and 3 tokens of 2 sequences it must be [6]"},
              {[=] { gru(zeros({3, 6}), zeros({6, 2}), {}, zeros({3, 2}), two); },
               "gru: hidden is [3, 2], but with weight [6, 2] and 3 tokens of 2 sequences it must be [2, 2]"},
              {[=] { gru(zeros({3, 6}), zeros({6, 2}, float64), {}, {}, two); },
               "gru: input is float32 and weight is float64, but both must have the same dtype; cast one of them"},
              {[=] { gru(zeros({3, 6}, int64), zeros({6, 2}, int64), {}, {}, two); },
               "gru: the tensor is int64, but it must be float32 or float64"}});
}

TEST_CASE("lstm", "[ops]") {
  const Sequences two{1, 2};
  check_runs(run_lstm, lstm_step, 4,
             {{[=] { lstm(zeros({3, 6}), zeros({6, 2}), {}, {}, {}, two); },
               "lstm: weight is [6, 2], but it must be [4 width, width]"},
              {[=] { lstm(zeros({3, 8}), zeros({8, 2}), {}, zeros({2, 2}), zeros({2, 1}), two); },
               "lstm: cell is [2, 1], but with weight [8, 2] and 3 tokens of 2 sequences it must be [2, 2]"}});
}

TEST_CASE("recurrent runs give the same bits for any number of threads", "[ops]") {
  const std::vector<std::int64_t> lengths{5, 0, 9, 2, 1, 3, 7, 4, 4, 8, 6, 1, 2, 9, 3, 5, 2, 0, 6, 7, 3, 1, 4, 40, 33};
  const Sequences sequences{std::span(lengths)};
  const auto results = [&](int n) {
    const Threads threads(n);
    seed(4);
    const Tensor x = normal({sequences.tokens(), 4 * 20}).require_grad(), w = normal({4 * 20, 20}).require_grad();
    const LstmOutput run = lstm(x, w, {}, {}, {}, sequences);
    backward(sum(run.y * run.y) + sum(run.cell));
    return std::vector{run.y.detach(), x.grad(), w.grad()};
  };
  const auto one = results(1), three = results(3);
  for (std::size_t i = 0; i < one.size(); ++i) require_same_bits(one[i], three[i]);
}

TEST_CASE("recurrent runs keep their states in float32 under precision(bfloat16)", "[ops]") {
  for (const std::int64_t count : {1, 40}) {  // one chunk, and several
    const Sequences sequences = Sequences::equal(count, 5);
    const Tensor x = normal({sequences.tokens(), 3 * 16}), w = normal({3 * 16, 16});
    const auto run = [&] { return gru(x, w, {}, {}, sequences).y; };
    require_same_bits(precision(bfloat16, run), run());
  }
}
