#include "generate.h"

#include "../../graph/create.h"
#include "../../graph/executor.h"
#include "../../graph/fail.h"
#include "../support/prompts.h"

namespace heed::nn::detail {
namespace {

/// Uniform random number in [0, 1) of a row and step.
double draw(const RandomStream& random, std::int64_t row, std::int64_t step) {
  const auto low = [](std::uint64_t x) { return static_cast<std::uint32_t>(x); };
  const auto words = Philox::block({low(static_cast<std::uint64_t>(step)), low(static_cast<std::uint64_t>(row)),
                                    low(random.stream), low(random.stream >> 32)},
                                   {low(random.seed), low(random.seed >> 32)});
  return (static_cast<double>(words[0]) * 0x1p21 + static_cast<double>(words[1] >> 11)) * 0x1p-53;
}

/// Samples an index by inversion of the cumulative distribution.
std::int64_t sample(const std::vector<double>& probabilities, double uniform) {
  std::int64_t last = 0;
  for (std::int64_t i = 0; i < std::ssize(probabilities); ++i) {
    const double probability = probabilities[static_cast<std::size_t>(i)];
    if (probability <= 0) continue;
    if (uniform < probability) return i;
    uniform -= probability;
    last = i;
  }
  return last;  // the sum may be less than 1 by rounding
}

}  // namespace

void check_prompts(const char* who, const Prompts& prompts, std::int64_t max_new_tokens, std::int64_t context) {
  if (max_new_tokens < 1) fail("{}: max_new_tokens is {}, but it must be at least 1", who, max_new_tokens);
  if (context < 0) fail("{}: context is {}, but it must be positive, or 0 for any number of tokens", who, context);
  for (std::size_t row = 0; row < prompts.size(); ++row) {
    if (prompts[row].empty()) fail("{}: prompt {} is empty, but the model must be given a token to follow", who, row);
    for (const std::int64_t token : prompts[row])
      if (token < 0) fail("{}: prompt {} has the token {}, but tokens must not be negative", who, row, token);
    if (context > 0 && std::ssize(prompts[row]) > context)
      fail("{}: prompt {} has {} tokens, but the model can read {}", who, row, prompts[row].size(), context);
  }
}

void check_vocabulary(const char* who, const Prompts& prompts, std::int64_t vocabulary) {
  for (std::size_t row = 0; row < prompts.size(); ++row)
    for (const std::int64_t token : prompts[row])
      if (token >= vocabulary)
        fail("{}: prompt {} has the token {}, but the model's vocabulary has {} tokens", who, row, token, vocabulary);
}

Tensor joined_tokens(const Prompts& parts, const std::vector<std::int64_t>& rows) {
  std::vector<std::int64_t> tokens;
  for (const std::int64_t row : rows) {
    const auto& part = parts[static_cast<std::size_t>(row)];
    tokens.insert(tokens.end(), part.begin(), part.end());
  }
  return tensor(tokens);
}

Sequences joined_sequences(const Prompts& parts, const std::vector<std::int64_t>& rows) {
  std::vector<std::int64_t> lengths;
  for (const std::int64_t row : rows) lengths.push_back(std::ssize(parts[static_cast<std::size_t>(row)]));
  return Sequences(std::span<const std::int64_t>(lengths));
}

Generation::Generation(const Prompts& prompts, const GenerateOptions& options, std::int64_t context)
    : options_(options),
      context_(context),
      random_(next_random_stream()),
      all_(prompts),
      unseen_(prompts),
      results_(prompts.size()) {
  check_sampling("generate", options.sampling);
  check_prompts("generate", prompts, options.max_new_tokens, context);
  for (std::int64_t row = 0; row < std::ssize(prompts); ++row) rows_.push_back(row);
}

Tensor Generation::tokens() const { return joined_tokens(unseen_, rows_); }
Sequences Generation::sequences() const { return joined_sequences(unseen_, rows_); }

Tensor Generation::take(const Tensor& logits) {
  const auto count = std::ssize(rows_);
  check_logits("generate", logits, count, step_, [&](std::int64_t i) { return rows_[static_cast<std::size_t>(i)]; });
  if (step_ == 0) {
    check_end("generate", options_.end, logits.shape()[1]);
    check_vocabulary("generate", all_, logits.shape()[1]);
  }
  std::vector<std::int64_t> chosen(rows_.size());
  const bool greedy = is_greedy(options_.sampling);
  const auto choose = [&](std::int64_t i) {
    if (greedy) return argmax_of_row(logits, i);
    const std::int64_t row = rows_[static_cast<std::size_t>(i)];
    return sample(token_probabilities(logits_of_row(logits, i), all_[static_cast<std::size_t>(row)], options_.sampling),
                  draw(random_, row, step_));
  };
  // Cut by rows; each writes its own token.
  parallel(count, (greedy ? 1.0 : 10.0) * static_cast<double>(logits.shape()[1]), [&](Range part) {
    for (std::int64_t i = part.begin; i < part.end; ++i) chosen[static_cast<std::size_t>(i)] = choose(i);
  });
  ++step_;
  std::vector<std::int64_t> left, rows;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const auto row = static_cast<std::size_t>(rows_[i]);
    Generated& result = results_[row];
    result.ended = chosen[i] == options_.end;
    if (result.ended) continue;
    result.tokens.push_back(chosen[i]);
    all_[row].push_back(chosen[i]);
    unseen_[row] = {chosen[i]};
    if (options_.on_token && !options_.on_token(rows_[i], chosen[i])) continue;
    if (std::ssize(result.tokens) >= options_.max_new_tokens) continue;
    if (context_ > 0 && std::ssize(all_[row]) > context_) continue;
    left.push_back(static_cast<std::int64_t>(i));
    rows.push_back(rows_[i]);
  }
  const bool fewer = rows.size() < rows_.size();
  rows_ = std::move(rows);
  return fewer && !left.empty() ? tensor(left) : Tensor{};
}

}  // namespace heed::nn::detail
