#include <heed/graph/error.h>
#include <heed/text/tokenizers/byte_level_encoding.h>

#include <map>
#include <random>

#include "catch.h"
#include "nn/temporary_folder.h"
#include "text/golden.h"

using namespace heed;
using namespace heed::text;

namespace {

std::vector<std::string> pieces_of(std::string_view text) {
  std::vector<std::string> pieces;
  while (!text.empty()) pieces.emplace_back(take_byte_level_piece(text));
  return pieces;
}

using Pieces = std::vector<std::string>;

}  // namespace

TEST_CASE("pre-tokenization of GPT-2", "[text]") {
  CHECK(pieces_of("Hello world") == Pieces{"Hello", " world"});
  CHECK(pieces_of("we'll  go, it's 'so'") == Pieces{"we", "'ll", " ", " go", ",", " it", "'s", " '", "so", "'"});
  CHECK(pieces_of("a12 34b") == Pieces{"a", "12", " 34", "b"});
  CHECK(pieces_of("x\n\n\ny") == Pieces{"x", "\n\n", "\n", "y"});
  CHECK(pieces_of("x \n y") == Pieces{"x", " \n", " y"});
  CHECK(pieces_of("x\t y  ") == Pieces{"x", "\t", " y", "  "});
  CHECK(pieces_of("x\ty ") == Pieces{"x", "\t", "y", " "});
  CHECK(pieces_of(" ") == Pieces{" "});
  CHECK(pieces_of("n\u00e4h \u529b\u2603!") == Pieces{"n\u00e4h", " \u529b", "\u2603!"});
}

TEST_CASE("byte-level encoding is lossless", "[text]") {
  const ByteLevelEncoding bytes;
  CHECK(bytes.size() == 256);
  CHECK(bytes.encode("a\n\xff") == Tokens{97, 10, 255});
  std::mt19937 random(3);
  std::string training;
  for (int i = 0; i < 20000; ++i) training += "the cat's 12 mats,\n \xc3\xa9"[random() % 22];
  const ByteLevelEncoding trained = train_byte_level(training, 400);
  CHECK(trained.size() == 400);
  for (int round = 0; round < 50; ++round) {
    std::string text;
    for (int i = 0; i < 200; ++i) text += round % 2 ? static_cast<char>(random() % 256) : training[random() % 20000];
    CHECK(bytes.decode(bytes.encode(text)) == text);
    CHECK(trained.decode(trained.encode(text)) == text);
  }
  CHECK(trained.encode(training).size() < training.size() * 2 / 3);
  CHECK(trained.encode("") == Tokens{});

  const TemporaryFolder folder;
  trained.save(folder.file("joins.txt"));
  const ByteLevelEncoding again = ByteLevelEncoding::load(folder.file("joins.txt"));
  CHECK(again.merges() == trained.merges());
  CHECK(again.size() == 400);
}

TEST_CASE("the most frequent bytes are merged first", "[text]") {
  const ByteLevelEncoding trained = train_byte_level("ab ab ab cab cab", 300);
  REQUIRE(trained.merges().size() >= 2);
  CHECK(trained.merges()[0] == heed::text::Pair{'a', 'b'});
  CHECK(trained.piece(256) == "ab");
  CHECK(trained.piece(257) == "cab");  // the greater of " c" and "cab", which both occur twice
  CHECK(trained.piece(258) == " cab");
  CHECK(trained.encode("ab cab") == Tokens{256, 258});
}

TEST_CASE("GPT-2's merges can be read", "[text]") {
  const TemporaryFolder folder;
  std::ofstream(folder.file("vocab.bpe")) << "#version: 0.2\n\u0120 t\n\u0120 a\nh e\ni n\nr e\no n\n\u0120t he\n";
  const ByteLevelEncoding pieces = ByteLevelEncoding::load(folder.file("vocab.bpe"));
  CHECK(pieces.encode("in the") == Tokens{259, 262});
  CHECK(pieces.piece(262) == " the");
}

TEST_CASE("invalid byte-level merges are errors", "[text]") {
  CHECK_THROWS_WITH(ByteLevelEncoding({{97, 256}}),
                    "ByteLevelEncoding: merge 0 is of the tokens 97 and 256, but before it there are only 0 to 255");
  CHECK_THROWS_WITH(ByteLevelEncoding().piece(256), "ByteLevelEncoding: 256 is not a token: there are 0 to 255");
  CHECK_THROWS_WITH(ByteLevelEncoding().decode(Tokens{-1}), "ByteLevelEncoding: -1 is not a token: there are 0 to 255");
  CHECK_THROWS_WITH(
      train_byte_level("x", 255),
      "train_byte_level: vocabulary_size is 255 and minimum_count 2, but they must be at least 256 and 1");
  const TemporaryFolder folder;
  std::ofstream(folder.file("x")) << "a b\nabc d\n";
  CHECK_THROWS_WITH(ByteLevelEncoding::load(folder.file("x")),
                    "ByteLevelEncoding::load: " + folder.file("x") +
                        ": line 2 must be two pieces known from the previous lines, separated by a space, but is "
                        "\"abc d\"");
}
