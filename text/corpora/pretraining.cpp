#include "pretraining.h"

#include <algorithm>

#include "../../graph/create.h"
#include "../../graph/executor.h"
#include "../../graph/fail.h"
#include "../strings/sentences.h"
#include "shuffled.h"

namespace heed::text {
namespace {

// Purpose of random numbers, the upper half of the item, so that purposes use different streams.
enum class Purpose : std::uint64_t { pairs = 1, order = 2, masks = 3, documents = 4 };

Draws draws_for(Purpose purpose, std::uint64_t seed, std::uint32_t epoch, std::size_t item) {
  return {seed, epoch, static_cast<std::uint64_t>(purpose) << 32 | item};
}

void append(Tokens& to, const Tokens& from) { to.insert(to.end(), from.begin(), from.end()); }

}  // namespace

std::vector<Sentences> encode_sentences(const std::vector<std::vector<std::string>>& documents,
                                        const WordPiece& vocabulary) {
  std::vector<Sentences> encoded(documents.size());
  constexpr std::size_t chunk_documents = 64;
  parallel_chunks(static_cast<std::int64_t>((documents.size() + chunk_documents - 1) / chunk_documents),
                  [&](std::int64_t chunk) {
                    const auto begin = static_cast<std::size_t>(chunk) * chunk_documents;
                    for (std::size_t d = begin; d < std::min(begin + chunk_documents, documents.size()); ++d)
                      for (const std::string& paragraph : documents[d])
                        for (const std::string& sentence : split_sentences(paragraph))
                          if (Tokens tokens = vocabulary.encode(sentence); !tokens.empty())
                            encoded[d].push_back(std::move(tokens));
                  });
  return encoded;
}

PretrainingEpoch::PretrainingEpoch(const std::vector<Sentences>& documents, const WordPiece& vocabulary,
                                   const PretrainingOptions& options, std::uint32_t epoch)
    : vocabulary_(vocabulary), options_(options), epoch_(epoch) {
  if (options.max_length < 8 || options.batch_tokens < options.max_length)
    fail(
        "PretrainingEpoch: max_length = {} and batch_tokens = {}, but max_length must be at least 8 and "
        "batch_tokens at least max_length",
        options.max_length, options.batch_tokens);
  std::vector<Text> texts;
  for (const Sentences& document : documents) {
    Text text;
    for (const Tokens& sentence : document)
      if (!sentence.empty()) text.push_back(&sentence);
    if (!text.empty()) texts.push_back(std::move(text));
  }
  std::vector<Example> made;
  if (options.next_sentence) {
    if (texts.size() < 2)
      fail("PretrainingEpoch: next_sentence needs at least two documents with text, but of {} documents {} have text",
           documents.size(), texts.size());
    if (std::none_of(texts.begin(), texts.end(), [](const Text& text) { return text.size() > 1; }))
      fail("PretrainingEpoch: next_sentence needs a document of at least two sentences, but {} documents have one each",
           texts.size());
    std::vector<std::vector<Example>> by_document(texts.size());
    parallel(std::ssize(texts), 5000, [&](Range part) {
      for (std::int64_t d = part.begin; d < part.end; ++d)
        by_document[static_cast<std::size_t>(d)] = pairs_of(texts, static_cast<std::size_t>(d));
    });
    for (auto& some : by_document) std::move(some.begin(), some.end(), std::back_inserter(made));
  } else {
    made = stream_of(texts);
  }
  if (made.empty()) fail("PretrainingEpoch: the {} documents have too little text for an example", documents.size());
  for (const std::size_t i : shuffled(made.size(), draws_for(Purpose::order, options.seed, epoch, 0)))
    examples_.push_back(std::move(made[i]));
  std::int64_t tokens = 0;
  for (std::size_t i = 0; i < examples_.size(); ++i) {
    const auto more = static_cast<std::int64_t>(examples_[i].tokens.size());
    if (i == 0 || more > options.batch_tokens - tokens) {
      begins_.push_back(i);
      tokens = 0;
    }
    tokens += more;
  }
  begins_.push_back(examples_.size());
}

std::vector<PretrainingEpoch::Example> PretrainingEpoch::pairs_of(const std::vector<Text>& documents,
                                                                  std::size_t document) const {
  Draws draws = draws_for(Purpose::pairs, options_.seed, epoch_, document);
  const Text& sentences = documents[document];
  const auto room = static_cast<std::size_t>(options_.max_length) - 3;
  std::vector<Example> examples;
  // The last sentence starts no example: it could only be paired with another document, so that less than half of the
  // pairs would have label 0.
  for (std::size_t at = 0; at + 1 < sentences.size();) {
    // Sentences up to the length of an example, at least two; A are the first of them, at least one.
    std::size_t end = at, total = 0;
    while (end < sentences.size() && (end < at + 2 || total + sentences[end]->size() <= room))
      total += sentences[end++]->size();
    const std::size_t cut = at + 1 + static_cast<std::size_t>(draws.below(static_cast<std::int64_t>(end - at - 1)));
    const bool is_next = draws.uniform() < 0.5;
    Tokens a, b;
    for (std::size_t i = at; i < cut; ++i) append(a, *sentences[i]);
    if (is_next) {
      for (std::size_t i = cut; i < end; ++i) append(b, *sentences[i]);
      at = end;
    } else {
      auto other = static_cast<std::size_t>(draws.below(std::ssize(documents) - 1));
      other += other >= document;  // any but this one
      const Text& rest = documents[other];
      auto from = static_cast<std::size_t>(draws.below(std::ssize(rest)));
      while (from < rest.size() && (b.empty() || a.size() + b.size() + rest[from]->size() <= room))
        append(b, *rest[from++]);
      at = cut;  // the sentences after A start the next example
    }
    while (a.size() + b.size() > room) (a.size() > b.size() ? a : b).pop_back();
    Example example{.tokens = {vocabulary_.classification()}, .second = 0, .is_next = is_next};
    append(example.tokens, a);
    example.tokens.push_back(vocabulary_.separator());
    example.second = static_cast<std::int32_t>(example.tokens.size());
    append(example.tokens, b);
    example.tokens.push_back(vocabulary_.separator());
    examples.push_back(std::move(example));
  }
  return examples;
}

std::vector<PretrainingEpoch::Example> PretrainingEpoch::stream_of(const std::vector<Text>& documents) const {
  const auto room = static_cast<std::size_t>(options_.max_length) - 2;
  std::vector<Example> examples;
  Tokens piece;
  const auto take = [&] {
    Example example{.tokens = {vocabulary_.classification()}, .second = 0, .is_next = false};
    append(example.tokens, piece);
    example.tokens.push_back(vocabulary_.separator());
    example.second = static_cast<std::int32_t>(example.tokens.size());
    examples.push_back(std::move(example));
    piece.clear();
  };
  for (const std::size_t d : shuffled(documents.size(), draws_for(Purpose::documents, options_.seed, epoch_, 0))) {
    for (const Tokens* sentence : documents[d])
      for (const std::int32_t token : *sentence) {
        piece.push_back(token);
        if (piece.size() == room) take();
      }
    if (!piece.empty()) piece.push_back(vocabulary_.separator());
    if (piece.size() == room) take();
  }
  if (piece.size() > 1) take();
  return examples;
}

nn::BertBatch PretrainingEpoch::batch(std::int64_t i) const {
  if (i < 0 || i >= batches()) fail("PretrainingEpoch: batch {} was asked for, but there are {}", i, batches());
  const std::size_t begin = begins_[static_cast<std::size_t>(i)], end = begins_[static_cast<std::size_t>(i) + 1];
  std::vector<std::int64_t> tokens, segments, lengths, positions, labels, next;
  for (std::size_t e = begin; e < end; ++e) {
    const Example& example = examples_[e];
    Draws draws = draws_for(Purpose::masks, options_.seed, epoch_, e);
    const MaskedTokens masked = mask_tokens(example.tokens, vocabulary_, options_.masking, draws);
    for (const std::int32_t position : masked.positions)
      positions.push_back(static_cast<std::int64_t>(tokens.size()) + position);
    labels.insert(labels.end(), masked.labels.begin(), masked.labels.end());
    tokens.insert(tokens.end(), masked.tokens.begin(), masked.tokens.end());
    for (std::size_t t = 0; t < example.tokens.size(); ++t)
      segments.push_back(static_cast<std::int32_t>(t) >= example.second ? 1 : 0);
    lengths.push_back(static_cast<std::int64_t>(example.tokens.size()));
    next.push_back(example.is_next ? 0 : 1);
  }
  return {tensor(tokens),    tensor(segments), Sequences(std::span<const std::int64_t>(lengths)),
          tensor(positions), tensor(labels),   options_.next_sentence ? tensor(next) : Tensor{}};
}

}  // namespace heed::text
