// Round trips of all writers and readers of strings: each string is read back unchanged, or rejected before a file is
// written.
#include <heed/graph/create.h>
#include <heed/graph/error.h>
#include <heed/io/safetensors.h>
#include <heed/nn/fields/json.h>
#include <heed/nn/fields/parameters.h>
#include <heed/nn/layers/linear.h>
#include <heed/optim/adamw.h>
#include <heed/text/corpora/documents.h>
#include <heed/text/corpora/plain_text.h>
#include <heed/text/strings/lines.h>
#include <heed/text/tokenizers/byte_level_encoding.h>
#include <heed/text/tokenizers/byte_pair_encoding.h>
#include <heed/train/checkpoint.h>

#include <fmt/format.h>

#include <fstream>
#include <random>

#include "../nn/temporary_folder.h"
#include "catch.h"

using namespace heed;
using namespace heed::text;

namespace {

using Strings = std::vector<std::string>;

const Strings bits{"a",
                   "b",
                   " ",
                   "\t",
                   "\n",
                   "\r",
                   "\r\n",
                   "\v",
                   "\f",
                   "#",
                   "/",
                   "\"",
                   "\\",
                   "{",
                   "[UNK]",
                   "#version",
                   "#version: 0.2",
                   "</w>",
                   "<s>",
                   "@@",
                   "##",
                   "\x01",
                   "\x1c",
                   "\x7f",
                   "\xc3\xa9",
                   "\xc2\x85",
                   "\xc2\xa0",
                   "\xff",
                   "\xc3",
                   "\xe2\x80\xa8",
                   "\xe3\x80\x80",
                   "\xef\xbb\xbf",
                   "\xef\xbf\xbd",
                   "\xed\xa0\x80",
                   "\xf0\x9f\x98\x80",
                   std::string(1, '\0')};

/// Each bit alone, after a letter, before it and between two, and random sequences of up to four.
Strings nasty_strings() {
  Strings all{""};
  for (const std::string& bit : bits) all.insert(all.end(), {bit, "a" + bit, bit + "a", "a" + bit + "b"});
  std::mt19937 random(23);
  for (int i = 0; i < 300; ++i) {
    all.emplace_back();
    for (auto left = 1 + random() % 4; left > 0; --left) all.back() += bits[random() % bits.size()];
  }
  return all;
}

/// Calls write_and_read(string), which checks the round trip, for all strings; returns the numbers of kept strings and
/// of those rejected with an Error.
template <class WriteAndRead>
std::pair<int, int> try_all(const WriteAndRead& write_and_read) {
  std::pair<int, int> kept_and_rejected;
  for (const std::string& string : nasty_strings()) {
    CAPTURE(string);
    try {
      write_and_read(string);
      ++kept_and_rejected.first;
    } catch (const Error& error) {
      INFO(error.what());
      CHECK_FALSE(std::string_view(error.what()).find(": ") == std::string_view::npos);
      ++kept_and_rejected.second;
    }
  }
  return kept_and_rejected;
}

struct Named {
  std::string text;
  Size width = 1;
};

}  // namespace

TEST_CASE("lines survive a round trip or are rejected", "[train]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("lines");
  for (const bool is_first : {true, false}) {
    const auto [kept, rejected] = try_all([&](const std::string& string) {
      std::filesystem::remove(path);
      const Strings lines = is_first ? Strings{string, "x", ""} : Strings{"x", string, ""};
      try {
        write_lines("test", path, lines);
      } catch (const Error&) {
        CHECK_FALSE(std::filesystem::exists(path));
        throw;
      }
      CHECK(read_lines("test", path) == lines);
    });
    CHECK(kept > 150);
    CHECK(rejected > 50);
  }
  CHECK_THROWS_WITH(write_lines("test", path, Strings{"good", "a\nb"}),
                    "test: " + path + " was not written, because line 2 contains an end of line");
}

TEST_CASE("WordPiece pieces survive a round trip or are rejected by the constructor", "[train]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("vocab.txt");
  for (const int place : {0, 1, 2}) {
    const auto [kept, rejected] = try_all([&](const std::string& string) {
      Strings pieces{"[UNK]", "x"};
      pieces.insert(pieces.begin() + place, string);
      const WordPiece vocabulary(pieces);
      REQUIRE_NOTHROW(vocabulary.save(path));
      CHECK(WordPiece::load(path).pieces() == pieces);
    });
    CHECK(kept > 150);
    CHECK(rejected > 50);
  }
  CHECK_THROWS_WITH(
      WordPiece({"[UNK]", "a "}),
      "WordPiece: piece 1 contains an end of line or ends with a space or tab, which vocab.txt cannot represent");
  CHECK_THROWS_WITH(WordPiece({"\xEF\xBB\xBF"
                               "a",
                               "[UNK]"}),
                    "WordPiece: piece 0 begins with a byte order mark, which vocab.txt cannot represent");
}

