#pragma once

#include <algorithm>
#include <cmath>

#include "../ops/arithmetic.h"
#include "../ops/loss.h"
#include "../ops/matmul.h"
#include "dropout.h"
#include "embedding.h"
#include "linear.h"
#include "positions.h"
#include "repeat.h"

namespace heed::nn {

/// The first and the last layer of a transformer that writes text, in one: tokens become vectors, and vectors become
/// scores of tokens, by the same weights E = embedding.weight [vocabulary, embedding_width]:
///   x = dropout(scale E[token] + p)        logits = h E^T
/// with p the vector of the token's position, if positions are learned or sinusoidal, and scale = sqrt(width).
///   tokens: [tokens] of int64  ->  x: [tokens, width];   h: [tokens, width]  ->  logits: [tokens, vocabulary]
/// Vaswani et al. 2017, arXiv:1706.03762, section 3.4; Press and Wolf 2017, arXiv:1608.05859. Factorised, with
/// embedding_width < width, E[token] W^T and h W stand for E[token] and h, W = widening.weight [width,
/// embedding_width]: Lan et al. 2019, arXiv:1909.11942, section 3.1. Not tied, logits = h O^T with weights of their
/// own, O = output: [vocabulary, width].
struct TokenEmbedding {
  Size vocabulary, width;
  PositionKind positions = PositionKind::sinusoidal;
  Size longest = 512;
  float dropout = 0;
  Size embedding_width = width;
  bool tied = true;
  double scale = std::sqrt(static_cast<double>(width.value));
  Embedding embedding = Embedding{.count = vocabulary,
                                  .width = embedding_width,
                                  .deviation = 1 / std::sqrt(std::max(static_cast<float>(width.value), 1.0f))};
  std::optional<LearnedPositions> learned = when(positions == PositionKind::learned, [&] {
    return LearnedPositions{.longest = longest, .width = width, .deviation = embedding.deviation};
  });
  std::optional<Linear> widening =
      when(embedding_width != width, [&] { return Linear{.in = embedding_width, .out = width, .biased = false}; });
  std::optional<Parameter> output =
      when(!tied, [&] { return Parameter({vocabulary, width}, normal_with(embedding.deviation)); });
  Dropout embedding_dropout = Dropout{.probability = dropout};

  Tensor operator()(const Tensor& tokens, const Sequences& sequences) const {
    check_length(sequences.longest());
    expect_one_each(*this, "tokens", tokens, sequences.tokens());
    return (*this)(tokens, sequences.positions());
  }
  /// At these positions, int64 [tokens].
  Tensor operator()(const Tensor& tokens, const Tensor& of_tokens) const {
    expect_usable(*this);
    expect_one_each(*this, "positions", of_tokens, tokens.elements());
    Tensor x = embedding(tokens) * scale;
    if (widening) x = (*widening)(x);
    if (learned) x = x + (*learned)(of_tokens);
    if (positions == PositionKind::sinusoidal) x = x + SinusoidalPositions{.width = width}(of_tokens, x.dtype());
    return embedding_dropout(x);
  }

  /// How many tokens of a sequence have a position; 0: any number.
  std::int64_t context() const { return learned ? longest.value : 0; }
  /// Throws Error where there is no position for so long a sequence.
  void check_length(std::int64_t length) const {
    if (learned) expect_at_most(*this, "the longest sequence", length, longest);
  }

  Tensor logits(const Tensor& hidden) const { return linear(compared(hidden), output_weight()); }
  /// The mean of the cross entropy at the tokens whose label is not -100; never holds all logits. labels: [tokens].
  Tensor loss(const Tensor& hidden, const Tensor& labels, double label_smoothing) const {
    return linear_cross_entropy(compared(hidden), output_weight(), {}, labels, {.label_smoothing = label_smoothing});
  }

  /// What the rows of output_weight are multiplied with.
  Tensor compared(const Tensor& hidden) const { return tied && widening ? matmul(hidden, widening->weight) : hidden; }
  const Parameter& output_weight() const { return output ? *output : embedding.weight; }

  void check() const { expect_at_least(*this, 0, vocabulary, width, longest, embedding_width); }
};

}  // namespace heed::nn
