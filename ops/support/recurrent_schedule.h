// Internal: schedule of a recurrent unit over a ragged batch. The sequences are divided into independent chunks, so
// that threads synchronise once per run, not once per step. In a chunk they are sorted by descending length: those
// active at a step come first, and the matrix of their states has no padding.
#pragma once

#include <vector>

#include "../recurrent/recurrent.h"

namespace heed::detail {

/// Indices of one sequence at one step of a run.
struct Place {
  std::int64_t sequence, token;  // in the batch
  std::int64_t slot;             // of the sequence: consecutive in a chunk, the longest first
  std::int64_t row, next;        // of this step and of the next, consecutive in a step; -1: none
};

class Schedule {
 public:
  Schedule(const Sequences& sequences, Direction direction);

  std::int64_t chunks() const { return static_cast<std::int64_t>(first_slot_.size()) - 1; }

  /// Calls, for each step in order, step(active, row, slot), and then body(Place) for each active sequence.
  template <class Step, class Body>
  void forward(std::int64_t chunk, const Step& step, const Body& body) const {
    for (std::int64_t t = 0, n = steps(chunk); t < n; ++t) {
      step(active(chunk, t), row(chunk, t), first(chunk));
      each(chunk, t, body);
    }
  }
  /// Calls, from the last step to the first, body(Place) for each active sequence, and then step(active, row, slot).
  template <class Step, class Body>
  void backward(std::int64_t chunk, const Step& step, const Body& body) const {
    for (std::int64_t t = steps(chunk) - 1; t >= 0; --t) {
      each(chunk, t, body);
      step(active(chunk, t), row(chunk, t), first(chunk));
    }
  }
  /// Calls body(Place) for all sequences of a chunk, at their first step; an empty sequence has row -1.
  template <class Body>
  void begin(std::int64_t chunk, const Body& body) const {
    for (std::int64_t slot = first(chunk); slot < first(chunk + 1); ++slot) {
      const std::int64_t sequence = order_[index(slot)];
      const bool empty = sequences_.length(sequence) == 0;
      body(Place{sequence, -1, slot, empty ? -1 : row(chunk, 0) + slot - first(chunk), -1});
    }
  }

 private:
  template <class T>
  using Vector = std::vector<T, arena::Allocator<T>>;

  static std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }
  std::int64_t first(std::int64_t chunk) const { return first_slot_[index(chunk)]; }
  std::int64_t steps(std::int64_t chunk) const { return first_step_[index(chunk + 1)] - first_step_[index(chunk)]; }
  std::int64_t row(std::int64_t chunk, std::int64_t t) const { return rows_[index(first_step_[index(chunk)] + t)]; }
  /// Number of sequences that have step t: the rows up to the next step, which may be in the next chunk.
  std::int64_t active(std::int64_t chunk, std::int64_t t) const {
    return rows_[index(first_step_[index(chunk)] + t + 1)] - row(chunk, t);
  }
  template <class Body>
  void each(std::int64_t chunk, std::int64_t t, const Body& body) const {
    const std::int64_t n = active(chunk, t), later = t + 1 < steps(chunk) ? active(chunk, t + 1) : 0;
    for (std::int64_t i = 0; i < n; ++i) {
      const std::int64_t slot = first(chunk) + i, sequence = order_[index(slot)];
      const std::int64_t place = direction_ == Direction::forward ? t : sequences_.length(sequence) - 1 - t;
      body(Place{sequence, sequences_.offset(sequence) + place, slot, row(chunk, t) + i,
                 i < later ? row(chunk, t + 1) + i : -1});
    }
  }

  Sequences sequences_;
  Direction direction_;
  Vector<std::int64_t> order_, rows_;             // the sequence in each slot; the first row of each step of each chunk
  Vector<std::int64_t> first_slot_, first_step_;  // of each chunk, and an end
};

}  // namespace heed::detail
