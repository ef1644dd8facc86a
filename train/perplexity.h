// Perplexity.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

#include "../graph/fail.h"

namespace heed::train {

/// Perplexity of a language model over many batches: exp of the mean negative log-likelihood per token.
struct Perplexity {
  double sum = 0;           // of negative log-likelihoods
  std::int64_t tokens = 0;  // with a label

  /// Adds a batch with its number of labels and mean loss; the loss is ignored without labels. NaN propagates.
  void add(double mean_loss, std::int64_t labels) {
    if (labels < 0) fail("Perplexity: labels is {}, but it must not be negative", labels);
    if (labels == 0) return;
    sum += mean_loss * static_cast<double>(labels);
    tokens += labels;
  }
  /// Mean loss per token in nats; 0 without tokens.
  double loss() const { return tokens == 0 ? 0 : sum / static_cast<double>(tokens); }
  /// Perplexity: exp(loss()).
  double perplexity() const { return std::exp(loss()); }
  /// Bits per byte (or word, or character) of the tokens' text: comparable between vocabularies.
  double bits_per(std::int64_t units) const {
    if (units < 1) fail("Perplexity: bits_per got {} units, but there must be at least 1", units);
    return sum / (std::numbers::ln2 * static_cast<double>(units));
  }
};

}  // namespace heed::train
