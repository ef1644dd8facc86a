// Offsets and lengths of the sequences of a ragged batch.
#pragma once

#include <initializer_list>
#include <span>

#include "../../graph/tensor.h"

namespace heed {

/// Ragged batch of concatenated sequences, without padding: its tensors have one row for each token, [tokens(), ...],
/// and sequence i has the rows [offset(i), offset(i + 1)). Immutable and cheap to copy; built once for a batch.
class Sequences {
 public:
  /// Creates a batch from the lengths of its sequences, which may be 0. Throws Error if one is negative.
  explicit Sequences(std::span<const std::int64_t> lengths);
  Sequences(std::initializer_list<std::int64_t> lengths) : Sequences(std::span(lengths.begin(), lengths.size())) {}
  /// Creates a batch of sequences of equal length, as in dense data.
  static Sequences equal(Size batch, Size length);

  /// Number of sequences.
  std::int64_t count() const { return offsets_.elements() - 1; }
  /// Number of tokens of all sequences.
  std::int64_t tokens() const { return positions_.elements(); }
  /// Length of the longest sequence.
  std::int64_t max_length() const { return max_length_; }
  /// First row of sequence i, 0 <= i <= count().
  std::int64_t offset(std::int64_t i) const { return offsets()[static_cast<std::size_t>(i)]; }
  std::int64_t length(std::int64_t i) const { return offset(i + 1) - offset(i); }
  /// All offsets, and tokens() at the end: count() + 1 numbers.
  std::span<const std::int64_t> offsets() const { return offsets_.data<std::int64_t>(); }
  /// Position of each token in its sequence, 0, 1, 2, ...: int64 [tokens()].
  const Tensor& positions() const { return positions_; }

 private:
  Tensor offsets_, positions_;  // int64
  std::int64_t max_length_ = 0;
};

/// Returns the index of the sequence of each token, int64 [tokens()].
Tensor sequence_ids(const Sequences& sequences);

/// Returns the position of each token in its document, where several documents are packed into one sequence: the number
/// of earlier tokens of its sequence with the same document id, int64 [tokens]. documents: int64 [tokens], as for the
/// mask of that name. Relative positions need no such positions: distances within a document do not change.
Tensor document_positions(const Tensor& documents, const Sequences& sequences);

}  // namespace heed
