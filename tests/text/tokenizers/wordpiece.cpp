#include <heed/graph/error.h>
#include <heed/graph/executor.h>
#include <heed/text/tokenizers/wordpiece.h>

#include <random>

#include "catch.h"
#include "nn/temporary_folder.h"
#include "text/golden.h"

using namespace heed;
using namespace heed::text;

namespace {

std::vector<std::string> names_of(const WordPiece& pieces, const Tokens& tokens) {
  std::vector<std::string> names;
  for (const std::int32_t token : tokens) names.push_back(pieces.piece(token));
  return names;
}

void write(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

}  // namespace

TEST_CASE("tokens equal Hugging Face's", "[text]") {
  const WordPiece uncased = WordPiece::load(golden("uncased.txt"));
  const WordPiece cased = WordPiece::load(golden("cased.txt"), {.lowercase = false});
  const auto cases = golden_json("wordpiece.json")["encoded"];
  REQUIRE(cases.size() > 300);
  for (const auto& one : cases) {
    const WordPiece& pieces = one["vocabulary"] == "cased" ? cased : uncased;
    const Tokens tokens = pieces.encode(one["text"].get<std::string>());
    CAPTURE(one.dump());
    CHECK(tokens == one["ids"].get<Tokens>());
    CHECK(pieces.decode(tokens) == one["decoded"].get<std::string>());
  }
}

TEST_CASE("WordPiece passes BERT's tests", "[text]") {
  const auto golden = golden_json("bert.json");
  for (const char* kind : {"full", "wordpiece"}) {
    for (const auto& one : golden[kind]) {
      const WordPiece pieces(one["vocab"].get<std::vector<std::string>>(), {.lowercase = kind[0] == 'f'});
      CAPTURE(one.dump());
      const Tokens tokens = pieces.encode(one["text"].get<std::string>());
      CHECK(names_of(pieces, tokens) == one["tokens"].get<std::vector<std::string>>());
      if (one.contains("ids")) CHECK(tokens == one["ids"].get<Tokens>());
    }
  }
}

TEST_CASE("words of more than 100 characters are unknown", "[text]") {
  const WordPiece pieces({"[UNK]", "a", "##a", "é", "##é"}, {.lowercase = false});
  CHECK(pieces.encode(std::string(100, 'a')).size() == 100);
  CHECK(pieces.encode(std::string(101, 'a')) == Tokens{0});
  CHECK(pieces.encode(std::string(10000, 'a') + " a") == Tokens{0, 1});
  std::string accents;
  for (int i = 0; i < 100; ++i) accents += "é";
  CHECK(pieces.encode(accents).size() == 100);
  CHECK(pieces.encode(accents + "é") == Tokens{0});
}

TEST_CASE("special tokens in a text are kept if the vocabulary has them", "[text]") {
  const WordPiece some({"[UNK]", "[MASK]", "[", "]", "mask", "sep"});
  CHECK(some.encode("[MASK][sep]") == Tokens{1, 2, 5, 3});
  CHECK(some.mask() == 1);
  CHECK(some.is_special(0));
  CHECK_FALSE(some.is_special(2));
  CHECK_FALSE(some.is_special(-1));
  CHECK_THROWS_WITH(some.separator(), "WordPiece: the vocabulary of 6 pieces has no [SEP], which is needed here");
  CHECK(some.decode(Tokens{0, 1, 5}) == "sep");
  CHECK(some.decode(Tokens{0, 1, 5}, false) == "[UNK] [MASK] sep");
}

TEST_CASE("encoding of many texts gives the same tokens for any number of threads", "[text]") {
  const WordPiece pieces = WordPiece::load(golden("uncased.txt"));
  std::vector<std::string> texts;
  std::vector<Tokens> expected;
  const auto cases = golden_json("wordpiece.json")["encoded"];
  for (const auto& one : cases) {
    texts.push_back(one["text"].get<std::string>());
    expected.push_back(pieces.encode(texts.back()));
  }
  for (const int n : {1, 2, 3, 8}) {
    set_threads(n);
    CHECK(pieces.encode(texts) == expected);
  }
  CHECK(pieces.encode(std::vector<std::string>{}).empty());
}

TEST_CASE("a vocabulary is saved and loaded", "[text]") {
  const TemporaryFolder folder;
  const WordPiece pieces({"[PAD]", "[UNK]", "straße", "##n"});
  pieces.save(folder.file("vocab.txt"));
  CHECK(WordPiece::load(folder.file("vocab.txt")).pieces() == pieces.pieces());
  write(folder.file("windows.txt"), "[UNK]\r\na\r\n##b");
  CHECK(WordPiece::load(folder.file("windows.txt")).pieces() == std::vector<std::string>{"[UNK]", "a", "##b"});
}

TEST_CASE("invalid vocabularies are errors", "[text]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("vocab.txt");
  const auto error_of = [&](const std::string& text) -> std::string {
    write(path, text);
    try {
      WordPiece::load(path);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  const std::string who = "WordPiece::load: " + path + ": ";
  CHECK(error_of("") == who + "a vocabulary needs the piece [UNK], but among its 0 pieces there is none");
  CHECK(error_of("a\nb\n") == who + "a vocabulary needs the piece [UNK], but among its 2 pieces there is none");
  CHECK(error_of("[UNK]\na\n\nb\n") == who + "line 3 is empty, but it must be a piece of a word");
  CHECK(error_of("[UNK]\na\nb\na\n") == who + "line 2 and 4 are both \"a\", but pieces must be unique");
  CHECK(error_of("[UNK]\n\xC3\n") == who + "line 2 is not valid UTF-8 at byte 1, counted from 1");
  CHECK_THROWS_WITH(WordPiece::load(folder.file("none")), Catch::Contains(folder.file("none") + " cannot be read"));
  CHECK_THROWS_WITH(WordPiece::load(folder.path()), Catch::Contains("is a folder, not a file"));
  CHECK_THROWS_WITH(WordPiece({"[UNK]", ""}), "WordPiece: piece 1 is empty, but it must be a piece of a word");

  const WordPiece pieces({"[UNK]", "a"});
  CHECK_THROWS_WITH(pieces.piece(2), "WordPiece: 2 is not a token: there are 0 to 1");
  CHECK_THROWS_WITH(pieces.decode(Tokens{0, -1}), "WordPiece: -1 is not a token: there are 0 to 1");
}

TEST_CASE("encoding accepts any bytes", "[text]") {
  const WordPiece pieces = WordPiece::load(golden("uncased.txt"));
  std::mt19937 random(11);
  for (int round = 0; round < 3000; ++round) {
    std::string bytes(random() % 200, '\0');
    for (char& byte : bytes) byte = random() % 2 ? static_cast<char>(random()) : "[MASK]ing e"[random() % 11];
    for (const std::int32_t token : pieces.encode(bytes)) REQUIRE((token >= 0 && token < pieces.size()));
  }
}
