#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

#include "../graph/fail.h"

namespace heed::train {

/// The loss of a language model over many batches: exp of the mean negative log likelihood of a token.
struct Perplexity {
  double sum = 0;           // of negative log likelihoods
  std::int64_t tokens = 0;  // that have a label

  /// Adds a batch of so many labels with this mean loss, which does not count if there are none. A loss that is NaN
  /// makes all that follows NaN.
  void add(double mean_loss, std::int64_t labels) {
    if (labels < 0) fail("Perplexity: labels is {}, but it must not be negative", labels);
    if (labels == 0) return;
    sum += mean_loss * static_cast<double>(labels);
    tokens += labels;
  }
  /// Per token, in nats; 0 of none.
  double loss() const { return tokens == 0 ? 0 : sum / static_cast<double>(tokens); }
  double perplexity() const { return std::exp(loss()); }
  /// Per byte (or word, or character) of the text that the tokens stand for: comparable between vocabularies.
  double bits_per(std::int64_t units) const {
    if (units < 1) fail("Perplexity: bits_per got {} units, but there must be at least 1", units);
    return sum / (std::numbers::ln2 * static_cast<double>(units));
  }
};

}  // namespace heed::train
