#include <heed/graph/error.h>
#include <heed/graph/executor.h>
#include <heed/text/train_wordpiece.h>
#include <heed/text/wordpiece.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "catch.h"

using namespace heed;
using Catch::Matchers::Message;

namespace {

const std::string golden = HEED_GOLDEN "/wordpiece/";

nlohmann::json samples() {
  std::ifstream file(golden + "samples.json");
  return nlohmann::json::parse(file);
}

}  // namespace

TEST_CASE("texts become the tokens that Hugging Face's tokenizer gives", "[text]") {
  const auto cased = text::WordPiece::load(golden + "vocab.txt", {.lowercase = false});
  const auto uncased = text::WordPiece::load(golden + "vocab.txt");
  std::size_t compared = 0;
  const auto all = samples();
  for (const auto& sample : all["samples"]) {
    const std::string input = sample["text"];
    INFO(input.substr(0, 200) << " lowercase " << sample["lowercase"]);
    CHECK((sample["lowercase"] ? uncased : cased).encode(input) == sample["ids"].get<text::Tokens>());
    ++compared;
  }
  CHECK(compared == 136);
}

TEST_CASE("a vocabulary is trained the same for any number of threads", "[text]") {
  const std::vector<std::string> corpus = samples()["corpus"];
  const auto before = threads();
  set_threads(1);
  const auto one = text::train_wordpiece(corpus, {.vocabulary_size = 300});
  set_threads(3);
  const auto three = text::train_wordpiece(corpus, {.vocabulary_size = 300});
  CHECK(one.pieces() == three.pieces());
  CHECK(one.encode(corpus) == three.encode(corpus));
  set_threads(before);
  CHECK(one.size() <= 300);
  CHECK(one.padding() == 0);
  CHECK(one.mask() == 4);
  // Of a text it was trained on, nothing is unknown, and it comes back.
  const auto tokens = one.encode("the quick brown fox jumps");
  CHECK(std::count(tokens.begin(), tokens.end(), one.unknown()) == 0);
  CHECK(one.decode(tokens) == "the quick brown fox jumps");
}

TEST_CASE("any bytes can be encoded", "[text]") {
  const auto vocabulary = text::WordPiece::load(golden + "vocab.txt");
  std::mt19937 random(5);
  for (int i = 0; i < 2000; ++i) {
    std::string bytes(random() % 60, ' ');
    for (char& c : bytes) c = static_cast<char>(random() % 4 == 0 ? random() : 'a' + random() % 26);
    for (const auto token : vocabulary.encode(bytes)) CHECK((token >= 0 && token < vocabulary.size()));
    (void)text::normalize(bytes, {.lowercase = i % 2 == 0});
  }
  CHECK(vocabulary.encode(std::string(10000, 'x')) == text::Tokens{vocabulary.unknown()});
}

TEST_CASE("a vocabulary is saved and read; damaged ones are refused", "[text]") {
  const auto path = (std::filesystem::temp_directory_path() / "heed-vocabulary.txt").string();
  const auto vocabulary = text::WordPiece::load(golden + "vocab.txt");
  vocabulary.save(path);
  CHECK(text::WordPiece::load(path).pieces() == vocabulary.pieces());
  std::filesystem::remove(path);
  const auto error_of = [](const std::vector<std::string>& pieces) -> std::string {
    try {
      text::WordPiece made(pieces);
    } catch (const Error& error) {
      return error.what();
    }
    return "none";
  };
  CHECK(error_of({"a"}).find("[UNK]") != std::string::npos);
  CHECK(error_of({"[UNK]", "a", "a"}).find("are both \"a\"") != std::string::npos);
  CHECK(error_of({"[UNK]", ""}).find("empty") != std::string::npos);
  CHECK(error_of({"[UNK]", "\xff"}).find("UTF-8") != std::string::npos);
  CHECK_THROWS_AS(text::WordPiece::load("/nowhere/vocab.txt"), Error);
  CHECK_THROWS_AS(vocabulary.piece(-1), Error);
  CHECK_THROWS_AS(text::WordPiece({"[UNK]"}).mask(), Error);
}
