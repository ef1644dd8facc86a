#include <heed/graph/error.h>
#include <heed/text/corpora/text_batches.h>

#include "catch.h"

using namespace heed;

namespace {

std::vector<std::int64_t> values(const Tensor& x) { return x.to_vector<std::int64_t>(); }

std::vector<std::int64_t> lengths(const Sequences& sequences) {
  std::vector<std::int64_t> all;
  for (std::int64_t i = 0; i < sequences.count(); ++i) all.push_back(sequences.length(i));
  return all;
}

}  // namespace

TEST_CASE("batches of texts are concatenated", "[text]") {
  const std::vector<text::Tokens> texts{{7, 8, 9}, {}, {4, 5}};
  const text::TextBatch all = text::text_batch(texts);
  CHECK(values(all.tokens) == std::vector<std::int64_t>{7, 8, 9, 4, 5});
  CHECK(lengths(all.sequences) == std::vector<std::int64_t>{3, 0, 2});
  CHECK(values(text::text_batch(std::span(texts).last(1)).tokens) == std::vector<std::int64_t>{4, 5});
  const text::TextBatch none = text::text_batch({});
  CHECK(none.tokens.shape() == Shape{0});
  CHECK(none.sequences.count() == 0);

  const std::vector<std::int64_t> labels{2, 0, 1};
  const std::vector<std::size_t> which{2, 0, 2};
  const text::LabelledBatch some = text::labelled_batch(texts, labels, which);
  CHECK(values(some.tokens) == std::vector<std::int64_t>{4, 5, 7, 8, 9, 4, 5});
  CHECK(values(some.labels) == std::vector<std::int64_t>{1, 2, 1});
  CHECK(lengths(some.sequences) == std::vector<std::int64_t>{2, 3, 2});
}

TEST_CASE("labelled_batch rejects lists that do not fit", "[text]") {
  const std::vector<text::Tokens> texts{{7}, {8}};
  const std::vector<std::int64_t> labels{0, 1};
  const std::vector<std::size_t> which{1, 2};
  CHECK_THROWS_WITH(text::labelled_batch(texts, std::span(labels).first(1), which),
                    "labelled_batch: there are 2 texts and 1 labels, but their numbers must be equal");
  CHECK_THROWS_WITH(text::labelled_batch(texts, labels, which),
                    "labelled_batch: there is no text 2, there are only 2 texts");
}
