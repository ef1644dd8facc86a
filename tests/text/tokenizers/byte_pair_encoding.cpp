// Also tests text/tokenizers/pair.h, text/tokenizers/train_byte_pair_encoding.h.
#include <heed/graph/error.h>
#include <heed/graph/executor.h>
#include <heed/text/tokenizers/byte_pair_encoding.h>
#include <heed/text/tokenizers/train_byte_pair_encoding.h>

#include <map>
#include <random>
#include <sstream>

#include "catch.h"
#include "nn/temporary_folder.h"
#include "text/golden.h"

using namespace heed;
using namespace heed::text;

namespace {

std::string content(const std::string& path) {
  std::ifstream stream(path);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<std::string> lines_of(const std::string& path) {
  std::istringstream stream(content(path));
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

void write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

std::string cut(const BytePairEncoding& pieces, const std::string& text) {
  std::string words;
  for (const std::int32_t token : pieces.encode(text)) words.append(" ").append(pieces.display(token));
  return words.empty() ? words : words.substr(1);
}

std::string without_outer_spaces(const std::string& line) {
  const std::size_t begin = line.find_first_not_of(' ');
  return begin == std::string::npos ? "" : line.substr(begin, line.find_last_not_of(' ') - begin + 1);
}

/// Naive training: counts all pairs again for each merge. ASCII words only.
std::vector<BytePairEncoding::Merge> train_slowly(const std::vector<std::string>& texts, std::size_t merges) {
  std::map<std::string, int> counts;
  for (const std::string& text : texts) {
    std::istringstream stream(text);
    for (std::string word; stream >> word;) ++counts[word];
  }
  std::vector<std::pair<std::vector<std::string>, int>> words;
  for (const auto& [word, count] : counts) {
    std::vector<std::string> pieces;
    for (const char c : word) pieces.emplace_back(1, c);
    pieces.back() += "</w>";
    words.emplace_back(pieces, count);
  }
  std::vector<BytePairEncoding::Merge> chosen;
  while (chosen.size() < merges) {
    std::map<BytePairEncoding::Merge, int> pairs;
    for (const auto& [pieces, count] : words)
      for (std::size_t i = 0; i + 1 < pieces.size(); ++i) pairs[{pieces[i], pieces[i + 1]}] += count;
    auto best = pairs.begin();
    for (auto pair = pairs.begin(); pair != pairs.end(); ++pair)
      if (pair->second >= best->second) best = pair;  // of equally frequent ones the last, which is the greatest
    if (pairs.empty() || best->second < 2) break;
    chosen.push_back(best->first);
    for (auto& [pieces, count] : words)
      for (std::size_t i = 0; i + 1 < pieces.size(); ++i)
        if (pieces[i] == best->first.first && pieces[i + 1] == best->first.second) {
          pieces[i] += pieces[i + 1];
          pieces.erase(pieces.begin() + static_cast<std::ptrdiff_t>(i) + 1);
        }
  }
  return chosen;
}

}  // namespace

TEST_CASE("byte pair encoding learns subword-nmt's merges and splits words like it", "[text]") {
  const std::vector<std::string> lines = lines_of(golden("byte_pairs.txt"));
  const BytePairEncoding pieces = train_byte_pair_encoding(lines, {.merges = 400});
  const TemporaryFolder folder;
  pieces.save(folder.path());
  CHECK(content(folder.file("merges.txt")) == content(golden("byte_pairs_merges.txt")));
  const std::vector<std::string> expected = lines_of(golden("byte_pairs_cut.txt"));
  REQUIRE(expected.size() == lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) CHECK(cut(pieces, lines[i]) == without_outer_spaces(expected[i]));

  const BytePairEncoding again = BytePairEncoding::load(folder.path());
  CHECK(again.pieces() == pieces.pieces());
  CHECK(again.merges() == pieces.merges());
  CHECK(again.encode(lines) == pieces.encode(lines));
}

TEST_CASE("merges equal those of naive training, also for repetitive words", "[text]") {
  std::mt19937 random(7);
  for (int round = 0; round < 20; ++round) {
    std::vector<std::string> texts(25);
    for (std::string& text : texts)
      for (int i = 0; i < 60; ++i) text += "aaabbc d"[random() % 8];
    CHECK(train_byte_pair_encoding(texts, {.merges = 300}).merges() == train_slowly(texts, 300));
  }
}

TEST_CASE("the queue for long words gives the same pieces as passes over them", "[text]") {
  // Merges in random order: the result of one may be a part of an earlier one.
  std::mt19937 random(26);
  for (int round = 0; round < 300; ++round) {
    const int letters = 2 + round % 3;
    text::detail::PairMerges merges;
    std::map<text::Pair, std::pair<int, std::int32_t>> chosen;
    for (std::int32_t made = letters, place = 0; place < 40; ++place) {
      const text::Pair pair{static_cast<std::int32_t>(random() % static_cast<unsigned>(made)),
                            static_cast<std::int32_t>(random() % static_cast<unsigned>(made))};
      chosen.emplace(pair, std::pair{static_cast<int>(random() % 1000) * 40 + place, made++});
    }
    std::vector<std::pair<int, text::Pair>> order;
    for (const auto& [pair, join] : chosen) order.emplace_back(join.first, pair);
    std::sort(order.begin(), order.end());
    for (const auto& [place, pair] : order) merges.add(pair, chosen.at(pair).second);
    Tokens word(65 + random() % 200), expected;
    for (std::int32_t& symbol : word) symbol = static_cast<std::int32_t>(random() % static_cast<unsigned>(letters));
    expected = word;
    for (;;) {
      const auto next = std::find_if(order.begin(), order.end(), [&](const auto& join) {
        const Tokens pair{join.second.left, join.second.right};
        return std::search(expected.begin(), expected.end(), pair.begin(), pair.end()) != expected.end();
      });
      if (next == order.end()) break;
      Tokens joined;
      for (std::size_t i = 0; i < expected.size(); ++i) {
        const bool joins_here = i + 1 < expected.size() && text::Pair{expected[i], expected[i + 1]} == next->second;
        joined.push_back(joins_here ? chosen.at(next->second).second : expected[i]);
        i += joins_here;
      }
      expected = joined;
    }
    merges.apply(word);
    CHECK(word == expected);
  }
}

TEST_CASE("byte pair encoding does not depend on threads or on the order of texts", "[text]") {
  std::vector<std::string> texts;
  std::mt19937 random(5);
  const std::vector<std::string> lines = lines_of(golden("byte_pairs.txt"));
  for (int i = 0; i < 3000; ++i) texts.push_back(lines[random() % lines.size()]);
  set_threads(1);
  const BytePairEncoding expected = train_byte_pair_encoding(texts, {.vocabulary_size = 500});
  const std::vector<Tokens> tokens = expected.encode(texts);
  CHECK(expected.size() == 500);
  for (const int n : {2, 3, 8}) {
    set_threads(n);
    CHECK(train_byte_pair_encoding(texts, {.vocabulary_size = 500}).pieces() == expected.pieces());
    CHECK(expected.encode(texts) == tokens);
  }
  for (std::size_t i = 0; i < 20; ++i) CHECK(expected.encode(texts[i]) == tokens[i]);
  std::shuffle(texts.begin(), texts.end(), random);
  CHECK(train_byte_pair_encoding(texts, {.vocabulary_size = 500}).merges() == expected.merges());
}

TEST_CASE("decoding returns the words", "[text]") {
  const std::vector<std::string> lines = lines_of(golden("byte_pairs.txt"));
  const BytePairEncoding pieces = train_byte_pair_encoding(lines, {.merges = 100});
  for (const std::string& line : lines)
    if (line.find("  ") == std::string::npos) CHECK(pieces.decode(pieces.encode(line)) == without_outer_spaces(line));
  CHECK(pieces.pieces()[0] == "<pad>");
  CHECK(pieces.padding() == 0);
  CHECK(pieces.begin_token() == 1);
  CHECK(pieces.end_token() == 2);
  CHECK(pieces.unknown() == 3);
  CHECK(pieces.encode("\u2603") == Tokens{3});
  CHECK(pieces.encode("") == Tokens{});
  CHECK(pieces.encode(" \n \r\n") == Tokens{});
  CHECK(pieces.encode("</s>") != Tokens{2});
  Tokens framed{1};
  const Tokens inner = pieces.encode("the mould \u2603 is");
  framed.insert(framed.end(), inner.begin(), inner.end());
  framed.insert(framed.end(), {2, 0, 0});
  CHECK(pieces.decode(framed) == "the mould <unk> is");
  CHECK(pieces.decode({}) == "");
  const std::string long_word(20000, 'a');
  CHECK(pieces.decode(pieces.encode(long_word + " is")) == long_word + " is");
  CHECK_THROWS_WITH(pieces.decode(Tokens{-1}),
                    "BytePairEncoding: -1 is not a token: there are 0 to " + std::to_string(pieces.size() - 1));
  CHECK_THROWS_AS(pieces.display(pieces.size()), Error);
}

TEST_CASE("given merges work with given characters", "[text]") {
  const BytePairEncoding pieces =
      BytePairEncoding::from_merges({U'a', U'b'}, {{"a", "b</w>"}, {"a", "ab</w>"}, {"a", "b</w>"}});
  CHECK(pieces.pieces() ==
        std::vector<std::string>{"<pad>", "<s>", "</s>", "<unk>", "a", "b", "a</w>", "b</w>", "ab</w>", "aab</w>"});
  CHECK(cut(pieces, "ab aab aaab ba abc") == "ab aab a@@ aab b@@ a a@@ b@@ <unk>");
}

TEST_CASE("invalid vocabularies of byte pairs are errors", "[text]") {
  using Pieces = std::vector<std::string>;
  CHECK_THROWS_WITH((BytePairEncoding(Pieces{"<pad>", "<s>"}, {})),
                    "BytePairEncoding: the first four pieces must be <pad>, <s>, </s> and <unk>");
  const auto with = [](Pieces more) {
    more.insert(more.begin(), sequence_tokens.begin(), sequence_tokens.end());
    return more;
  };
  CHECK_THROWS_WITH((BytePairEncoding(with({"a", "b", "a"}), {})),
                    "BytePairEncoding: piece 4 and 6 are both \"a\", but pieces must be unique");
  CHECK_THROWS_WITH((BytePairEncoding(with({""}), {})),
                    "BytePairEncoding: piece 4 is empty, but it must be a piece of a word");
  CHECK_THROWS_WITH((BytePairEncoding(with({"\xff"}), {})), "BytePairEncoding: piece 4 is not valid UTF-8");
  CHECK_THROWS_WITH((BytePairEncoding(with({"a", "b"}), {{"a", "b"}})),
                    "BytePairEncoding: merge 0 is of \"a\" and \"b\", but \"ab\" is not a piece of the vocabulary");

  const TemporaryFolder folder;
  CHECK_THROWS_AS(BytePairEncoding::load(folder.file("nowhere")), Error);
  CHECK_THROWS_WITH(BytePairEncoding::from_merges({U'a'}, {}).save(""),
                    "BytePairEncoding::save: the folder's name is empty");
  write(folder.file("pieces.txt"), "<pad>\n<s>\n</s>\n<unk>\na\nb\nab\n");
  write(folder.file("merges.txt"), "#version: 0.2\na b c\n");
  CHECK_THROWS_WITH(BytePairEncoding::load(folder.path()),
                    "BytePairEncoding::load: " + folder.file("merges.txt") +
                        ": line 2 must be two pieces separated by a space, but is \"a b c\"");
  write(folder.file("merges.txt"), "a b\n");
  CHECK(BytePairEncoding::load(folder.path()).merges().size() == 1);
  write(folder.file("pieces.txt"), "<pad>\n<s>\n</s>\n<unk>\na\na\n");
  CHECK_THROWS_WITH(BytePairEncoding::load(folder.path()),
                    "BytePairEncoding::load: " + folder.file("pieces.txt") +
                        ": line 5 and 6 are both \"a\", but pieces must be unique");
}

TEST_CASE("byte pair encoding of little or no text", "[text]") {
  CHECK(train_byte_pair_encoding(std::vector<std::string>{}).size() == 4);
  CHECK(train_byte_pair_encoding(std::vector<std::string>{"", " \n"}).size() == 4);
  CHECK(train_byte_pair_encoding(std::vector<std::string>{"one"}).size() == 4 + 6);
  CHECK(train_byte_pair_encoding(std::vector<std::string>{"one one"}).size() == 4 + 6 + 2);
  CHECK(train_byte_pair_encoding(std::vector<std::string>{"one one"}, {.merges = 0}).merges().empty());
  CHECK_THROWS_WITH(train_byte_pair_encoding(std::vector<std::string>{"abc"}, {.vocabulary_size = 9}),
                    "train_byte_pair_encoding: vocabulary_size is 9, but the special tokens and the texts' characters, "
                    "within and at the end of words, are 10 pieces");
  CHECK_THROWS_WITH(train_byte_pair_encoding(std::vector<std::string>{}, {.merges = -1}),
                    "train_byte_pair_encoding: merges is -1, minimum_count 2 and vocabulary_size 0, but minimum_count "
                    "must be at least 1 and the others not negative");
}