TEST_CASE("byte pairs survive a round trip or are rejected by the constructor", "[train]") {
  const TemporaryFolder folder;
  const auto [kept, rejected] = try_all([&](const std::string& string) {
    const Strings pieces{"<pad>", "<s>", "</s>", "<unk>", string, "x</w>", string + "x</w>"};
    const std::vector<BytePairEncoding::Merge> merges{{string, "x</w>"}, {string, "x</w>"}};
    const BytePairEncoding vocabulary(pieces, merges);
    REQUIRE_NOTHROW(vocabulary.save(folder.path()));
    const BytePairEncoding read = BytePairEncoding::load(folder.path());
    CHECK(read.pieces() == pieces);
    CHECK(read.merges() == merges);
  });
  CHECK(kept > 100);
  CHECK(rejected > 100);
  CHECK_THROWS_WITH(BytePairEncoding::from_merges({U'a', U'\n'}, {}),
                    "BytePairEncoding: piece 5 contains a space or an end of line, at which words are split");
  for (const std::uint32_t number : {0xD800u, 0xDFFFu, 0x110000u, 0x04010000u})
    CHECK_THROWS_WITH(
        BytePairEncoding::from_merges({U'a', static_cast<char32_t>(number)}, {}),
        fmt::format("BytePairEncoding::from_merges: character 1 is {:#x}, which is not a Unicode character", number));
}

TEST_CASE("byte-level merges survive a round trip for any bytes", "[train]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("vocab.bpe");
  std::mt19937 random(1);
  std::vector<text::Pair> joins;
  for (int i = 0; i < 2000; ++i) {
    const auto below = static_cast<std::uint32_t>(ByteLevelEncoding(joins).size());
    joins.push_back({static_cast<std::int32_t>(random() % below), static_cast<std::int32_t>(random() % below)});
    if (i > 300) i += 100;
  }
  const ByteLevelEncoding pieces(joins);
  pieces.save(path);
  const ByteLevelEncoding read = ByteLevelEncoding::load(path);
  CHECK(read.merges() == joins);
  for (std::int64_t token = 0; token < pieces.size(); ++token) CHECK(read.piece(token) == pieces.piece(token));
}

TEST_CASE("paragraphs of a plain text survive a round trip or are rejected", "[train]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("text");
  const auto [kept, rejected] = try_all([&](const std::string& string) {
    const std::vector<Document> documents{{"1", "", "", {"first"}}, {"2", "", "", {"x", string, "y"}}};
    std::ofstream(path, std::ios::binary) << plain_text({.train = documents, .validation = {}, .test = {}}).train;
    const std::vector<Document> read = read_documents(path);  // which also rejects invalid UTF-8
    REQUIRE(read.size() == 2);
    CHECK(read[1].paragraphs == documents[1].paragraphs);
  });
  CHECK(kept > 100);
  CHECK(rejected > 100);
}

TEST_CASE("names and metadata of tensors survive a round trip or are rejected", "[train]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("tensors");
  const auto [kept, rejected] = try_all([&](const std::string& string) {
    std::filesystem::remove(path);
    const std::map<std::string, std::string> metadata{{string, "x"}, {"key", string}};
    io::save_tensors({{string, ones({2})}, {"other", zeros({1})}}, path, metadata);
    const io::TensorFile file = io::load_tensors(path);
    CHECK(file.metadata == metadata);
    REQUIRE(file.tensors.size() == 2);
    CHECK((file.tensors[0].first == string || file.tensors[1].first == string));
  });
  CHECK(kept > 200);
  CHECK(rejected > 30);
}

TEST_CASE("strings of a configuration survive a round trip or are rejected", "[train]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("config.json");
  const auto [kept, rejected] = try_all([&](const std::string& string) {
    nn::save_config(Named{.text = string}, path);
    CHECK(nn::load_config<Named>(path).text == string);
  });
  CHECK(kept > 200);
  CHECK(rejected > 30);
}

TEST_CASE("notes of a checkpoint survive a round trip or are rejected", "[train]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("checkpoint");
  nn::Linear model{.in = 1, .out = 1};
  optim::AdamW adam{nn::parameters(model)};
  const auto [kept, rejected] = try_all([&](const std::string& string) {
    const std::map<std::string, std::string> notes{{string, "x"}, {"note.", string}, {"format", string}};
    train::save_checkpoint(path, model, adam, {.step = 1, .epoch = 0, .batch = 0, .notes = notes});
    CHECK(train::load_checkpoint(path, model, adam).notes == notes);
  });
  CHECK(kept > 200);
  CHECK(rejected > 30);
}
