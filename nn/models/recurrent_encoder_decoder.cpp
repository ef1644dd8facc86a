#include "recurrent_encoder_decoder.h"

#include <algorithm>

#include "../../graph/create.h"
#include "../../graph/fail.h"

namespace heed::nn {
namespace {

/// First `count` rows of x; an empty Tensor if x is one.
Tensor first(const Tensor& x, std::int64_t count) { return x ? slice(x, 0, 0, count) : x; }

std::vector<std::int64_t> lengths_of(const Sequences& sequences) {
  std::vector<std::int64_t> lengths;
  for (std::int64_t i = 0; i < sequences.count(); ++i) lengths.push_back(sequences.length(i));
  return lengths;
}

}  // namespace

void RecurrentDecodingState::select(const Tensor& rows) {
  if (rows.dtype() != int64 || rows.rank() != 1)
    fail("select: rows are {} {}, but they must be int64 [rows]", name(rows.dtype()), to_string(rows.shape()));
  std::vector<std::int64_t> lengths, tokens;
  for (const std::int64_t row : rows.to_vector<std::int64_t>()) {
    if (row < 0 || row >= memory_sequences.count())
      fail("select: row {} was asked for, but there are {}", row, memory_sequences.count());
    lengths.push_back(memory_sequences.length(row));
    for (std::int64_t token = memory_sequences.offset(row); token < memory_sequences.offset(row + 1); ++token)
      tokens.push_back(token);
  }
  recurrent = recurrent.select(rows);
  if (input_feed) input_feed = gather_rows(input_feed, rows);
  memory_sequences = Sequences(std::span<const std::int64_t>(lengths));
  if (!memory) return;
  const bool keys_are_memory = memory.is(keys);
  const Tensor indices = tensor(tokens);
  memory = gather_rows(memory, indices);
  keys = keys_are_memory ? memory : gather_rows(keys, indices);
}

void RecurrentDecodingState::keep_first(std::int64_t count) {
  if (count == memory_sequences.count()) return;
  if (count < 0 || count > memory_sequences.count())
    fail("keep_first: {} rows were asked for, but there are {}", count, memory_sequences.count());
  for (Tensor& state : recurrent.hidden) state = first(state, count);
  for (Tensor& state : recurrent.cell) state = first(state, count);
  input_feed = first(input_feed, count);
  const std::vector<std::int64_t> lengths = lengths_of(memory_sequences);
  memory_sequences = Sequences(std::span(lengths.data(), static_cast<std::size_t>(count)));
  memory = first(memory, memory_sequences.tokens());
  keys = first(keys, memory_sequences.tokens());
}

namespace detail {

DecodingSteps::DecodingSteps(const Sequences& sequences) {
  const std::vector<std::int64_t> lengths = lengths_of(sequences);
  const std::size_t rows = lengths.size();
  std::vector<std::int64_t> sorted(rows), of_steps, by_token(static_cast<std::size_t>(sequences.tokens())), last(rows);
  for (std::size_t i = 0; i < rows; ++i) sorted[i] = static_cast<std::int64_t>(i);
  std::sort(sorted.begin(), sorted.end(), [&](std::int64_t a, std::int64_t b) {
    const std::int64_t of_a = sequences.length(a), of_b = sequences.length(b);
    return of_a != of_b ? of_a > of_b : a < b;
  });
  in_order = std::is_sorted(sorted.begin(), sorted.end());
  for (std::size_t i = 0; i < rows; ++i) last[static_cast<std::size_t>(sorted[i])] = static_cast<std::int64_t>(i);
  for (std::int64_t t = 0; t < sequences.max_length(); ++t) {
    alive.push_back(0);
    for (const std::int64_t row : sorted) {
      if (sequences.length(row) <= t) break;
      const std::int64_t token = sequences.offset(row) + t, made = static_cast<std::int64_t>(of_steps.size());
      by_token[static_cast<std::size_t>(token)] = made;
      last[static_cast<std::size_t>(row)] = static_cast<std::int64_t>(rows) + made;
      of_steps.push_back(token);
      ++alive.back();
    }
  }
  order = tensor(sorted);
  tokens = tensor(of_steps);
  made_at_tokens = tensor(by_token);
  made_last = tensor(last);
}

Tensor DecodingSteps::at_tokens(const Tensor& before, const std::vector<Tensor>& made) const {
  return made.empty() ? first(before, 0) : gather_rows(concat(made), made_at_tokens);
}

Tensor DecodingSteps::at_end(const Tensor& before, const std::vector<Tensor>& made) const {
  std::vector<Tensor> all{before};
  all.insert(all.end(), made.begin(), made.end());
  return gather_rows(concat(all), made_last);
}

RecurrentState DecodingSteps::at_end(const RecurrentState& before, const std::vector<RecurrentState>& made) const {
  const auto each = [&](std::vector<Tensor> RecurrentState::* which) {
    std::vector<Tensor> ends;
    for (std::size_t i = 0; i < (before.*which).size(); ++i) {
      std::vector<Tensor> states;
      states.reserve(made.size());
      for (const RecurrentState& one : made) states.push_back((one.*which)[i]);
      ends.push_back(at_end((before.*which)[i], states));
    }
    return ends;
  };
  return {each(&RecurrentState::hidden), each(&RecurrentState::cell)};
}

Tensor last_tokens(AnyLayer layer, const Sequences& sequences) {
  std::vector<std::int64_t> last;
  for (std::int64_t i = 0; i < sequences.count(); ++i) {
    if (sequences.length(i) == 0)
      fail("{}: row {} has no new token, but each must have one or more", describe(layer), i);
    last.push_back(sequences.offset(i + 1) - 1);
  }
  return tensor(last);
}

void check_even_width(AnyLayer layer, Size width) {
  if (width % 2 != 0) fail("{}: width must be even, half of it for each direction of the encoder", describe(layer));
}

void wrong_parts(AnyLayer layer) {
  fail(
      "{}: the encoder must be bidirectional with half the width, the decoder unidirectional with the width, both with "
      "this depth, and `combine` must be present if and only if there is attention",
      describe(layer));
}

void check_decoding(AnyLayer layer, const Tensor& tokens, const Sequences& sequences,
                    const RecurrentDecodingState& state) {
  if (tokens.shape() != Shape{sequences.tokens()})
    fail("{}: tokens are {}, but their sequences have {}", describe(layer), to_string(tokens.shape()),
         sequences.tokens());
  if (sequences.count() != state.memory_sequences.count())
    fail("{}: there are {} sequences of new tokens, but {} of the source", describe(layer), sequences.count(),
         state.memory_sequences.count());
}

}  // namespace detail
}  // namespace heed::nn
