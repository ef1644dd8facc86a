#include <fmt/format.h>
#include <heed/graph/error.h>
#include <heed/graph/executor.h>
#include <heed/text/corpora/pretraining.h>

#include <cmath>
#include <set>

#include "catch.h"

using namespace heed;
using Catch::Matchers::Message;

namespace {

/// Vocabulary of words w0, w1, ... after the special tokens.
text::WordPiece numbered(int words) {
  std::vector<std::string> pieces(text::special_tokens.begin(), text::special_tokens.end());
  for (int i = 0; i < words; ++i) pieces.push_back(fmt::format("w{}", i));
  return text::WordPiece(pieces);
}

/// Documents with distinct tokens: those of document d start at 1000 d + 5.
std::vector<text::Sentences> documents(std::size_t count) {
  std::vector<text::Sentences> made(count);
  for (std::size_t d = 0; d < count; ++d) {
    auto token = static_cast<std::int32_t>(1000 * d + 5);
    for (std::size_t s = 0; s < 1 + d % 5; ++s) {
      made[d].emplace_back();
      for (std::size_t t = 0; t < 3 + (d + s) % 7; ++t) made[d].back().push_back(token++);
    }
  }
  return made;
}

std::vector<std::int64_t> numbers(const Tensor& tensor) { return tensor.to_vector<std::int64_t>(); }

}  // namespace

