#include "masking.h"

#include <algorithm>
#include <cmath>

#include "../../graph/fail.h"

namespace heed::text {
namespace {

/// Draws uniformly from the pieces of a vocabulary that are not special.
class OrdinaryPieces {
 public:
  explicit OrdinaryPieces(const WordPiece& vocabulary) : size_(vocabulary.size()) {
    for (const std::string_view piece : special_tokens)
      if (const auto token = vocabulary.find(piece)) special_.push_back(*token);
    std::sort(special_.begin(), special_.end());
  }
  std::int32_t draw(Draws& draws) const {
    auto token = static_cast<std::int32_t>(draws.below(size_ - std::ssize(special_)));
    for (const std::int32_t special : special_) token += token >= special;
    return token;
  }

 private:
  std::int64_t size_;
  std::vector<std::int32_t> special_;  // ascending
};

}  // namespace

MaskedTokens mask_tokens(const Tokens& tokens, const WordPiece& vocabulary, const Masking& masking, Draws& draws) {
  const auto in_unit = [](double x) { return x >= 0 && x <= 1; };
  if (!in_unit(masking.share) || !in_unit(masking.masked) || !in_unit(masking.random) ||
      masking.masked + masking.random > 1)
    fail("mask_tokens: share = {}, masked = {}, random = {}, but all must be in [0, 1], and masked + random at most 1",
         masking.share, masking.masked, masking.random);
  MaskedTokens result{.tokens = tokens, .positions = {}, .labels = {}};
  std::vector<std::int32_t> candidates;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i] < 0 || tokens[i] >= vocabulary.size())
      fail("mask_tokens: token {} is {}, but the vocabulary has {} pieces", i, tokens[i], vocabulary.size());
    if (!vocabulary.is_special(tokens[i])) candidates.push_back(static_cast<std::int32_t>(i));
  }
  const auto n = static_cast<std::int64_t>(candidates.size());
  if (n == 0 || masking.share == 0) return result;
  const std::int64_t wanted = std::clamp<std::int64_t>(std::llround(masking.share * static_cast<double>(n)), 1, n);
  for (std::int64_t i = 0; i < wanted; ++i)  // partial shuffle
    std::swap(candidates[static_cast<std::size_t>(i)], candidates[static_cast<std::size_t>(i + draws.below(n - i))]);
  candidates.resize(static_cast<std::size_t>(wanted));
  std::sort(candidates.begin(), candidates.end());
  const OrdinaryPieces ordinary(vocabulary);  // not empty: it includes the chosen tokens
  for (const std::int32_t position : candidates) {
    std::int32_t& token = result.tokens[static_cast<std::size_t>(position)];
    result.positions.push_back(position);
    result.labels.push_back(token);
    const double u = draws.uniform();
    if (u < masking.masked) {
      token = vocabulary.mask();
    } else if (u < masking.masked + masking.random) {
      token = ordinary.draw(draws);
    }
  }
  return result;
}

}  // namespace heed::text
