// Where the sequences of a ragged batch begin and end.
#pragma once

#include <initializer_list>
#include <span>

#include "../graph/tensor.h"

namespace heed {

/// A batch of sequences laid end to end, without padding: a tensor of it has one row for each token, [tokens(), ...],
/// and sequence i owns the rows [offset(i), offset(i + 1)). Immutable and cheap to copy; built once for a batch.
class Sequences {
 public:
  /// From the lengths, which may be 0. Throws Error if one is negative.
  explicit Sequences(std::span<const std::int64_t> lengths);
  Sequences(std::initializer_list<std::int64_t> lengths) : Sequences(std::span(lengths.begin(), lengths.size())) {}
  /// `batch` sequences of one length, as in dense data.
  static Sequences equal(Size batch, Size length);

  std::int64_t count() const { return offsets_.elements() - 1; }
  std::int64_t tokens() const { return positions_.elements(); }
  std::int64_t longest() const { return longest_; }
  /// Where sequence i begins, 0 <= i <= count().
  std::int64_t offset(std::int64_t i) const { return offsets()[static_cast<std::size_t>(i)]; }
  std::int64_t length(std::int64_t i) const { return offset(i + 1) - offset(i); }
  /// All offsets, and tokens() at the end: count() + 1 numbers.
  std::span<const std::int64_t> offsets() const { return offsets_.data<std::int64_t>(); }
  /// The place of each token in its sequence, 0, 1, 2, ...: int64 [tokens()].
  const Tensor& positions() const { return positions_; }

 private:
  Tensor offsets_, positions_;  // int64
  std::int64_t longest_ = 0;
};

/// The number of the sequence that each token belongs to: int64 [tokens()].
Tensor sequence_of_tokens(const Sequences& sequences);

/// The place of each token in its document, where several are packed into one sequence: how many tokens of its sequence
/// with its number stand before it, int64 [tokens]. documents: int64 [tokens], as for the mask of that name. What
/// depends on the distance of two tokens of one document needs no such positions: it is what it was.
Tensor document_positions(const Tensor& documents, const Sequences& sequences);

}  // namespace heed
