// Properties of all readers of text files: byte order marks, ends of lines, files that cannot be read.
#include <heed/graph/create.h>
#include <heed/graph/error.h>
#include <heed/graph/support/machine_memory.h>
#include <heed/nn/fields/json.h>
#include <heed/nn/layers/linear.h>
#include <heed/text/corpora/debian.h>
#include <heed/text/corpora/documents.h>
#include <heed/text/corpora/parallel_corpus.h>
#include <heed/text/strings/lines.h>
#include <heed/text/tokenizers/byte_level_encoding.h>
#include <heed/text/tokenizers/wordpiece.h>

#include <fmt/ranges.h>
#include <sys/stat.h>

#include <fstream>
#include <functional>
#include <thread>

#include "catch.h"
#include "nn/temporary_folder.h"

using namespace heed;
using namespace heed::text;
using namespace heed::detail;

namespace {

const std::string mark = "\xEF\xBB\xBF";

void write(const std::string& path, const std::string& content) { std::ofstream(path, std::ios::binary) << content; }

std::string shown(const std::vector<Document>& documents) {
  std::string all;
  for (const Document& document : documents)
    all += fmt::format("{}|{}|{}|{}\n", document.name, document.group, document.label,
                       fmt::join(document.paragraphs, "|"));
  return all;
}

/// A reader of the file `name` in a folder, which returns everything that it read as one string. `other_files` are
/// further files that it needs.
struct Reader {
  std::string who, name, content;
  std::function<std::string(const TemporaryFolder&)> read;
  std::vector<std::pair<std::string, std::string>> other_files = {};
};

const std::string pieces_txt = "<pad>\n<s>\n</s>\n<unk>\na\nb\na</w>\nb</w>\nab</w>\n",
                  merges_txt = "#version: 0.2\na b</w>\n";

std::string read_byte_pairs(const TemporaryFolder& folder) {
  const BytePairEncoding pieces = BytePairEncoding::load(folder.path());
  return fmt::format("{} {} {}", fmt::join(pieces.pieces(), "|"), pieces.merges().size(), pieces.merges().at(0).second);
}

std::string read_pairs(const TemporaryFolder& folder) {
  const ParallelTexts texts = read_parallel(folder.file("a"), folder.file("b"));
  return fmt::format("{} {}", fmt::join(texts.source, "|"), fmt::join(texts.target, "|"));
}

const std::vector<Reader>& readers() {
  static const std::vector<Reader> all{
      {"WordPiece::load", "vocab.txt", "[PAD]\n[UNK]\nword\n##s\n",
       [](const auto& folder) {
         return fmt::format("{}", fmt::join(WordPiece::load(folder.file("vocab.txt")).pieces(), "|"));
       }},
      {"BytePairEncoding::load", "pieces.txt", pieces_txt, read_byte_pairs, {{"merges.txt", merges_txt}}},
      {"BytePairEncoding::load", "merges.txt", merges_txt, read_byte_pairs, {{"pieces.txt", pieces_txt}}},
      {"ByteLevelEncoding::load", "vocab.bpe", "#version: 0.2\na b\nab c\n",
       [](const auto& folder) { return ByteLevelEncoding::load(folder.file("vocab.bpe")).piece(257); }},
      {"read_documents", "text.txt", "first line\nsecond line\n\nanother\n",
       [](const auto& folder) { return shown(read_documents(folder.file("text.txt"))); }},
      {"read_tsv", "texts.tsv", "label\ttext\ngood\ta film\nbad\tanother\n",
       [](const auto& folder) {
         const LabelledTexts texts = read_tsv(folder.file("texts.tsv"), "text", "label");
         return fmt::format("{} {} {}", fmt::join(texts.texts, "|"), fmt::join(texts.labels, "|"),
                            fmt::join(texts.names, "|"));
       }},
      {"read_parallel", "a", "one\ntwo words\n", read_pairs, {{"b", "uno\ndue parole\n"}}},
      {"read_parallel", "b", "uno\ndue parole\n", read_pairs, {{"a", "one\ntwo words\n"}}},
      {"load_config", "config.json", "{\n\"in\": 2,\n\"out\": 3\n}\n",
       [](const auto& folder) { return nn::to_json(nn::load_config<nn::Linear>(folder.file("config.json"))); }},
  };
  return all;
}

std::string with_carriage_returns(const std::string& text) {
  std::string all;
  for (const char c : text) all.append(c == '\n' ? "\r" : "").push_back(c);
  return all;
}

}  // namespace

TEST_CASE("readers skip one byte order mark and accept Windows line ends", "[text]") {
  for (const Reader& reader : readers()) {
    CAPTURE(reader.who, reader.name);
    const TemporaryFolder folder;
    for (const auto& [name, content] : reader.other_files) write(folder.file(name), content);
    const auto read = [&](const std::string& content) {
      write(folder.file(reader.name), content);
      return reader.read(folder);
    };
    const std::string plain = read(reader.content), crlf = with_carriage_returns(reader.content);
    CHECK(read(mark + reader.content) == plain);
    CHECK(read(crlf) == plain);
    CHECK(read(mark + crlf) == plain);
    CHECK(read(mark + reader.content.substr(0, reader.content.size() - 1)) == plain);
    CHECK(read(crlf.substr(0, crlf.size() - 2)) == plain);
    CHECK(read(crlf.substr(0, crlf.size() - 1)) == plain);
  }
}

