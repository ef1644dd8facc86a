#include <heed/heed.h>

#include "catch.h"

using namespace heed;
using Catch::Matchers::Message;

TEST_CASE("plain text for language models", "[text]") {
  for (const std::size_t size : {0U, 1U, 9U, 10U, 11U, 29U}) {
    const std::string whole(size, 'x');
    const text::PlainText parts = text::split_plain_text(whole);
    CHECK(parts.train.size() == size * 9 / 10);
    CHECK(parts.train + parts.validation == whole);
  }
  const text::PlainText documents =
      text::plain_text({.train = {{.name = "a", .group = {}, .label = {}, .paragraphs = {"A cat.", "It sleeps."}},
                                  {.name = "b", .group = {}, .label = {}, .paragraphs = {"Rain."}}},
                        .validation = {{.name = "c", .group = {}, .label = {}, .paragraphs = {"Snow."}}},
                        .test = {}});
  CHECK(documents.train == "A cat.\nIt sleeps.\n\nRain.\n\n");
  CHECK(documents.validation == "Snow.\n\n");
  const std::vector<text::Document> marked{{.name = "a",
                                            .group = {},
                                            .label = {},
                                            .paragraphs = {"\xEF\xBB\xBF"
                                                           "A cat."}}};
  CHECK_THROWS_AS(text::plain_text({.train = marked, .validation = {}, .test = {}}), Error);
}

TEST_CASE("a fingerprint of plain text tells texts and their parts apart", "[text]") {
  const std::uint64_t of = text::fingerprint(text::PlainText{"a cat", "a dog"});
  CHECK(of == text::fnv1a("a cat\xff"
                          "a dog\xff"));
  CHECK(of != text::fingerprint(text::PlainText{"a cata", " dog"}));
  CHECK(of != text::fingerprint(text::PlainText{"a dog", "a cat"}));
  CHECK(text::fingerprint(text::PlainText{}) != text::fnv1a(""));
}
