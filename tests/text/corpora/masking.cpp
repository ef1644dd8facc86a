// Also tests text/corpora/draws.h.
#include <fmt/format.h>
#include <heed/graph/error.h>
#include <heed/graph/executor.h>
#include <heed/text/corpora/pretraining.h>

#include <set>

#include "catch.h"

using namespace heed;
using Catch::Matchers::Message;

namespace {

using Strings = std::vector<std::string>;

/// Vocabulary of words w0, w1, ... after the special tokens.
text::WordPiece numbered(int words) {
  std::vector<std::string> pieces(text::special_tokens.begin(), text::special_tokens.end());
  for (int i = 0; i < words; ++i) pieces.push_back(fmt::format("w{}", i));
  return text::WordPiece(pieces);
}

}  // namespace

TEST_CASE("masking has the requested fractions and returns the original tokens as labels", "[text]") {
  const auto vocabulary = numbered(5000);
  std::int64_t chosen = 0, masked = 0, kept = 0, all = 0;
  for (std::uint64_t item = 0; item < 300; ++item) {
    text::Tokens tokens = {vocabulary.classification()};
    for (std::int32_t i = 0; i < 100; ++i) tokens.push_back(5 + i * 37);
    tokens.push_back(vocabulary.separator());
    text::Draws draws(1, 0, item);
    const auto result = text::mask_tokens(tokens, vocabulary, {.share = 0.2}, draws);
    REQUIRE(result.positions.size() == 20);
    REQUIRE(result.tokens.size() == tokens.size());
    std::set<std::int32_t> seen(result.positions.begin(), result.positions.end());
    REQUIRE(seen.size() == 20);
    for (std::size_t i = 0; i < tokens.size(); ++i)
      if (!seen.contains(static_cast<std::int32_t>(i))) REQUIRE(result.tokens[i] == tokens[i]);
    for (std::size_t i = 0; i < result.positions.size(); ++i) {
      const auto at = static_cast<std::size_t>(result.positions[i]);
      REQUIRE(result.labels[i] == tokens[at]);
      REQUIRE_FALSE(vocabulary.is_special(tokens[at]));
      masked += result.tokens[at] == vocabulary.mask();
      kept += result.tokens[at] == tokens[at];
      ++chosen;
    }
    all += 100;
  }
  CHECK(chosen == all / 5);
  CHECK(static_cast<double>(masked) / static_cast<double>(chosen) == Approx(0.8).margin(0.02));
  CHECK(static_cast<double>(kept) / static_cast<double>(chosen) == Approx(0.1).margin(0.02));
}

TEST_CASE("edge cases of masking", "[text]") {
  const auto vocabulary = numbered(10);
  text::Draws draws(1, 0, 0);
  CHECK(text::mask_tokens({}, vocabulary, {}, draws).positions.empty());
  CHECK(text::mask_tokens({2, 3}, vocabulary, {}, draws).positions.empty());         // special tokens only
  CHECK(text::mask_tokens({2, 7, 3}, vocabulary, {}, draws).positions.size() == 1);  // at least one
  CHECK(text::mask_tokens({2, 7, 3}, vocabulary, {.share = 0}, draws).positions.empty());
  CHECK_THROWS_MATCHES(
      text::mask_tokens({7}, vocabulary, {.masked = 0.9, .random = 0.2}, draws), Error,
      Message("mask_tokens: share = 0.15, masked = 0.9, random = 0.2, but all must be in [0, 1], and masked "
              "+ random at most 1"));
}

TEST_CASE("random pieces are drawn from those that are not special", "[text]") {
  // The special pieces are between the others, without [PAD].
  const text::WordPiece vocabulary(Strings{"a", "[MASK]", "b", "c", "[UNK]", "[SEP]", "[CLS]", "d"});
  std::vector<int> counts(8, 0);
  constexpr int draws_of_each = 8000;
  text::Draws draws(5, 0, 0);
  for (int i = 0; i < draws_of_each; ++i)
    ++counts[static_cast<std::size_t>(text::mask_tokens({0}, vocabulary, {.masked = 0, .random = 1}, draws).tokens[0])];
  for (const std::size_t token : {0u, 2u, 3u, 7u}) CHECK(counts[token] == Approx(draws_of_each / 4.0).margin(200));
  for (const std::size_t token : {1u, 4u, 5u, 6u}) CHECK(counts[token] == 0);

  // One such piece, and none.
  const text::WordPiece one(Strings{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a"});
  CHECK(text::mask_tokens({2, 5, 3}, one, {.masked = 0, .random = 1}, draws).tokens == text::Tokens{2, 5, 3});
  const text::WordPiece none(Strings(text::special_tokens.begin(), text::special_tokens.end()));
  CHECK(text::mask_tokens({0, 1, 2, 3, 4}, none, {.masked = 0, .random = 1}, draws).positions.empty());
  CHECK_THROWS_WITH(text::mask_tokens({2, 7, 3}, none, {.masked = 0, .random = 1}, draws),
                    "mask_tokens: token 1 is 7, but the vocabulary has 5 pieces");
  CHECK_THROWS_WITH(text::mask_tokens({-1}, one, {}, draws),
                    "mask_tokens: token 0 is -1, but the vocabulary has 6 pieces");
  CHECK_THROWS_WITH(draws.below(0), "Draws: a number below 0 was asked for, but it must be from 1 to 2^32");
  CHECK_THROWS_AS(draws.below((std::int64_t{1} << 32) + 1), Error);
}