TEST_CASE("a file in UTF-16 or UTF-32 is reported as such", "[text]") {
  for (const Reader& reader : readers()) {
    const TemporaryFolder folder;
    for (const auto& [name, content] : reader.other_files) write(folder.file(name), content);
    for (const std::string& begin : {std::string("\xFF\xFE", 2), std::string("\xFE\xFF", 2),
                                     std::string("\xFF\xFE\0\0", 4), std::string("\0\0\xFE\xFF", 4)}) {
      write(folder.file(reader.name), begin + std::string("a\0\n\0", 4));
      CHECK_THROWS_WITH(reader.read(folder),
                        reader.who + ": " + folder.file(reader.name) +
                            " begins with the byte order mark of UTF-16 or UTF-32, but must be UTF-8");
    }
  }
}

TEST_CASE("files that cannot be read completely are errors of every reader", "[text]") {
  for (const Reader& reader : readers()) {
    CAPTURE(reader.who, reader.name);
    const TemporaryFolder folder;
    for (const auto& [name, content] : reader.other_files) write(folder.file(name), content);
    const std::string path = folder.file(reader.name), begin = reader.who + ": " + path;
    CHECK_THROWS_WITH(reader.read(folder), begin + " cannot be read: No such file or directory");
    // The first page of a process is unmapped: opening its memory succeeds, reading it fails.
    std::filesystem::create_symlink("/proc/self/mem", path);
    CHECK_THROWS_WITH(reader.read(folder), begin + " cannot be read: Input/output error");
    std::filesystem::remove(path);
    std::filesystem::create_directory(path);
    CHECK_THROWS_WITH(reader.read(folder), begin + " is a folder, not a file");
    std::filesystem::remove(path);
    for (const std::string& empty : {std::string(), mark}) {
      write(path, empty);
      if (reader.name == "merges.txt" || reader.name == "vocab.bpe") continue;  // no merges are valid
      CHECK_THROWS_AS(reader.read(folder), Error);
    }
  }
}

TEST_CASE("endless files and files larger than the memory are errors of every reader", "[text]") {
  for (const Reader& reader : readers()) {
    CAPTURE(reader.who, reader.name);
    const TemporaryFolder folder;
    for (const auto& [name, content] : reader.other_files) write(folder.file(name), content);
    const std::string path = folder.file(reader.name), begin = reader.who + ": " + path;
    std::filesystem::create_symlink("/dev/zero", path);
    CHECK_THROWS_WITH(
        reader.read(folder),
        begin + " has more than 67108864 bytes, which is too much for what is no regular file and may have no end");
    std::filesystem::remove(path);
    write(path, "");
    std::filesystem::resize_file(path, static_cast<std::uintmax_t>(machine_memory()) + 1);  // a hole
    CHECK_THROWS_WITH(reader.read(folder), begin + " has more than " + std::to_string(machine_memory()) +
                                               " bytes, which is too much for this machine's memory");
  }
}

TEST_CASE("a pipe and an empty device are read like a file", "[text]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("pipe"), text = "first\n" + std::string(300'000, 'x') + "\n";
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  std::thread writer([&] { write(path, text); });
  const std::vector<std::string> lines = read_lines("test", path);
  writer.join();
  REQUIRE(lines.size() == 2);
  CHECK(lines[0] == "first");
  CHECK(lines[1].size() == 300'000);
  CHECK(read_lines("test", "/dev/null").empty());
}

TEST_CASE("lines of a file", "[text]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("lines");
  const auto lines = [&](const std::string& content) {
    write(path, content);
    return read_lines("test", path);
  };
  using Lines = std::vector<std::string>;
  CHECK(lines("").empty());
  CHECK(lines(mark).empty());
  CHECK(lines("\n") == Lines{""});
  CHECK(lines("\r\n\r\n") == Lines{"", ""});
  CHECK(lines("a") == Lines{"a"});
  CHECK(lines("a\r") == Lines{"a"});
  CHECK(lines("a\n\nb\r\r\n") == Lines{"a", "", "b\r"});
  CHECK(lines("a\rb\vc\f"
              "d\xC2\x85"
              "e\xE2\x80\xA8"
              "f\n") == Lines{"a\rb\vc\f"
                              "d\xC2\x85"
                              "e\xE2\x80\xA8"
                              "f"});
  CHECK(lines(std::string("a\0b\n", 4)) == Lines{std::string("a\0b", 3)});
  CHECK(lines(mark + mark + "a\n" + mark) == Lines{mark + "a", mark});  // only the first is skipped
  CHECK(lines("\xEF\xBF\xBF\xF4\x8F\xBF\xBF\xEF\xBF\xBD") == Lines{"\xEF\xBF\xBF\xF4\x8F\xBF\xBF\xEF\xBF\xBD"});
  const std::string long_line(200'000, 'x');
  CHECK(lines(long_line + "\n" + long_line) == Lines{long_line, long_line});
  for (const char* bytes : {"\xFF", "\xEF\xBB", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\x80"})
    CHECK_THROWS_WITH(lines("good\nab" + std::string(bytes) + "\n"),
                      "test: " + path + ": line 2 is not valid UTF-8 at byte 3, counted from 1");
}

TEST_CASE("Debian's indices with byte order marks and Windows line ends", "[text]") {
  const std::string packages = "Package: cat\nSection: games\n\nPackage: dog\nSection: libs\n",
                    translations =
                        "Package: cat\nDescription-en: sleeps\n On\n keyboards.\n .\n Purrs.\n\n"
                        "Package: dog\nDescription-en: barks\n Aloud.\n";
  const std::string plain = shown(parse_descriptions(translations, packages));
  CHECK(plain == "cat|cat|games|sleeps|On keyboards.|Purrs.\ndog|dog|libs|barks|Aloud.\n");
  CHECK(shown(parse_descriptions(mark + translations, mark + packages)) == plain);
  CHECK(shown(parse_descriptions(with_carriage_returns(translations), with_carriage_returns(packages))) == plain);
}
