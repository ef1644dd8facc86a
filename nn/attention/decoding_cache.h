// State of a model's layers between the steps of autoregressive decoding.
#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "../../ops/sequences/sequences.h"
#include "cache.h"

namespace heed::nn {

/// Hidden states that cross-attention attends to, such as an encoder's output:  states: [memory tokens, memory_width].
struct Memory {
  Tensor states;
  /// Lengths of the memories.
  Sequences sequences;
};

/// State in a slot of a DecodingCache: a copyable value with one entry for each row of the batch.
template <class State>
concept RowsState = std::copyable<State> && requires(State& state, std::span<const std::int64_t> rows) {
  state.select(rows);  // replaces row i by the previous row rows[i]
};

/// State that can be truncated, which undoes an unfinished step: lengths is the number of tokens to keep of each row.
/// Any other state is copied before a step.
template <class State>
concept Truncatable = requires(State& state, std::span<const std::int64_t> lengths) { state.truncate(lengths); };

/// Keys and values of a memory, which are computed in the first step and then constant.
struct MemoryKeysAndValues {
  /// The keys and values.
  KeyValueCache kept;
  /// Replaces row i by the previous row rows[i].
  void select(std::span<const std::int64_t> rows) { kept.select(rows); }
  /// Keeps everything: nothing is added after the first step.
  void truncate(std::span<const std::int64_t> /*lengths*/) {}
};

/// A tensor with one row for each row of the batch, [rows, ...], such as the hidden states of a recurrent layer.
struct RowState {
  /// The tensor.
  Tensor value;
  /// Replaces row i by the previous row rows[i].
  void select(std::span<const std::int64_t> rows);
};

/// Ragged rows that grow by the tokens of each step: rows[i] is [tokens so far, ...].
struct GrowingRows {
  std::vector<Tensor> rows;

  /// Empty rows.
  explicit GrowingRows(std::int64_t count) : rows(static_cast<std::size_t>(count)) {}
  /// Appends to each row the tokens of its sequence in x.
  void append(const Tensor& x, const Sequences& sequences);
  /// All rows, one after another: [tokens of all rows, ...].
  Tensor all() const { return all_; }
  /// Lengths of the rows.
  Sequences sequences() const;
  /// Replaces row i by the previous row chosen[i].
  void select(std::span<const std::int64_t> chosen);

 private:
  Tensor all_;
};

/// State of a batch in autoregressive decoding. Layers take their states from slots in the order of their calls, which
/// must be the same in each step; a layer that is called twice in a step has two slots. Copies are independent.
class DecodingCache {
 public:
  /// Initial state, before the first token of each row. `memory` is read by cross-attention in the first step and has
  /// one sequence for each row.
  explicit DecodingCache(std::int64_t rows, std::optional<Memory> memory = {});
  DecodingCache(const DecodingCache& other);
  DecodingCache& operator=(const DecodingCache& other);
  DecodingCache(DecodingCache&&) noexcept = default;
  DecodingCache& operator=(DecodingCache&&) noexcept = default;
  ~DecodingCache() = default;

  /// Number of rows.
  std::int64_t rows() const { return static_cast<std::int64_t>(lengths_.size()); }
  /// Number of tokens of each row so far.
  std::span<const std::int64_t> lengths() const { return lengths_; }
  /// Length of the longest row including the new tokens.
  std::int64_t max_length(const Sequences& new_tokens) const;
  /// Memory for cross-attention; empty after the first step, since layers then have its keys and values in their slots.
  const std::optional<Memory>& memory() const { return memory_; }

  /// Replaces row i by the previous row rows[i]; rows: int64 [new rows], in any order, with omissions and repetitions.
  void select(const Tensor& rows);

  /// Starts a step that appends to each row the tokens of its sequence. Returns their positions, int64 [tokens]. Throws
  /// Error if a row has no new token, or if a step has already been started.
  Tensor start_step(const Sequences& sequences);
  /// Ends the step. Throws Error if fewer slots were used than in the step before.
  void finish_step();
  /// Cancels the step and restores the previous state.
  void cancel_step();

  /// Returns the next slot of the step; make() creates its state in the first step.
  template <RowsState State, class Make>
  State& slot(const Make& make) {
    if (next_ == slots_.size()) {
      check_new_slot();
      slots_.push_back(std::make_unique<SlotOf<State>>(make()));
    }
    Slot& slot = *slots_[next_];
    if (slot.type != &type_of<State>) wrong_type();
    slot.start();
    ++next_;
    return static_cast<SlotOf<State>&>(slot).state;
  }

 private:
  template <class State>
  static constexpr char type_of = 0;  // its address identifies the type

  struct Slot {
    const char* type;
    explicit Slot(const char* of) : type(of) {}
    Slot(const Slot&) = default;
    Slot& operator=(const Slot&) = delete;
    virtual ~Slot() = default;
    virtual void select(std::span<const std::int64_t> rows) = 0;
    virtual std::unique_ptr<Slot> copy() const = 0;
    virtual void start() = 0;                                      // starts a step
    virtual void undo(std::span<const std::int64_t> lengths) = 0;  // undoes the step
    virtual void finish() = 0;                                     // ends the step
  };
  template <class State>
  struct SlotOf final : Slot {
    State state;
    std::optional<State> before;
    explicit SlotOf(State of) : Slot(&type_of<State>), state(std::move(of)) {}
    void select(std::span<const std::int64_t> rows) override { state.select(rows); }
    std::unique_ptr<Slot> copy() const override { return std::make_unique<SlotOf>(*this); }
    void start() override {
      if constexpr (!Truncatable<State>) before = state;
    }
    void undo(std::span<const std::int64_t> lengths) override {
      if constexpr (Truncatable<State>) {
        state.truncate(lengths);
      } else if (before) {
        state = std::move(*before);
      }
      before.reset();
    }
    void finish() override { before.reset(); }
  };
  void check_new_slot() const;
  [[noreturn]] void wrong_type() const;

  std::vector<std::int64_t> lengths_, added_;
  std::optional<Memory> memory_;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::size_t next_ = 0, slots_before_ = 0;  // slots_before_: number of slots before the step
  std::int64_t steps_ = 0;
  bool in_step_ = false;
};

}  // namespace heed::nn
