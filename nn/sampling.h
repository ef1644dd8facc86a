// How the next token is chosen from a model's logits.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "../graph/random.h"
#include "../graph/tensor.h"

namespace heed::nn {

/// In this order: logits of tokens that a row already has are divided by repetition_penalty where positive, else
/// multiplied (Keskar et al. 2019, arXiv:1909.05858, section 4.1); all are divided by the temperature; of the most
/// likely tokens are kept top_k, then the fewest whose chances make top_p (Holtzman et al. 2020, arXiv:1904.09751,
/// section 3.1), then those whose chance is at least min_p times the largest (Nguyen et al. 2024, arXiv:2407.01082);
/// one of them is drawn with its chance among them. A temperature of 0 takes the most likely token, of equally likely
/// ones the first.
struct Sampling {
  double temperature = 0;
  std::int64_t top_k = 0;  // 0: all
  double top_p = 1, min_p = 0;
  double repetition_penalty = 1;
};

/// The chances of each token, 0 for those that are not kept. `logits` are a row's, in which -infinity bans a token;
/// `before` are the tokens that the row has. Throws Error if a logit is NaN or infinity, if all are -infinity, if a
/// token is outside the vocabulary, or if a setting makes no sense.
std::vector<double> chances(std::vector<double> logits, std::span<const std::int64_t> before, const Sampling& sampling);

namespace detail {
/// Throws Error, in the name of `who`, if a setting makes no sense.
void check_sampling(const char* who, const Sampling& sampling);

/// Whether the sampling takes the largest logit as it stands.
bool is_greedy(const Sampling& sampling);

/// A row of logits, float32 or float64.
std::vector<double> logits_of_row(const Tensor& logits, std::int64_t row);
/// Its largest, of equal ones the first.
std::int64_t likeliest_of_row(const Tensor& logits, std::int64_t row);

/// Throws Error unless logits are floating point [rows, vocabulary], each one finite or -infinity, with one at least in
/// a row that is finite. `number` of a row and `step` are for the sentence.
void check_logits(const char* who, const Tensor& logits, std::int64_t rows, std::int64_t step,
                  const std::function<std::int64_t(std::int64_t row)>& number);
/// Throws Error if the end token is outside the vocabulary; -1 is none.
void check_end(const char* who, std::int64_t end, std::int64_t vocabulary);
}  // namespace detail

}  // namespace heed::nn
