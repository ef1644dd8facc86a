// Sampling of the next token from a model's logits.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "../../graph/random.h"
#include "../../graph/tensor.h"

namespace heed::nn {

/// Sampling options, applied in this order: logits of tokens that a row already has are divided by repetition_penalty
/// if positive, else multiplied by it (Keskar et al. 2019, arXiv:1909.05858, section 4.1); all are divided by the
/// temperature; of the most likely tokens the first top_k are kept, then the fewest whose probabilities sum to top_p
/// (nucleus sampling: Holtzman et al. 2020, arXiv:1904.09751, section 3.1), then those with at least min_p times the
/// greatest probability (Nguyen et al. 2024, arXiv:2407.01082); one of the rest is sampled by its renormalised
/// probability. A temperature of 0 is greedy: it takes the most likely token, the first of equally likely ones.
struct Sampling {
  double temperature = 0;
  std::int64_t top_k = 0;  // 0: all
  double top_p = 1, min_p = 0;
  double repetition_penalty = 1;
};

/// Returns the sampling probability of each token, 0 for those that are not kept. `logits` are those of a row, where
/// -infinity bans a token; `before` are the tokens of the row so far. Throws Error if a logit is NaN or infinity, if
/// all are -infinity, if a token is outside the vocabulary, or if an option is out of range.
std::vector<double> token_probabilities(std::vector<double> logits, std::span<const std::int64_t> before,
                                        const Sampling& sampling);

namespace detail {
/// Throws Error, which starts with `who`, if an option is out of range.
void check_sampling(const char* who, const Sampling& sampling);

/// Returns true if the sampling takes the token with the largest unmodified logit.
bool is_greedy(const Sampling& sampling);

/// Returns a row of logits, float32 or float64, as double.
std::vector<double> logits_of_row(const Tensor& logits, std::int64_t row);
/// Returns the argmax of a row of logits, the first of equal ones.
std::int64_t argmax_of_row(const Tensor& logits, std::int64_t row);

/// Throws Error unless logits are floating point [rows, vocabulary], each finite or -infinity, with at least one finite
/// logit in each row. `step` and number(row), the prompt of a row, are for the message.
void check_logits(const char* who, const Tensor& logits, std::int64_t rows, std::int64_t step,
                  const std::function<std::int64_t(std::int64_t row)>& number);
/// Throws Error if the end token is outside the vocabulary; -1 means none.
void check_end(const char* who, std::int64_t end, std::int64_t vocabulary);
}  // namespace detail

}  // namespace heed::nn
