#include "cache.h"

#include <algorithm>
#include <cstring>

#include "../../graph/fail.h"
#include "../../ops/shape/view.h"

namespace heed::nn {
namespace {

/// Returns true if no other tensor shares the storage, so that it can be written in place.
bool is_own(const Tensor& tensor) {
  const heed::detail::TensorBody& body = heed::detail::body_of(tensor);
  return body.references.load(std::memory_order_acquire) == 1 &&
         body.storage->references.load(std::memory_order_acquire) == 1;
}

std::size_t row_bytes(const Tensor& x) { return static_cast<std::size_t>(x.size(1) * x.size(2) * bytes(x.dtype())); }

/// Appends rows [begin, begin + count) of `x`, [rows, heads, width], after the first `length` rows of `memory`, which
/// is reallocated if its capacity is too small or its storage is shared.
void append_rows(Tensor& memory, std::int64_t length, const Tensor& x, std::int64_t begin, std::int64_t count) {
  const std::size_t row = row_bytes(x);
  const std::int64_t capacity = memory ? memory.size(0) : 0, needed = length + count;
  if (capacity < needed || !is_own(memory)) {
    const std::int64_t new_capacity = capacity < needed ? std::max(2 * length, needed) : capacity;
    const Tensor larger = empty({new_capacity, x.size(1), x.size(2)}, x.dtype());
    if (length > 0)
      std::memcpy(fill<std::byte>(larger), read<std::byte>(memory), static_cast<std::size_t>(length) * row);
    memory = larger;
  }
  std::memcpy(fill<std::byte>(memory) + static_cast<std::size_t>(length) * row,
              read<std::byte>(x) + static_cast<std::size_t>(begin) * row, static_cast<std::size_t>(count) * row);
}

constexpr std::int64_t max_rows = std::int64_t{1} << 24;

void check_rows(const char* who, std::int64_t rows) {
  if (rows < 0) fail("{}: got {} rows, but there cannot be less than 0", who, rows);
  if (rows > max_rows) fail("{}: got {} rows, but there can be at most {}", who, rows, max_rows);
}

}  // namespace

KeyValueCache::KeyValueCache(std::int64_t rows) {
  check_rows("KeyValueCache", rows);
  rows_.resize(static_cast<std::size_t>(rows));
}

void KeyValueCache::append(const Tensor& key, const Tensor& value, const Sequences& sequences) {
  if (key.rank() != 3 || value.rank() != 3 || key.size(0) != sequences.tokens() || value.size(0) != sequences.tokens())
    fail("KeyValueCache: key is {} and value {}, but with {} tokens both must be [{}, heads, width]",
         to_string(key.shape()), to_string(value.shape()), sequences.tokens(), sequences.tokens());
  if (sequences.count() != count())
    fail("KeyValueCache: got {} sequences, but there are {} rows", sequences.count(), count());
  const auto fits = [](const Tensor& memory, const Tensor& x) {
    return !memory || (memory.size(1) == x.size(1) && memory.size(2) == x.size(2) && memory.dtype() == x.dtype());
  };
  for (const KeysAndValues& row : rows_)
    if (!fits(row.key, key) || !fits(row.value, value))
      fail("KeyValueCache: key is {} {} and value {}, but what they are added to is {} {} and {}", name(key.dtype()),
           to_string(key.shape()), to_string(value.shape()), name(row.key.dtype()), to_string(row.key.shape()),
           to_string(row.value.shape()));
  const Tensor keys = contiguous(key.detach()), values = contiguous(value.detach());
  for (std::size_t s = 0; s < rows_.size(); ++s) {
    const auto sequence = static_cast<std::int64_t>(s);
    const std::int64_t begin = sequences.offset(sequence), added = sequences.length(sequence);
    KeysAndValues& row = rows_[s];
    if (added == 0) {  // an empty row still has a shape and dtype
      if (!row.key) row.key = empty({0, key.size(1), key.size(2)}, key.dtype());
      if (!row.value) row.value = empty({0, value.size(1), value.size(2)}, value.dtype());
      continue;
    }
    append_rows(row.key, row.length, keys, begin, added);
    append_rows(row.value, row.length, values, begin, added);
    row.length += added;
  }
}

void KeyValueCache::select(std::span<const std::int64_t> rows) {
  std::vector<KeysAndValues> chosen;
  chosen.reserve(rows.size());
  for (const std::int64_t row : rows) {
    if (row < 0 || row >= count()) fail("KeyValueCache: row {} is selected, but there are {}", row, count());
    chosen.push_back(rows_[static_cast<std::size_t>(row)]);
  }
  rows_ = std::move(chosen);
}

void KeyValueCache::truncate(std::span<const std::int64_t> lengths) {
  if (std::ssize(lengths) != count()) fail("KeyValueCache: got {} lengths for {} rows", lengths.size(), count());
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    if (lengths[i] < 0) fail("KeyValueCache: the length of row {} is {}, but it must not be negative", i, lengths[i]);
    KeysAndValues& row = rows_[i];
    if (lengths[i] >= row.length) continue;
    row.length = lengths[i];
    if (row.length == 0) row = {};
  }
}

}  // namespace heed::nn
