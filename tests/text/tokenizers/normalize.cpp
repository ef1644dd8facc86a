#include <heed/text/strings/unicode.h>
#include <heed/text/tokenizers/normalize.h>

#include <random>
#include <vector>

#include "catch.h"
#include "text/golden.h"
#include "text/strings/characters.h"

using namespace heed::text;

namespace {

std::vector<std::string> words_of(std::string_view normalized) {
  std::vector<std::string> words;
  for (std::string_view word = take_word(normalized); !word.empty(); word = take_word(normalized))
    words.emplace_back(word);
  return words;
}

std::vector<std::string> words_of(std::string_view text, const Normalization& how) {
  return words_of(normalize(text, how));
}

}  // namespace

TEST_CASE("normalisation and words equal Hugging Face's", "[text]") {
  const auto cases = golden_json("wordpiece.json")["normalized"];
  REQUIRE(cases.size() > 200);
  for (const auto& one : cases) {
    Normalization how{.lowercase = one["lowercase"].get<bool>()};
    if (!one["strip_accents"].is_null()) how.strip_accents = one["strip_accents"].get<bool>();
    CAPTURE(one.dump());
    const std::string normalized = normalize(one["text"].get<std::string>(), how);
    CHECK(normalized == one["normalized"].get<std::string>());
    CHECK(words_of(normalized) == one["words"].get<std::vector<std::string>>());
  }
}

TEST_CASE("normalisation passes BERT's tests", "[text]") {
  const auto golden = golden_json("bert.json");
  for (const auto& one : golden["basic"]) {
    if (one.contains("never_split")) continue;  // special tokens are handled by WordPiece
    Normalization how{.lowercase = one["lower"].get<bool>()};
    if (one.contains("strip_accents")) how.strip_accents = one["strip_accents"].get<bool>();
    CAPTURE(one.dump());
    CHECK(words_of(one["text"].get<std::string>(), how) == one["tokens"].get<std::vector<std::string>>());
  }
  for (const auto& one : golden["clean_text"]) CHECK(words_of(one["text"].get<std::string>(), {}).empty());
  const auto check_class = [&](const char* name, bool (*is)(char32_t)) {
    for (const bool expected : {true, false})
      for (const auto& character : golden[name][expected ? "true" : "false"])
        CHECK(is(characters_of(character.get<std::string>()).at(0)) == expected);
  };
  check_class("is_whitespace", is_whitespace);
  check_class("is_control", is_control);
  check_class("is_punctuation", is_punctuation);
}

TEST_CASE("invalid UTF-8 is dropped", "[text]") {
  CHECK(normalize("caf\xC3 \xFFok\x80") == "caf ok");
  CHECK(normalize("a\xE2\x82") == "a");
  CHECK(normalize("\xF0\x9F\x92", {.lowercase = false}).empty());
}

TEST_CASE("marks are reordered across characters before accents are stripped", "[text]") {
  // U+302E and U+1D165 are marks that are kept (Mc); U+0301 between them is dropped.
  CHECK(normalize("a\u302E\u0301b") == "a\u302Eb");
  CHECK(normalize("x\U0001D16D\U0001D165") == "x\U0001D165\U0001D16D");
}

TEST_CASE("half a million marks on one letter", "[text]") {
  std::string text = "a";
  for (int i = 0; i < 500000; ++i) text += i % 2 ? "\u0301" : "\u0323";
  CHECK(normalize(text) == "a");
}

TEST_CASE("normalisation accepts any bytes and returns valid UTF-8", "[text]") {
  std::mt19937 random(7);
  for (int round = 0; round < 3000; ++round) {
    std::string bytes(random() % 60, '\0');
    for (char& byte : bytes)
      byte = random() % 4 ? static_cast<char>(random()) : "\xF0\x9F\xE2\x80 a[\xCC"[random() % 8];
    for (const Normalization how :
         {Normalization{}, {.lowercase = false}, {.lowercase = true, .strip_accents = false}}) {
      const std::string once = normalize(bytes, how);
      REQUIRE_FALSE(find_invalid_utf8(once));
      for (const std::string& word : words_of(once)) REQUIRE_FALSE(word.empty());
    }
  }
}
