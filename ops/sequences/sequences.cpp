#include "sequences.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "../../graph/fail.h"
#include "../../graph/support/size.h"
#include "../shape/view.h"

namespace heed {
using namespace heed::detail;

Sequences::Sequences(std::span<const std::int64_t> lengths)
    : offsets_(empty({static_cast<std::int64_t>(lengths.size()) + 1}, int64)) {
  std::int64_t* offset = fill<std::int64_t>(offsets_);
  offset[0] = 0;
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    if (lengths[i] < 0) fail("Sequences: sequence {} has length {}, but lengths must not be negative", i, lengths[i]);
    offset[i + 1] = add_sizes("Sequences", offset[i], lengths[i]);
    max_length_ = std::max(max_length_, lengths[i]);
  }
  positions_ = empty({offset[lengths.size()]}, int64);
  std::int64_t* position = fill<std::int64_t>(positions_);
  for (std::size_t i = 0; i < lengths.size(); ++i)
    std::iota(position + offset[i], position + offset[i + 1], std::int64_t{0});
}

Sequences Sequences::equal(Size batch, Size length) {
  if (batch < 0) fail("Sequences::equal: batch is {}, but it must not be negative", batch.value);
  const std::vector<std::int64_t, arena::Allocator<std::int64_t>> lengths(
      vector_length("Sequences::equal", batch, sizeof(std::int64_t)), length);
  return Sequences(std::span<const std::int64_t>(lengths));
}

Tensor sequence_ids(const Sequences& sequences) {
  const Tensor numbers = empty({sequences.tokens()}, int64);
  auto* const number = fill<std::int64_t>(numbers);
  for (std::int64_t s = 0; s < sequences.count(); ++s)
    std::fill_n(number + sequences.offset(s), sequences.length(s), s);
  return numbers;
}

Tensor document_positions(const Tensor& documents, const Sequences& sequences) {
  if (documents.dtype() != int64 || documents.shape() != Shape{sequences.tokens()})
    fail("document_positions: documents are {} {}, but with {} tokens they must be int64 [{}]", name(documents.dtype()),
         to_string(documents.shape()), sequences.tokens(), sequences.tokens());
  const Tensor numbers = contiguous(documents), positions = empty(documents.shape(), int64);
  const auto* const document = read<std::int64_t>(numbers);
  auto* const position = fill<std::int64_t>(positions);
  for (std::int64_t s = 0; s < sequences.count(); ++s) {
    std::unordered_map<std::int64_t, std::int64_t> so_far;
    for (std::int64_t t = sequences.offset(s); t < sequences.offset(s + 1); ++t) position[t] = so_far[document[t]]++;
  }
  return positions;
}

}  // namespace heed
