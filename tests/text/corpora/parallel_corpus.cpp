#include <heed/graph/error.h>
#include <heed/text/corpora/parallel_corpus.h>
#include <heed/text/tokenizers/train_byte_pair_encoding.h>

#include <fstream>
#include <random>
#include <set>

#include "catch.h"
#include "nn/temporary_folder.h"

using namespace heed;
using namespace heed::text;

namespace {

using Numbers = std::vector<std::int64_t>;

std::vector<SentencePair> random_pairs(std::size_t count) {
  std::mt19937 random(1);
  std::vector<SentencePair> pairs(count);
  for (SentencePair& pair : pairs) {
    const std::size_t length = 1 + random() % 30;
    pair.source.assign(length, static_cast<std::int32_t>(4 + random() % 50));
    pair.target.assign(1 + (length + random() % 5) % 32, static_cast<std::int32_t>(4 + random() % 50));
  }
  return pairs;
}

std::int64_t tokens_of(const SentencePair& pair) { return std::ssize(pair.source) + std::ssize(pair.target) + 2; }

}  // namespace

TEST_CASE("reading of line-aligned files", "[text]") {
  const TemporaryFolder folder;
  const std::string a = folder.file("a"), b = folder.file("b");
  const auto write = [](const std::string& path, const std::string& text) { std::ofstream(path) << text; };
  write(a, "one\ntwo two\r\n");
  write(b, "uno\ndue due");
  const ParallelTexts texts = read_parallel(a, b);
  CHECK(texts.source == std::vector<std::string>{"one", "two two"});
  CHECK(texts.target == std::vector<std::string>{"uno", "due due"});
  write(b, "uno\n");
  CHECK_THROWS_WITH(read_parallel(a, b), "read_parallel: " + a + " has 2 lines and " + b +
                                             " has 1, but they must be translations of each other, line by line");
  write(b, "uno\n \n");
  CHECK_THROWS_WITH(read_parallel(a, b),
                    "read_parallel: " + b + ": line 2 is empty, but each line must have a translation");
  write(b, "uno\n\xff\n");
  CHECK_THROWS_WITH(read_parallel(a, b),
                    "read_parallel: " + b + ": line 2 is not valid UTF-8 at byte 1, counted from 1");
  write(a, "");
  write(b, "");
  CHECK_THROWS_WITH(read_parallel(a, b), "read_parallel: " + a + " and " + b + " have no lines");
  CHECK_THROWS_AS(read_parallel(a, folder.file("nowhere")), Error);
  CHECK_THROWS_WITH(encode_pairs({{"a"}, {}}, train_byte_pair_encoding(std::vector<std::string>{"a"})),
                    "encode_pairs: there are 1 sources and 0 targets, but their numbers must be equal");
}

TEST_CASE("pairs outside the length limits are removed", "[text]") {
  const auto pair = [](std::size_t source, std::size_t target) {
    return SentencePair{Tokens(source, 5), Tokens(target, 6)};
  };
  std::vector<SentencePair> pairs{pair(0, 1), pair(1, 1),   pair(2, 6), pair(6, 2),
                                  pair(2, 7), pair(11, 10), pair(10, 4)};
  CHECK(filter_by_length(pairs, {.min_length = 1, .max_length = 10, .ratio = 3}) == 3);
  REQUIRE(pairs.size() == 4);
  CHECK(pairs[0].source.size() == 1);
  CHECK(pairs[1].target.size() == 6);
  CHECK(pairs[2].source.size() == 6);
  CHECK(pairs[3].source.size() == 10);
  CHECK_THROWS_WITH(
      filter_by_length(pairs, {.min_length = 5, .max_length = 4}),
      "filter_by_length: min_length = 5, max_length = 4, ratio = 3, but 0 <= min_length <= max_length and ratio >= 1 "
      "must hold");
}

TEST_CASE("a batch of pairs", "[text]") {
  const std::vector<SentencePair> pairs{{{5, 6}, {7}}, {{8}, {9, 10, 11}}};
  const TranslationBatch batch = translation_batch(pairs, {1, 0});
  CHECK(batch.source.to_vector<std::int64_t>() == Numbers{8, 2, 5, 6, 2});
  CHECK(batch.target_input.to_vector<std::int64_t>() == Numbers{1, 9, 10, 11, 1, 7});
  CHECK(batch.target_labels.to_vector<std::int64_t>() == Numbers{9, 10, 11, 2, 7, 2});
  CHECK(batch.source_sequences.count() == 2);
  CHECK(batch.source_sequences.length(0) == 2);
  CHECK(batch.target_sequences.length(1) == 2);
  const SourceBatch sources = source_batch(std::vector<Tokens>{{8}, {5, 6}});
  CHECK(sources.tokens.to_vector<std::int64_t>() == Numbers{8, 2, 5, 6, 2});
  CHECK(sources.sequences.length(1) == 3);
}

TEST_CASE("an epoch has each pair once, in batches within the token limit and of similar lengths", "[text]") {
  const auto pairs = random_pairs(3000);
  const TranslationBatches options{.tokens = 300, .bucket = 20, .seed = 4};
  const TranslationEpoch epoch{pairs, options, 0}, again{pairs, options, 0}, next{pairs, options, 1};
  std::multiset<std::size_t> seen;
  std::int64_t padded = 0, tokens = 0, differ = 0;
  for (std::int64_t i = 0; i < epoch.batches(); ++i) {
    std::int64_t sum = 0, max_length = 0;
    for (const std::size_t p : epoch.pairs_of(i)) {
      seen.insert(p);
      sum += tokens_of(pairs[p]);
      max_length = std::max(max_length, tokens_of(pairs[p]));
    }
    CHECK(sum <= 300);
    tokens += sum;
    padded += max_length * std::ssize(epoch.pairs_of(i));
    CHECK(epoch.pairs_of(i) == again.pairs_of(i));
    if (i < next.batches()) differ += epoch.pairs_of(i) != next.pairs_of(i);
  }
  CHECK(seen.size() == 3000);
  CHECK(std::set<std::size_t>(seen.begin(), seen.end()).size() == 3000);
  CHECK(static_cast<double>(padded) < 1.15 * static_cast<double>(tokens));
  CHECK(static_cast<double>(tokens) > 0.9 * 300 * static_cast<double>(epoch.batches()));
  CHECK(differ > epoch.batches() * 9 / 10);
  CHECK(epoch.batch(0).source.elements() + epoch.batch(0).target_input.elements() <= 300);

  CHECK_THROWS_WITH(epoch.batch(epoch.batches()), "TranslationEpoch: batch " + std::to_string(epoch.batches()) +
                                                      " was asked for, but there are " +
                                                      std::to_string(epoch.batches()));
  const std::vector<SentencePair> none;
  CHECK_THROWS_WITH((TranslationEpoch{none, options, 0}), "TranslationEpoch: there are no pairs of sentences");
  const std::vector<SentencePair> large{{Tokens(10, 5), Tokens(10, 5)}};
  CHECK_THROWS_WITH((TranslationEpoch{large, {.tokens = 21}, 0}),
                    "TranslationEpoch: pair 0 has 22 tokens, but a batch holds at most 21");
  CHECK_THROWS_WITH((TranslationEpoch{large, {.tokens = 0}, 0}),
                    "TranslationEpoch: tokens = 0 and bucket = 64, but both must be at least 1");
}
