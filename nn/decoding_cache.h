// State of a model's layers between the steps of generation, so that each token is computed once.
#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "../ops/sequences.h"
#include "cache.h"

namespace heed::nn {

/// Hidden states that cross-attention reads, such as an encoder's output:  states: [memory tokens, memory_width].
struct Memory {
  Tensor states;
  Sequences sequences;
};

/// State in a slot of a DecodingCache: a value with one part for each row of the batch.
template <class State>
concept RowsState = std::copyable<State> && requires(State& state, std::span<const std::int64_t> rows) {
  state.select(rows);  // row i becomes what row rows[i] was
};

/// State whose tokens of an unfinished step can be taken off again: lengths has the tokens to keep of each row. A copy
/// of any other state is kept during a step.
template <class State>
concept Shortens = requires(State& state, std::span<const std::int64_t> lengths) { state.shorten(lengths); };

/// Keys and values of a memory, which stay as the first step made them.
struct MemoryKeysAndValues {
  KeyValueCache kept;
  void select(std::span<const std::int64_t> rows) { kept.select(rows); }
  void shorten(std::span<const std::int64_t> /*lengths*/) {}
};

/// A tensor with one row for each row of the batch, [rows, ...], such as the hidden states of a recurrent layer.
struct RowState {
  Tensor value;
  void select(std::span<const std::int64_t> rows);
};

/// Ragged rows that grow by the tokens of each step: the rows of row i stand in rows[i], [tokens so far, ...].
struct GrowingRows {
  std::vector<Tensor> rows;

  explicit GrowingRows(std::int64_t count) : rows(static_cast<std::size_t>(count)) {}
  void append(const Tensor& x, const Sequences& sequences);
  Tensor all() const { return all_; }
  Sequences sequences() const;
  void select(std::span<const std::int64_t> chosen);

 private:
  Tensor all_;
};

/// State of a batch that is generated token by token. Layers take their states from slots in the order of their calls,
/// which must be the same in each step; a layer that is called twice in a step has two slots. Copies are independent:
/// what one appends, the other does not see.
class DecodingCache {
 public:
  /// Before the first token of each row. `memory` is what cross-attention reads in the first step; its sequences are
  /// the rows.
  explicit DecodingCache(std::int64_t rows, std::optional<Memory> memory = {});
  DecodingCache(const DecodingCache& other);
  DecodingCache& operator=(const DecodingCache& other);
  DecodingCache(DecodingCache&&) noexcept = default;
  DecodingCache& operator=(DecodingCache&&) noexcept = default;
  ~DecodingCache() = default;

  std::int64_t rows() const { return static_cast<std::int64_t>(lengths_.size()); }
  /// Number of tokens of each row so far.
  std::span<const std::int64_t> lengths() const { return lengths_; }
  /// Length of the longest row with the new tokens.
  std::int64_t max_length(const Sequences& new_tokens) const;
  /// The memory, until the first step has ended: what layers need of it afterwards is in their slots.
  const std::optional<Memory>& memory() const { return memory_; }

  /// Row i becomes what row rows[i] was: int64 [new rows]. Rows may be left out, repeated and put in any order.
  void select(const Tensor& rows);

  /// Starts a step that gives each row the tokens of its sequence; returns their positions, int64 [tokens]. Throws
  /// Error unless each row has a new token, and during a step.
  Tensor start_step(const Sequences& sequences);
  /// Ends the step. Throws Error if fewer slots were used than in the step before.
  void finish_step();
  /// Gives the step up: the cache is what it was before.
  void cancel_step();

  /// The next slot of the step, made by make() in the first one.
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
  static constexpr char type_of = 0;  // its address stands for the type

  struct Slot {
    const char* type;
    explicit Slot(const char* of) : type(of) {}
    Slot(const Slot&) = default;
    Slot& operator=(const Slot&) = delete;
    virtual ~Slot() = default;
    virtual void select(std::span<const std::int64_t> rows) = 0;
    virtual std::unique_ptr<Slot> copy() const = 0;
    virtual void start() = 0;                                      // of a step
    virtual void undo(std::span<const std::int64_t> lengths) = 0;  // the step
    virtual void finish() = 0;                                     // of a step
  };
  template <class State>
  struct SlotOf final : Slot {
    State state;
    std::optional<State> before;
    explicit SlotOf(State of) : Slot(&type_of<State>), state(std::move(of)) {}
    void select(std::span<const std::int64_t> rows) override { state.select(rows); }
    std::unique_ptr<Slot> copy() const override { return std::make_unique<SlotOf>(*this); }
    void start() override {
      if constexpr (!Shortens<State>) before = state;
    }
    void undo(std::span<const std::int64_t> lengths) override {
      if constexpr (Shortens<State>) {
        state.shorten(lengths);
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
  std::size_t next_ = 0, slots_before_ = 0;  // slots that were there before the step
  std::int64_t steps_ = 0;
  bool in_step_ = false;
};

}  // namespace heed::nn
