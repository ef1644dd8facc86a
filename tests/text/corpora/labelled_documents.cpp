#include <heed/graph/error.h>
#include <heed/text/corpora/labelled_documents.h>

#include <algorithm>
#include <set>
#include <span>

#include "catch.h"

using namespace heed;

namespace {

text::Document document(const std::string& label, std::vector<std::string> paragraphs) {
  return {.name = "a", .group = {}, .label = label, .paragraphs = std::move(paragraphs)};
}

}  // namespace

TEST_CASE("most_frequent_labels keeps the documents of the largest classes", "[text]") {
  const text::Split split{
      .train = {document("net", {"A server"}), document("games", {"A puzzle", "With boxes.", "And walls."}),
                document("doc", {"A page"}), document("net", {"A client"}), document("doc", {"A book"})},
      .validation = {document("games", {"Chess"}), document("net", {"A router"}), document("web", {"A site"})},
      .test = {document("doc", {"A manual", "For all."})}};
  const text::LabelledSplit two = text::most_frequent_labels(split, 2);
  CHECK(two.train.names == std::vector<std::string>{"doc", "net"});
  CHECK(two.test.names == two.train.names);
  CHECK(two.train.texts == std::vector<std::string>{"A server.", "A page.", "A client.", "A book."});
  CHECK(two.train.labels == std::vector<std::int64_t>{1, 0, 1, 0});
  CHECK(two.validation.texts == std::vector<std::string>{"A router."});
  CHECK(two.test.texts == std::vector<std::string>{"A manual. For all."});
  // Equally frequent labels are taken in alphabetical order; more than there are is all.
  CHECK(text::most_frequent_labels(split, 1).train.names == std::vector<std::string>{"doc"});
  const text::LabelledSplit all = text::most_frequent_labels(split, 9);
  CHECK(all.train.names == std::vector<std::string>{"doc", "games", "net"});
  CHECK(all.train.texts[1] == "A puzzle. With boxes. And walls.");
  CHECK(all.validation.labels == std::vector<std::int64_t>{1, 2});

  CHECK_THROWS_WITH(text::most_frequent_labels(split, 0), "most_frequent_labels: count is 0, but it must be positive");
  CHECK_THROWS_WITH(text::most_frequent_labels({.train = {document("net", {})}, .validation = {}, .test = {}}, 1),
                    "most_frequent_labels: document \"a\" has no paragraph, but its text needs one");
}

TEST_CASE("sample draws labelled texts without replacement", "[text]") {
  text::LabelledTexts texts{.texts = {}, .labels = {}, .names = {"even", "odd"}};
  for (int i = 0; i < 50; ++i) {
    texts.texts.push_back(std::to_string(i));
    texts.labels.push_back(i % 2);
  }
  const text::LabelledTexts some = text::sample(texts, 20, 1), again = text::sample(texts, 20, 1);
  CHECK(some.texts.size() == 20);
  CHECK(std::set<std::string>(some.texts.begin(), some.texts.end()).size() == 20);
  for (std::size_t i = 0; i < some.texts.size(); ++i) CHECK(some.labels[i] == std::stoi(some.texts[i]) % 2);
  CHECK(some.names == texts.names);
  CHECK(again.texts == some.texts);
  CHECK(text::sample(texts, 20, 2).texts != some.texts);
  // A smaller sample is the beginning of a larger one.
  CHECK(std::ranges::equal(text::sample(texts, 5, 1).texts, std::span(some.texts).first(5)));
  CHECK(text::sample(texts, 99, 1).texts.size() == 50);
  CHECK(text::sample(texts, 0, 1).texts.empty());
  CHECK(text::sample({}, 3, 1).texts.empty());

  CHECK_THROWS_WITH(text::sample(texts, -1, 1), "sample: count is -1, but it must not be negative");
  texts.labels.pop_back();
  CHECK_THROWS_WITH(text::sample(texts, 1, 1),
                    "sample: there are 50 texts and 49 labels, but their numbers must be equal");
}
