#pragma once

#include <heed/graph/create.h>
#include <heed/ops/sequences/sequences.h>

#include <random>
#include <vector>

/// Model whose logits are a table indexed by the last token and the sum of all tokens so far, so that mixed-up rows of
/// a state give other tokens.
struct TableModel {
  std::int64_t vocabulary, sums;
  std::vector<double> table;  // [last token, sum, next token]

  TableModel(std::int64_t vocabulary_size, unsigned seed) : vocabulary(vocabulary_size), sums(3) {
    std::mt19937 random(seed);
    std::normal_distribution<double> normal(0, 1.5);
    for (std::int64_t i = 0; i < vocabulary * sums * vocabulary; ++i) table.push_back(normal(random));
  }

  struct State {
    std::vector<std::int64_t> sums;

    void select(const heed::Tensor& rows) {
      std::vector<std::int64_t> kept;
      for (const std::int64_t row : rows.data<std::int64_t>()) kept.push_back(sums.at(static_cast<std::size_t>(row)));
      sums = kept;
    }
  };

  State initial_state(std::int64_t rows) const {
    return {std::vector<std::int64_t>(static_cast<std::size_t>(rows), 0)};
  }

  std::vector<double> logits(std::int64_t last, std::int64_t sum) const {
    const auto at = table.begin() + (last * sums + sum % sums) * vocabulary;
    return {at, at + vocabulary};
  }

  heed::Tensor decode_step(State& state, const heed::Tensor& tokens, const heed::Sequences& sequences) const {
    ++calls;
    std::vector<double> all;
    if (sequences.count() != std::ssize(state.sums)) throw std::logic_error("a state of other rows");
    for (std::int64_t row = 0; row < sequences.count(); ++row) {
      std::int64_t& sum = state.sums[static_cast<std::size_t>(row)];
      std::int64_t last = 0;
      for (std::int64_t at = sequences.offset(row); at < sequences.offset(row + 1); ++at)
        sum += last = tokens.data<std::int64_t>()[static_cast<std::size_t>(at)];
      const std::vector<double> some = logits(last, sum);
      all.insert(all.end(), some.begin(), some.end());
    }
    return heed::tensor(all, {sequences.count(), vocabulary});
  }

  mutable int calls = 0;
};