TEST_CASE("pairs of segments", "[text]") {
  const auto vocabulary = numbered(200'000);
  const auto corpus = documents(200);
  const text::PretrainingOptions options{.max_length = 24, .batch_tokens = 200, .masking = {.share = 0}};
  const text::PretrainingEpoch epoch(corpus, vocabulary, options, 3);
  std::int64_t examples = 0, next = 0;
  for (std::int64_t b = 0; b < epoch.batches(); ++b) {
    const nn::BertBatch batch = epoch.batch(b);
    const auto tokens = numbers(batch.tokens), segments = numbers(batch.segments), labels = numbers(batch.next_labels);
    CHECK(batch.sequences.tokens() <= 200);
    for (std::int64_t s = 0; s < batch.sequences.count(); ++s) {
      const auto begin = static_cast<std::size_t>(batch.sequences.offset(s)),
                 end = static_cast<std::size_t>(batch.sequences.offset(s + 1));
      REQUIRE(end - begin <= 24);
      REQUIRE(tokens[begin] == vocabulary.classification());
      REQUIRE(tokens[end - 1] == vocabulary.separator());
      std::size_t second = begin;
      while (segments[second] == 0) ++second;
      REQUIRE(tokens[second - 1] == vocabulary.separator());
      const std::int64_t document_a = tokens[begin + 1] / 1000, document_b = tokens[second] / 1000;
      const bool is_next = labels[static_cast<std::size_t>(s)] == 0;
      REQUIRE(is_next == (document_a == document_b));
      if (is_next) REQUIRE(tokens[second] == tokens[second - 2] + 1);
      REQUIRE(document_a % 5 != 0);  // documents of one sentence, which none can follow
      next += is_next;
      ++examples;
    }
  }
  CHECK(examples > 200);
  CHECK(static_cast<double>(next) / static_cast<double>(examples) == Approx(0.5).margin(0.06));
}

TEST_CASE("half of the pairs have label 0, independent of the other documents", "[text]") {
  const auto vocabulary = numbered(50);
  // Document d consists of the piece 5 + d, in sentences of three; the others are empty, or have an empty sentence.
  const auto corpus_of = [](std::size_t full, std::size_t empty, std::size_t sentences) {
    std::vector<text::Sentences> corpus(full + empty);
    for (std::size_t d = 0; d < full; ++d)
      corpus[d * (full + empty) / full].assign(sentences, text::Tokens(3, static_cast<std::int32_t>(5 + d)));
    for (std::size_t d = 1; d < corpus.size(); d += 3)
      if (corpus[d].empty()) corpus[d] = {{}};
    return corpus;
  };
  const auto share_of = [&](const std::vector<text::Sentences>& corpus, std::size_t full) {
    std::int64_t next = 0, all = 0;
    std::vector<std::int64_t> second(full, 0);
    for (std::uint32_t e = 0; e < 8; ++e) {
      const text::PretrainingEpoch epoch(corpus, vocabulary, {.max_length = 12, .masking = {.share = 0}}, e);
      for (std::int64_t b = 0; b < epoch.batches(); ++b) {
        const nn::BertBatch batch = epoch.batch(b);
        const auto tokens = numbers(batch.tokens), labels = numbers(batch.next_labels);
        for (std::int64_t s = 0; s < batch.sequences.count(); ++s) {
          const auto first = tokens[static_cast<std::size_t>(batch.sequences.offset(s)) + 1],
                     last = tokens[static_cast<std::size_t>(batch.sequences.offset(s + 1)) - 2];
          REQUIRE((labels[static_cast<std::size_t>(s)] == 0) == (first == last));
          next += first == last;
          if (first != last) ++second[static_cast<std::size_t>(last - 5)];
          ++all;
        }
      }
    }
    // All documents are drawn equally often as the other one.
    for (const std::int64_t count : second) {
      const double expected = static_cast<double>(all - next) / static_cast<double>(full);
      CHECK(std::abs(static_cast<double>(count) - expected) < 5 * std::sqrt(expected));
    }
    REQUIRE(all > 1000);
    return static_cast<double>(next) / static_cast<double>(all);
  };
  CHECK(share_of(corpus_of(40, 950, 20), 40) == Approx(0.5).margin(0.03));
  CHECK(share_of(corpus_of(2, 0, 300), 2) == Approx(0.5).margin(0.04));
  CHECK(share_of(corpus_of(2, 2000, 300), 2) == Approx(0.5).margin(0.04));
  // Documents of one sentence are only used for segment B.
  auto corpus = corpus_of(40, 100, 20);
  for (std::size_t d = 0, i = 0; d < corpus.size(); ++d)
    if (!corpus[d].empty() && !corpus[d][0].empty() && i++ % 2 == 0) corpus[d].resize(1);
  CHECK(share_of(corpus, 40) == Approx(0.5).margin(0.03));
}

TEST_CASE("a stream has one separator between texts, also with empty ones between them", "[text]") {
  const auto vocabulary = numbered(10);
  std::vector<text::Sentences> corpus(300);
  corpus[20] = {{5, 6}, {}, {7}};
  corpus[150] = {{8}};
  corpus[151] = {{}, {9}};
  const text::PretrainingEpoch epoch(corpus, vocabulary, {.next_sentence = false, .masking = {.share = 0}}, 0);
  REQUIRE(epoch.batches() == 1);
  CHECK(numbers(epoch.batch(0).tokens).size() == 1 + 5 + 3 + 1);
}

TEST_CASE("a stream of documents contains every token once", "[text]") {
  const auto vocabulary = numbered(60'000);
  const auto corpus = documents(50);
  const text::PretrainingEpoch epoch(
      corpus, vocabulary, {.max_length = 16, .batch_tokens = 64, .next_sentence = false, .masking = {.share = 0}}, 0);
  std::multiset<std::int64_t> found, expected;
  for (std::int64_t b = 0; b < epoch.batches(); ++b) {
    const nn::BertBatch batch = epoch.batch(b);
    CHECK_FALSE(batch.next_labels);
    for (const std::int64_t token : numbers(batch.tokens))
      if (!vocabulary.is_special(token)) found.insert(token);
  }
  for (const auto& document : corpus)
    for (const auto& sentence : document) expected.insert(sentence.begin(), sentence.end());
  CHECK(found == expected);
}

TEST_CASE("an epoch is the same for any number of threads and differs from the next", "[text]") {
  const auto vocabulary = numbered(200'000);
  const auto corpus = documents(200);
  const auto tokens_with = [&](int n, std::uint32_t epoch) {
    const int before = threads();
    set_threads(n);
    const text::PretrainingEpoch made(corpus, vocabulary, {.max_length = 24, .batch_tokens = 200}, epoch);
    std::vector<std::int64_t> all;
    for (std::int64_t b = 0; b < made.batches(); ++b)
      for (const std::int64_t token : numbers(made.batch(b).tokens)) all.push_back(token);
    set_threads(before);
    return all;
  };
  const auto one = tokens_with(1, 0);
  CHECK(one == tokens_with(3, 0));
  CHECK(one == tokens_with(8, 0));
  CHECK(one != tokens_with(1, 1));
}

TEST_CASE("invalid input of pretraining is an error", "[text]") {
  const auto vocabulary = numbered(10);
  CHECK_THROWS_MATCHES(
      text::PretrainingEpoch(documents(1), vocabulary, {}, 0), Error,
      Message(
          "PretrainingEpoch: next_sentence needs at least two documents with text, but of 1 documents 1 have text"));
  auto one_of_three = documents(3);
  one_of_three[0].clear();
  one_of_three[1] = {{}, {}};
  CHECK_THROWS_MATCHES(text::PretrainingEpoch(one_of_three, vocabulary, {}, 0), Error,
                       Message("PretrainingEpoch: next_sentence needs at least two documents with text, but of 3 "
                               "documents 1 have text"));
  CHECK_THROWS_MATCHES(text::PretrainingEpoch({{{7, 8}}, {{9}, {}}}, vocabulary, {}, 0), Error,
                       Message("PretrainingEpoch: next_sentence needs a document of at least two sentences, but 2 "
                               "documents have one each"));
  CHECK_THROWS_MATCHES(
      text::PretrainingEpoch(documents(3), vocabulary, {.max_length = 4}, 0), Error,
      Message("PretrainingEpoch: max_length = 4 and batch_tokens = 2048, but max_length must be at least 8 and "
              "batch_tokens at least max_length"));
  CHECK_THROWS_MATCHES(text::PretrainingEpoch({}, vocabulary, {.next_sentence = false}, 0), Error,
                       Message("PretrainingEpoch: the 0 documents have too little text for an example"));
}
