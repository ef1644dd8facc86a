#include "sampling.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "../../graph/executor.h"
#include "../../graph/fail.h"

namespace heed::nn {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity(), never = -infinity;

/// Sets the logits of the tokens that top_k, top_p and min_p exclude to -infinity.
void keep_likely(std::vector<double>& logits, const Sampling& sampling) {
  if (sampling.top_k == 0 && sampling.top_p >= 1 && sampling.min_p <= 0) return;
  std::vector<std::size_t> order(logits.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto more_likely = [&](std::size_t a, std::size_t b) {
    return logits[a] != logits[b] ? logits[a] > logits[b] : a < b;
  };
  std::size_t kept = order.size();
  if (sampling.top_k > 0) kept = std::min(kept, static_cast<std::size_t>(sampling.top_k));
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(kept), order.end(), more_likely);
  const double largest = logits[order[0]];
  if (sampling.top_p < 1) {
    double total = 0, so_far = 0;
    for (std::size_t i = 0; i < kept; ++i) total += std::exp(logits[order[i]] - largest);
    std::size_t count = 0;
    while (count < kept && (count == 0 || so_far < sampling.top_p * total))
      so_far += std::exp(logits[order[count++]] - largest);
    kept = count;
  }
  while (kept > 1 && std::exp(logits[order[kept - 1]] - largest) < sampling.min_p) --kept;
  for (std::size_t i = kept; i < order.size(); ++i) logits[order[i]] = never;
}

/// Returns f(pointer to the row's first logit, stride), with a pointer of the logits' dtype.
template <class Function>
auto with_row(const Tensor& logits, std::int64_t row, const Function& f) {
  const std::int64_t first = row * logits.strides()[0], step = logits.strides()[1];
  return logits.dtype() == float32 ? f(read<float>(logits) + first, step) : f(read<double>(logits) + first, step);
}

/// Throws the error of a row from which no token can be chosen.
template <class Logit>
[[noreturn, gnu::cold]] void cannot_follow(std::string_view who_and_where, std::int64_t vocabulary,
                                           const Logit& logit) {
  for (std::int64_t token = 0; token < vocabulary; ++token)
    if (const auto value = static_cast<double>(logit(token)); !(value < infinity))
      fail("{} are {} for token {}, but each must be finite, or -infinity for a token that cannot follow",
           who_and_where, value, token);
  fail("{} are all -infinity, so that no token can follow", who_and_where);
}

/// Returns true if a token can be chosen from `count` logits with the given stride.
template <class T>
bool can_follow(const T* logits, std::int64_t count, std::int64_t stride) {
  bool all_below = true, some_above = false;
  for (std::int64_t i = 0; i < count; ++i) {
    const T logit = logits[i * stride];
    all_below &= logit < static_cast<T>(infinity);  // false for NaN
    some_above |= logit > static_cast<T>(never);
  }
  return all_below && some_above;
}

}  // namespace

std::vector<double> token_probabilities(std::vector<double> logits, std::span<const std::int64_t> before,
                                        const Sampling& sampling) {
  detail::check_sampling("token_probabilities", sampling);
  const auto check = [&](const char* which) {
    if (!can_follow(logits.data(), std::ssize(logits), 1))
      cannot_follow(which, std::ssize(logits), [&](std::int64_t i) { return logits[static_cast<std::size_t>(i)]; });
  };
  if (logits.empty()) fail("token_probabilities: there are no logits, but there must be one for each token");
  check("token_probabilities: the logits");
  for (const std::int64_t token : before)
    if (token < 0 || token >= std::ssize(logits))
      fail("token_probabilities: the row has token {}, but the vocabulary has {} tokens", token, logits.size());
  if (sampling.repetition_penalty != 1) {
    std::vector<std::int64_t> seen(before.begin(), before.end());
    std::sort(seen.begin(), seen.end());
    seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
    for (const std::int64_t token : seen) {
      double& logit = logits[static_cast<std::size_t>(token)];
      logit = logit > 0 ? logit / sampling.repetition_penalty : logit * sampling.repetition_penalty;
    }
    check("token_probabilities: the logits with their repetition penalty");
  }
  const auto most_likely = std::max_element(logits.begin(), logits.end());
  if (sampling.temperature == 0) {
    std::vector<double> certain(logits.size(), 0.0);
    certain[static_cast<std::size_t>(most_likely - logits.begin())] = 1;
    return certain;
  }
  const double largest = *most_likely;
  for (double& logit : logits) logit = (logit - largest) / sampling.temperature;
  keep_likely(logits, sampling);
  double total = 0;
  for (double& logit : logits) total += logit = std::exp(logit);
  for (double& probability : logits) probability /= total;
  return logits;
}

