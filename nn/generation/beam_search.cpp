#include "beam_search.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "../../graph/create.h"
#include "../../graph/executor.h"
#include "../../graph/fail.h"
#include "../support/prompts.h"

namespace heed::nn::detail {
namespace {

std::vector<std::int64_t> all_rows(std::size_t count) {
  std::vector<std::int64_t> rows(count);
  std::iota(rows.begin(), rows.end(), std::int64_t{0});
  return rows;
}

}  // namespace

BeamSearch::BeamSearch(const Prompts& prompts, const BeamSearchOptions& options, std::int64_t context)
    : options_(options), unseen_(prompts), finished_(prompts.size()) {
  if (options.beam < 1) fail("beam_search: beam is {}, but it must be at least 1", options.beam);
  if (options.best < 1 || options.best > options.beam)
    fail("beam_search: best is {} and beam {}, but best must be from 1 to beam", options.best, options.beam);
  if (!(options.length_penalty >= 0 && options.length_penalty < HUGE_VAL))
    fail("beam_search: length_penalty is {}, but it must be finite and at least 0", options.length_penalty);
  check_prompts("beam_search", prompts, options.max_new_tokens, context);
  for (std::size_t prompt = 0; prompt < prompts.size(); ++prompt) {
    rows_.push_back({prompt, {}, 0});
    // The model reads the prompt and all new tokens but the last.
    limits_.push_back(context > 0 ? std::min(options.max_new_tokens, context - std::ssize(prompts[prompt]) + 1)
                                  : options.max_new_tokens);
  }
}

Tensor BeamSearch::tokens() const { return joined_tokens(unseen_, all_rows(unseen_.size())); }
Sequences BeamSearch::sequences() const { return joined_sequences(unseen_, all_rows(unseen_.size())); }

double BeamSearch::score(double log_probability, std::int64_t tokens) const {
  return log_probability / std::pow((5.0 + static_cast<double>(tokens)) / 6.0, options_.length_penalty);
}

/// Returns the most likely continuations of each row: beam + 1, so that `beam` are left if one of them is the end
/// token.
std::vector<std::vector<BeamSearch::Candidate>> BeamSearch::candidates(const Tensor& logits) const {
  const std::int64_t vocabulary = logits.shape()[1];
  const auto kept = static_cast<std::ptrdiff_t>(std::min(options_.beam, vocabulary - 1) + 1);
  std::vector<std::vector<Candidate>> of_rows(rows_.size());
  // Cut by rows; each writes its own candidates.
  parallel(std::ssize(rows_), 5.0 * static_cast<double>(vocabulary), [&](Range part) {
    for (std::int64_t r = part.begin; r < part.end; ++r) {
      const auto row = static_cast<std::size_t>(r);
      const std::vector<double> values = logits_of_row(logits, r);
      const double largest = *std::max_element(values.begin(), values.end());
      double total = 0;
      for (const double value : values) total += std::exp(value - largest);
      const double logarithm = std::log(total);
      std::vector<std::int64_t> order = all_rows(values.size());
      std::partial_sort(order.begin(), order.begin() + kept, order.end(), [&](std::int64_t a, std::int64_t b) {
        const double left = values[static_cast<std::size_t>(a)], right = values[static_cast<std::size_t>(b)];
        return left != right ? left > right : a < b;
      });
      for (std::ptrdiff_t i = 0; i < kept; ++i) {
        const std::int64_t token = order[static_cast<std::size_t>(i)];
        // The largest logit is subtracted before the sum: large logits would cancel the log probability so far.
        const double of_token = values[static_cast<std::size_t>(token)] - largest - logarithm;
        of_rows[row].push_back({row, token, rows_[row].log_probability + of_token});
      }
    }
  });
  return of_rows;
}

void BeamSearch::finish(std::size_t prompt, Hypothesis hypothesis) {
  auto& finished = finished_[prompt];
  hypothesis.score = score(hypothesis.log_probability, std::ssize(hypothesis.tokens) + (hypothesis.ended ? 1 : 0));
  const auto place = std::find_if(finished.begin(), finished.end(),
                                  [&](const Hypothesis& other) { return other.score < hypothesis.score; });
  finished.insert(place, std::move(hypothesis));
  if (std::ssize(finished) > options_.beam) finished.pop_back();
}

bool BeamSearch::is_done(std::size_t prompt, double best_followed) const {
  const auto& finished = finished_[prompt];
  if (std::ssize(finished) < (options_.early_stopping ? options_.beam : options_.best)) return false;
  // A log probability never increases, and its divisor is greatest at the maximum length.
  return options_.early_stopping ||
         score(best_followed, limits_[prompt]) <= finished[static_cast<std::size_t>(options_.best) - 1].score;
}

Tensor BeamSearch::take(const Tensor& logits) {
  check_logits("beam_search", logits, std::ssize(rows_), step_, [&](std::int64_t row) {
    return static_cast<std::int64_t>(rows_[static_cast<std::size_t>(row)].prompt);
  });
  if (step_++ == 0) {
    check_end("beam_search", options_.end, logits.shape()[1]);
    check_vocabulary("beam_search", unseen_, logits.shape()[1]);
  }
  const std::vector<std::vector<Candidate>> of_rows = candidates(logits);
  std::vector<Row> rows;
  std::vector<std::int64_t> followed;
  for (std::size_t begin = 0, end = 0; begin < rows_.size(); begin = end) {
    const std::size_t prompt = rows_[begin].prompt;
    std::vector<Candidate> all;
    for (end = begin; end < rows_.size() && rows_[end].prompt == prompt; ++end)
      all.insert(all.end(), of_rows[end].begin(), of_rows[end].end());
    std::sort(all.begin(), all.end(), [](const Candidate& a, const Candidate& b) {
      if (a.log_probability != b.log_probability) return a.log_probability > b.log_probability;
      return std::pair{a.row, a.token} < std::pair{b.row, b.token};
    });
    const bool is_last = std::ssize(rows_[begin].tokens) + 1 == limits_[prompt];
    const std::size_t first = rows.size();
    std::int64_t open = 0;  // continuations that have not ended
    for (const Candidate& candidate : all) {
      if (open == options_.beam || candidate.log_probability == -HUGE_VAL) break;
      std::vector<std::int64_t> tokens = rows_[candidate.row].tokens;
      const bool ends = candidate.token == options_.end;
      if (!ends) {
        tokens.push_back(candidate.token);
        ++open;
      }
      if (ends || is_last) {
        finish(prompt, {std::move(tokens), candidate.log_probability, 0, ends});
      } else {
        rows.push_back({prompt, std::move(tokens), candidate.log_probability});
        followed.push_back(static_cast<std::int64_t>(candidate.row));
      }
    }
    if (rows.size() > first && is_done(prompt, rows[first].log_probability)) {
      rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(first), rows.end());
      followed.resize(first);
    }
  }
  rows_ = std::move(rows);
  unseen_.assign(rows_.size(), {});
  for (std::size_t i = 0; i < rows_.size(); ++i) unseen_[i] = {rows_[i].tokens.back()};
  return followed.empty() ? Tensor{} : tensor(followed);
}

std::vector<std::vector<Hypothesis>> BeamSearch::results() {
  for (auto& finished : finished_)
    if (std::ssize(finished) > options_.best) finished.resize(static_cast<std::size_t>(options_.best));
  return std::move(finished_);
}

}  // namespace heed::nn::detail
