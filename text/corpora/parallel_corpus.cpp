#include "parallel_corpus.h"

#include <algorithm>
#include <numeric>

#include "../../graph/create.h"
#include "../../graph/fail.h"
#include "../strings/lines.h"
#include "shuffled.h"

namespace heed::text {
namespace {

std::vector<std::string> nonempty_lines_of(const std::string& path) {
  std::vector<std::string> lines = read_lines("read_parallel", path);
  for (std::size_t i = 0; i < lines.size(); ++i)
    if (is_blank(lines[i]))
      fail("read_parallel: {}: line {} is empty, but each line must have a translation", path, i + 1);
  return lines;
}

/// Number of tokens of a pair, including begin and end tokens.
std::int64_t tokens_of(const SentencePair& pair) { return std::ssize(pair.source) + 1 + std::ssize(pair.target) + 1; }

/// Purpose of a shuffle, for independent random numbers.
enum Purpose : std::uint64_t { order_of_pairs = 1, order_of_batches = 2 };

Sequences sequences_of(const std::vector<std::int64_t>& lengths) {
  return Sequences(std::span<const std::int64_t>(lengths));
}

}  // namespace

ParallelTexts read_parallel(const std::string& source_path, const std::string& target_path) {
  ParallelTexts texts{nonempty_lines_of(source_path), nonempty_lines_of(target_path)};
  if (texts.source.size() != texts.target.size())
    fail("read_parallel: {} has {} lines and {} has {}, but they must be translations of each other, line by line",
         source_path, texts.source.size(), target_path, texts.target.size());
  if (texts.source.empty()) fail("read_parallel: {} and {} have no lines", source_path, target_path);
  return texts;
}

std::vector<SentencePair> encode_pairs(const ParallelTexts& texts, const BytePairEncoding& vocabulary) {
  if (texts.source.size() != texts.target.size())
    fail("encode_pairs: there are {} sources and {} targets, but their numbers must be equal", texts.source.size(),
         texts.target.size());
  std::vector<Tokens> source = vocabulary.encode(texts.source), target = vocabulary.encode(texts.target);
  std::vector<SentencePair> pairs(source.size());
  for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i] = {std::move(source[i]), std::move(target[i])};
  return pairs;
}

std::int64_t filter_by_length(std::vector<SentencePair>& pairs, const LengthFilter& filter) {
  if (filter.min_length < 0 || filter.max_length < filter.min_length || !(filter.ratio >= 1))
    fail(
        "filter_by_length: min_length = {}, max_length = {}, ratio = {}, but 0 <= min_length <= max_length and ratio "
        ">= 1 must hold",
        filter.min_length, filter.max_length, filter.ratio);
  return static_cast<std::int64_t>(std::erase_if(pairs, [&](const SentencePair& pair) {
    const auto [shorter, longer] = std::minmax({std::ssize(pair.source), std::ssize(pair.target)});
    return shorter < filter.min_length || longer > filter.max_length ||
           static_cast<double>(longer) > filter.ratio * static_cast<double>(shorter);
  }));
}

TranslationEpoch::TranslationEpoch(const std::vector<SentencePair>& pairs, const TranslationBatches& options,
                                   std::uint32_t epoch)
    : pairs_(pairs) {
  if (options.tokens < 1 || options.bucket < 1)
    fail("TranslationEpoch: tokens = {} and bucket = {}, but both must be at least 1", options.tokens, options.bucket);
  if (pairs.empty()) fail("TranslationEpoch: there are no pairs of sentences");
  for (std::size_t i = 0; i < pairs.size(); ++i)
    if (tokens_of(pairs[i]) > options.tokens)
      fail("TranslationEpoch: pair {} has {} tokens, but a batch holds at most {}", i, tokens_of(pairs[i]),
           options.tokens);

  std::vector<std::size_t> order = shuffled(pairs.size(), {options.seed, epoch, order_of_pairs});
  std::vector<std::vector<std::size_t>> batches;
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin;
    for (std::int64_t tokens = 0; end < order.size() && tokens / options.tokens < options.bucket; ++end)
      tokens += tokens_of(pairs[order[end]]);
    const auto from = order.begin() + static_cast<std::ptrdiff_t>(begin),
               to = order.begin() + static_cast<std::ptrdiff_t>(end);
    const auto lengths = [&](std::size_t i) {
      return std::pair{pairs[i].source.size() + pairs[i].target.size(), pairs[i].source.size()};
    };
    // Pairs of equal length keep the random order by comparing their index: std::sort is not stable.
    std::vector<std::size_t> place(static_cast<std::size_t>(to - from)), run(from, to);
    std::iota(place.begin(), place.end(), std::size_t{0});
    std::sort(place.begin(), place.end(), [&](std::size_t a, std::size_t b) {
      return std::pair{lengths(run[a]), a} < std::pair{lengths(run[b]), b};
    });
    std::int64_t tokens = options.tokens;  // the first pair starts a batch
    for (const std::size_t at : place) {
      const std::int64_t more = tokens_of(pairs[run[at]]);
      if (more > options.tokens - tokens) {
        batches.emplace_back();
        tokens = 0;
      }
      batches.back().push_back(run[at]);
      tokens += more;
    }
    begin = end;
  }
  for (const std::size_t i : shuffled(batches.size(), {options.seed, epoch, order_of_batches}))
    batches_.push_back(std::move(batches[i]));
}

const std::vector<std::size_t>& TranslationEpoch::pairs_of(std::int64_t i) const {
  if (i < 0 || i >= batches()) fail("TranslationEpoch: batch {} was asked for, but there are {}", i, batches());
  return batches_[static_cast<std::size_t>(i)];
}

TranslationBatch TranslationEpoch::batch(std::int64_t i) const { return translation_batch(pairs_, pairs_of(i)); }

TranslationBatch translation_batch(const std::vector<SentencePair>& pairs, const std::vector<std::size_t>& which) {
  std::vector<std::int64_t> source, input, labels, source_lengths, target_lengths;
  for (const std::size_t i : which) {
    if (i >= pairs.size()) fail("translation_batch: pair {} was asked for, but there are {}", i, pairs.size());
    const auto& [from, to] = pairs[i];
    source.insert(source.end(), from.begin(), from.end());
    source.push_back(BytePairEncoding::end_token());
    source_lengths.push_back(std::ssize(from) + 1);
    input.push_back(BytePairEncoding::begin_token());
    input.insert(input.end(), to.begin(), to.end());
    labels.insert(labels.end(), to.begin(), to.end());
    labels.push_back(BytePairEncoding::end_token());
    target_lengths.push_back(std::ssize(to) + 1);
  }
  return {tensor(source), sequences_of(source_lengths), tensor(input), tensor(labels), sequences_of(target_lengths)};
}

SourceBatch source_batch(std::span<const Tokens> sources) {
  std::vector<std::int64_t> tokens, lengths;
  for (const Tokens& source : sources) {
    tokens.insert(tokens.end(), source.begin(), source.end());
    tokens.push_back(BytePairEncoding::end_token());
    lengths.push_back(std::ssize(source) + 1);
  }
  return {tensor(tokens), sequences_of(lengths)};
}

}  // namespace heed::text
