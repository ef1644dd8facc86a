#include "text_batches.h"

#include <vector>

#include "../../graph/create.h"
#include "../../graph/fail.h"

namespace heed::text {
namespace {

struct Concatenated {
  std::vector<std::int64_t> tokens, lengths;

  void add(const Tokens& text) {
    tokens.insert(tokens.end(), text.begin(), text.end());
    lengths.push_back(std::ssize(text));
  }
  Sequences sequences() const { return Sequences(std::span<const std::int64_t>(lengths)); }
};

}  // namespace

TextBatch text_batch(std::span<const Tokens> texts) {
  Concatenated batch;
  for (const Tokens& text : texts) batch.add(text);
  return {tensor(batch.tokens), batch.sequences()};
}

LabelledBatch labelled_batch(std::span<const Tokens> texts, std::span<const std::int64_t> labels,
                             std::span<const std::size_t> which) {
  if (texts.size() != labels.size())
    fail("labelled_batch: there are {} texts and {} labels, but their numbers must be equal", texts.size(),
         labels.size());
  Concatenated batch;
  std::vector<std::int64_t> labels_of_batch;
  for (const std::size_t i : which) {
    if (i >= texts.size()) fail("labelled_batch: there is no text {}, there are only {} texts", i, texts.size());
    batch.add(texts[i]);
    labels_of_batch.push_back(labels[i]);
  }
  return {tensor(batch.tokens), tensor(labels_of_batch), batch.sequences()};
}

}  // namespace heed::text
