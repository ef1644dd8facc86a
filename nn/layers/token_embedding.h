// Token embedding and output projection.
#pragma once

#include <algorithm>
#include <cmath>

#include "../../ops/linalg/matmul.h"
#include "../../ops/loss/cross_entropy.h"
#include "../../ops/loss/linear_cross_entropy.h"
#include "../../ops/math/arithmetic.h"
#include "../attention/attention_inputs.h"
#include "../fields/repeat.h"
#include "../positions/positions.h"
#include "dropout.h"
#include "embedding.h"
#include "linear.h"

namespace heed::nn {

/// Token embedding and output projection of a transformer, with tied weights E = embedding.weight [vocabulary,
/// embedding_width]:
///   x = dropout(scale E[token] + p)        logits = output_scale h E^T + b
/// where p is the position embedding (`positions`: NoPositions, LearnedPositions, SinusoidalPositions), with positions
/// counted from first_position; scale = sqrt(width) unless given; b = output_bias [vocabulary] if output_biased.
///   tokens: [tokens] of int64  ->  x: [tokens, width];   h: [tokens, width]  ->  logits: [tokens, vocabulary]
/// Vaswani et al. 2017, arXiv:1706.03762, section 3.4; Press and Wolf 2017, arXiv:1608.05859. Factorised, with
/// embedding_width < width, E[token] and h are replaced by E[token] W^T and h W, W = widening.weight [width,
/// embedding_width]: Lan et al. 2019, arXiv:1909.11942, section 3.1. Untied, logits = output_scale h O^T + b, O =
/// output: [vocabulary, width].
template <class Positions = NoPositions>
struct TokenEmbedding {
  Size vocabulary, width;
  float dropout = 0;
  Size embedding_width = width, first_position = 0;
  bool tied = true, output_biased = false;
  double scale = std::sqrt(static_cast<double>(width.value)), output_scale = 1;
  float stddev = 1 / std::sqrt(std::max(static_cast<float>(width.value), 1.0f));
  Embedding embedding = Embedding{.count = vocabulary, .width = embedding_width, .stddev = stddev};
  Positions positions = of_width<Positions>(width);
  std::optional<Linear> widening =
      when(embedding_width != width, [&] { return Linear{.in = embedding_width, .out = width, .biased = false}; });
  std::optional<Parameter> output = when(!tied, [&] { return Parameter({vocabulary, width}, normal_with(stddev)); });
  std::optional<Parameter> output_bias =
      when(output_biased, [&] { return Parameter({vocabulary}, zeros, Role::bias); });
  Dropout embedding_dropout = Dropout{.probability = dropout};

  Tensor operator()(const Tensor& tokens, const Sequences& sequences) const {
    check_length(sequences.max_length());
    expect_one_each(*this, "tokens", tokens, sequences.tokens());
    return (*this)(tokens, sequences.positions());
  }
  /// Embeds tokens at the given positions, int64 [tokens].
  Tensor operator()(const Tensor& tokens, const Tensor& token_positions) const {
    expect_usable(*this);
    detail::expect_width(*this, "positions", positions, width);
    detail::expect_width(*this, "embedding", embedding, embedding_width);
    expect_one_each(*this, "positions", token_positions, tokens.elements());
    Tensor x = embedding(tokens);
    if (scale != 1) x = x * scale;
    if (widening) x = (*widening)(x);
    return embedding_dropout(
        positions(x, first_position == 0 ? token_positions : token_positions + first_position.value));
  }

  /// Maximum number of tokens of a sequence; 0: unlimited.
  std::int64_t context() const {
    const std::int64_t count = max_positions(positions);
    return count == 0 ? 0 : std::max<std::int64_t>(detail::positions_from(first_position, count), 1);
  }
  /// Throws Error if a sequence of this length exceeds the available positions.
  void check_length(std::int64_t length) const { detail::expect_positions(*this, length, first_position, positions); }

  /// Logits of hidden states:  [tokens, width] -> [tokens, vocabulary].
  Tensor logits(const Tensor& hidden) const {
    const Tensor rows = output_rows(hidden);
    return output_bias ? linear(rows, output_weight(), *output_bias) : linear(rows, output_weight());
  }
  /// Mean cross-entropy over the tokens whose label is not -100, without materialising all logits. labels: [tokens].
  Tensor loss(const Tensor& hidden, const Tensor& labels, double label_smoothing) const {
    return linear_cross_entropy(output_rows(hidden), output_weight(), output_bias ? Tensor(*output_bias) : Tensor{},
                                labels, {.label_smoothing = label_smoothing});
  }

  /// Projects hidden states to the width of output_weight.
  Tensor output_rows(const Tensor& hidden) const {
    const Tensor rows = tied && widening ? matmul(hidden, widening->weight) : hidden;
    return output_scale == 1 ? rows : rows * output_scale;
  }
  /// Weights of the output projection: E if tied, else O.
  const Parameter& output_weight() const { return output ? *output : embedding.weight; }

  void check() const {
    expect_at_least(*this, 0, vocabulary, width, embedding_width);
    if (first_position < 0 || first_position > detail::max_first_position) detail::too_late(*this, first_position);
  }
};

}  // namespace heed::nn
