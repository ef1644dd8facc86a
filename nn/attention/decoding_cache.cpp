#include "decoding_cache.h"

#include <algorithm>
#include <numeric>

#include "../../graph/create.h"
#include "../../graph/fail.h"
#include "../../ops/index/gather_rows.h"
#include "../../ops/shape/view.h"

namespace heed::nn {
namespace {

Tensor indices(std::span<const std::int64_t> rows) {
  return tensor(std::vector<std::int64_t>(rows.begin(), rows.end()));
}

Memory selected(const Memory& memory, std::span<const std::int64_t> rows) {
  std::vector<std::int64_t> lengths, tokens;
  for (const std::int64_t row : rows) {
    lengths.push_back(memory.sequences.length(row));
    for (std::int64_t i = memory.sequences.offset(row); i < memory.sequences.offset(row + 1); ++i) tokens.push_back(i);
  }
  return {gather_rows(memory.states, tensor(tokens)), Sequences(std::span<const std::int64_t>(lengths))};
}

}  // namespace

void RowState::select(std::span<const std::int64_t> rows) { value = gather_rows(value, indices(rows)); }

void GrowingRows::append(const Tensor& x, const Sequences& sequences) {
  if (sequences.count() != static_cast<std::int64_t>(rows.size()) || x.rank() == 0 || x.size(0) != sequences.tokens())
    fail("GrowingRows: x is {} for {} sequences, but there are {} rows and {} new tokens", to_string(x.shape()),
         sequences.count(), rows.size(), sequences.tokens());
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const auto s = static_cast<std::int64_t>(row);
    const Tensor added = slice(x, 0, sequences.offset(s), sequences.offset(s + 1));
    rows[row] = rows[row] ? concat({rows[row], added}) : added;
  }
  all_ = rows.empty() ? x : concat(rows);
}

Sequences GrowingRows::sequences() const {
  std::vector<std::int64_t> lengths;
  for (const Tensor& row : rows) lengths.push_back(row ? row.size(0) : 0);
  return Sequences(std::span<const std::int64_t>(lengths));
}

void GrowingRows::select(std::span<const std::int64_t> chosen) {
  std::vector<Tensor> kept;
  for (const std::int64_t row : chosen) kept.push_back(rows.at(static_cast<std::size_t>(row)));
  rows = std::move(kept);
}

DecodingCache::DecodingCache(std::int64_t rows, std::optional<Memory> memory) : memory_(std::move(memory)) {
  constexpr std::int64_t max_rows = std::int64_t{1} << 24;
  if (rows < 0 || rows > max_rows) fail("DecodingCache: got {} rows, but there can be from 0 to {}", rows, max_rows);
  if (memory_ && memory_->sequences.count() != rows)
    fail("DecodingCache: got {} rows, but the memory has {} sequences", rows, memory_->sequences.count());
  lengths_.resize(static_cast<std::size_t>(rows));
}

DecodingCache::DecodingCache(const DecodingCache& other)
    : lengths_(other.lengths_),
      added_(other.added_),
      memory_(other.memory_),
      next_(other.next_),
      slots_before_(other.slots_before_),
      steps_(other.steps_),
      in_step_(other.in_step_) {
  for (const auto& slot : other.slots_) slots_.push_back(slot->copy());
}

DecodingCache& DecodingCache::operator=(const DecodingCache& other) { return *this = DecodingCache(other); }

std::int64_t DecodingCache::max_length(const Sequences& new_tokens) const {
  std::int64_t length = 0;
  for (std::int64_t s = 0; s < std::min(new_tokens.count(), rows()); ++s)
    length = std::max(length, lengths_[static_cast<std::size_t>(s)] + new_tokens.length(s));
  return length;
}

void DecodingCache::select(const Tensor& chosen) {
  if (in_step_) fail("DecodingCache: a step is under way, in which no rows can be selected");
  if (chosen.dtype() != int64 || chosen.rank() != 1)
    fail("DecodingCache: rows are {} {}, but they must be int64 [rows]", name(chosen.dtype()),
         to_string(chosen.shape()));
  const std::vector<std::int64_t> numbers = chosen.to_vector<std::int64_t>();
  for (const std::int64_t number : numbers)
    if (number < 0 || number >= rows()) fail("DecodingCache: row {} is selected, but there are {}", number, rows());
  std::vector<std::int64_t> lengths;
  for (const std::int64_t number : numbers) lengths.push_back(lengths_[static_cast<std::size_t>(number)]);
  // Copies are selected first, so that nothing changes if one throws.
  std::vector<std::unique_ptr<Slot>> slots;
  for (const auto& slot : slots_) {
    slots.push_back(slot->copy());
    slots.back()->select(numbers);
  }
  if (memory_) memory_ = selected(*memory_, numbers);
  slots_ = std::move(slots);
  lengths_ = std::move(lengths);
}

Tensor DecodingCache::start_step(const Sequences& sequences) {
  if (in_step_) fail("DecodingCache: a step is under way: finish_step or cancel_step ends it");
  if (sequences.count() != rows())
    fail("DecodingCache: got tokens for {} rows, but there are {}", sequences.count(), rows());
  for (std::int64_t s = 0; s < rows(); ++s)
    if (sequences.length(s) == 0) fail("DecodingCache: row {} has no new token", s);
  Tensor positions = empty({sequences.tokens()}, int64);
  auto* to = fill<std::int64_t>(positions);
  added_.clear();
  for (std::int64_t s = 0; s < rows(); ++s) {
    added_.push_back(sequences.length(s));
    std::iota(to, to + sequences.length(s), lengths_[static_cast<std::size_t>(s)]);
    to += sequences.length(s);
  }
  next_ = 0;
  slots_before_ = slots_.size();
  in_step_ = true;
  return positions;
}

void DecodingCache::cancel_step() {
  if (!in_step_) return;
  slots_.resize(slots_before_);
  for (const auto& slot : slots_) slot->undo(lengths_);
  in_step_ = false;
}

void DecodingCache::finish_step() {
  if (!in_step_) fail("DecodingCache: no step was started");
  if (next_ != slots_.size())
    fail("DecodingCache: the layers took {} states, but {} in the step before", next_, slots_.size());
  for (std::size_t row = 0; row < lengths_.size(); ++row) lengths_[row] += added_[row];
  for (const auto& slot : slots_) slot->finish();
  memory_.reset();
  ++steps_;
  in_step_ = false;
}

void DecodingCache::check_new_slot() const {
  if (!in_step_) fail("DecodingCache: a layer asks for its state outside a step");
  if (steps_ > 0)
    fail("DecodingCache: the layers ask for more than the {} states of the step before: is it another model's cache?",
         slots_.size());
}

void DecodingCache::wrong_type() const {
  fail("DecodingCache: state {} is of another type than the layer that asks for it keeps: is it another model's cache?",
       next_);
}

}  // namespace heed::nn