namespace detail {

void check_sampling(const char* who, const Sampling& sampling) {
  if (!(sampling.temperature >= 0 && sampling.temperature < infinity))
    fail("{}: temperature is {}, but it must be finite and at least 0", who, sampling.temperature);
  if (sampling.top_k < 0) fail("{}: top_k is {}, but it must be at least 1, or 0 for all", who, sampling.top_k);
  if (!(sampling.top_p > 0 && sampling.top_p <= 1))
    fail("{}: top_p is {}, but it must be above 0 and at most 1", who, sampling.top_p);
  if (!(sampling.min_p >= 0 && sampling.min_p <= 1))
    fail("{}: min_p is {}, but it must be from 0 to 1", who, sampling.min_p);
  if (!(sampling.repetition_penalty > 0 && sampling.repetition_penalty < infinity))
    fail("{}: repetition_penalty is {}, but it must be positive and finite", who, sampling.repetition_penalty);
}

bool is_greedy(const Sampling& sampling) { return sampling.temperature == 0 && sampling.repetition_penalty == 1; }

std::vector<double> logits_of_row(const Tensor& logits, std::int64_t row) {
  return with_row(logits, row, [width = logits.shape()[1]](const auto* from, std::int64_t step) {
    std::vector<double> values(static_cast<std::size_t>(width));
    for (std::int64_t i = 0; i < width; ++i) values[static_cast<std::size_t>(i)] = static_cast<double>(from[i * step]);
    return values;
  });
}

std::int64_t argmax_of_row(const Tensor& logits, std::int64_t row) {
  return with_row(logits, row, [width = logits.shape()[1]](const auto* from, std::int64_t step) {
    std::int64_t most_likely = 0;
    auto largest = from[0];
    for (std::int64_t i = 1; i < width; ++i) {
      if (!(largest < from[i * step])) continue;
      largest = from[i * step];
      most_likely = i;
    }
    return most_likely;
  });
}

void check_logits(const char* who, const Tensor& logits, std::int64_t rows, std::int64_t step,
                  const std::function<std::int64_t(std::int64_t row)>& number) {
  if (logits.rank() != 2 || logits.shape()[0] != rows || logits.shape()[1] < 1 || !is_floating(logits.dtype()))
    fail("{}: the model returned {} {} for {} rows, but logits must be floating point [rows, vocabulary]", who,
         to_string(logits.shape()), name(logits.dtype()), rows);
  const std::int64_t vocabulary = logits.shape()[1];
  // Cut by rows; nothing is written.
  parallel(rows, static_cast<double>(vocabulary) / 4, [&](Range part) {
    for (std::int64_t row = part.begin; row < part.end; ++row)
      with_row(logits, row, [&](const auto* from, std::int64_t stride) {
        if (can_follow(from, vocabulary, stride)) [[likely]]
          return;
        cannot_follow(fmt::format("{}: in step {} the model's logits of row {}", who, step, number(row)), vocabulary,
                      [&](std::int64_t token) { return from[token * stride]; });
      });
  });
}

void check_end(const char* who, std::int64_t end, std::int64_t vocabulary) {
  if (end < -1) fail("{}: end is {}, but it must be a token, or -1 for none", who, end);
  if (end >= vocabulary) fail("{}: end is {}, but the model's vocabulary has {} tokens", who, end, vocabulary);
}

}  // namespace detail
}  // namespace heed::nn
