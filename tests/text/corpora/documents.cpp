#include <fmt/format.h>
#include <heed/graph/error.h>
#include <heed/text/corpora/debian.h>
#include <heed/text/corpora/documents.h>
#include <heed/text/support/program.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "catch.h"

using namespace heed;
using namespace heed::text::detail;
using Catch::Matchers::Contains;
using Catch::Matchers::Message;

namespace {

/// Temporary file, removed by the destructor.
class File {
 public:
  explicit File(const std::string& content)
      : path((std::filesystem::temp_directory_path() / fmt::format("heed-documents-{}", getpid())).string()) {
    std::ofstream(path) << content;
  }
  ~File() { std::filesystem::remove(path); }
  const std::string path;
};

const char* const packages = R"(Package: cat
Section: games

Package: libdog2
Source: dog (2.0-1)
Section: contrib/libs

Package: nosection
)";

const char* const translations = R"(Package: cat
Description-md5: 00
Description-en: sleeps on keyboards
 A cat that sleeps
 on keyboards.
 .
 It can:
  * purr loudly
    and long
  * ignore you
 .
 The end.

broken stanza without a colon
 and more

Package: libdog2
Description-en: fetches
 Fetches things.

Package: unknown
Description-en: nobody knows
 Nothing.

Package: cat
Description-en: title alone
)";

}  // namespace

TEST_CASE("parsing of Debian's descriptions", "[text]") {
  const auto documents = text::parse_descriptions(translations, packages);
  REQUIRE(documents.size() == 2);
  CHECK(documents[0].name == "cat");
  CHECK(documents[0].group == "cat");
  CHECK(documents[0].label == "games");
  CHECK(documents[0].paragraphs == std::vector<std::string>{"sleeps on keyboards", "A cat that sleeps on keyboards.",
                                                            "It can:", "purr loudly and long", "ignore you",
                                                            "The end."});
  CHECK(documents[1].group == "dog");
  CHECK(documents[1].label == "libs");
  CHECK(documents[1].paragraphs == std::vector<std::string>{"fetches", "Fetches things."});
}

TEST_CASE("damaged indices never crash", "[text]") {
  const std::string whole = std::string(translations) + packages;
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    std::string damaged = whole;
    damaged[cut] = static_cast<char>(cut * 37);
    (void)text::parse_descriptions(damaged.substr(0, whole.size() - cut / 2), damaged);
    (void)text::parse_descriptions(damaged.substr(cut), packages);
  }
}

TEST_CASE("splits keep groups together, with about a tenth each for validation and test", "[text]") {
  std::vector<text::Document> documents;
  for (int i = 0; i < 6000; ++i)
    documents.push_back({std::to_string(i), fmt::format("source{}", i / 3), "", {std::to_string(i)}});
  const auto split = text::split_by_group(documents);
  std::map<std::string, int> where;
  for (const auto& [part, list] : {std::pair{1, &split.train}, {2, &split.validation}, {3, &split.test}})
    for (const auto& document : *list) {
      const auto [known, is_new] = where.emplace(document.group, part);
      CHECK(known->second == part);
    }
  CHECK(split.train.size() + split.validation.size() + split.test.size() == documents.size());
  CHECK(split.test.size() == Approx(600).margin(120));
  CHECK(split.validation.size() == Approx(600).margin(120));
}

TEST_CASE("duplicates are dropped", "[text]") {
  std::vector<text::Document> documents = {{"a", "", "", {"x", "y"}}, {"b", "", "", {"x"}}, {"c", "", "", {"x", "y"}}};
  text::drop_duplicates(documents);
  REQUIRE(documents.size() == 2);
  CHECK(documents[1].name == "b");
}

TEST_CASE("plain text", "[text]") {
  const File file("first line\nsecond line\n\n\n third document \r\n");
  const auto documents = text::read_documents(file.path);
  REQUIRE(documents.size() == 2);
  CHECK(documents[0].paragraphs == std::vector<std::string>{"first line", "second line"});
  CHECK(documents[1].paragraphs == std::vector<std::string>{" third document "});
  CHECK_THROWS_MATCHES(text::read_documents("/nowhere/text"), Error,
                       Message("read_documents: /nowhere/text cannot be read: No such file or directory"));
  const File blank("\n \n");
  CHECK_THROWS_MATCHES(text::read_documents(blank.path), Error, Message(blank.path + " contains no text"));
  const File invalid("fine\nbad \xff byte\n");
  CHECK_THROWS_MATCHES(
      text::read_documents(invalid.path), Error,
      Message("read_documents: " + invalid.path + ": line 2 is not valid UTF-8 at byte 5, counted from 1"));
}

TEST_CASE("labelled texts", "[text]") {
  {
    const File file("id\ttext\tlabel\n1\tgood film\tpos\n2\tbad film\tneg\n\n3\tfine\tpos\n");
    const auto read = text::read_tsv(file.path, "text", "label");
    CHECK(read.texts == std::vector<std::string>{"good film", "bad film", "fine"});
    CHECK(read.names == std::vector<std::string>{"neg", "pos"});
    CHECK(read.labels == std::vector<std::int64_t>{1, 0, 1});
    CHECK(text::read_tsv(file.path, "text", "label", {"pos", "neg"}).labels == std::vector<std::int64_t>{0, 1, 0});
    CHECK_THROWS_MATCHES(text::read_tsv(file.path, "sentence", "label"), Error,
                         Message(file.path + " has no column sentence: its first line names id, text, label"));
    for (const std::vector<std::string>& wrong :
         {std::vector<std::string>{"pos", "neg", "pos"}, {"pos ", "neg"}, {"pos", "neg", ""}})
      CHECK_THROWS_AS(text::read_tsv(file.path, "text", "label", wrong), Error);
    CHECK_THROWS_MATCHES(text::read_tsv(file.path, "text", "label", {"pos"}), Error,
                         Message(file.path + ", line 3: the label neg is not one of pos"));
  }
  const auto error_of = [](const std::string& content) {
    const File file(content);
    try {
      text::read_tsv(file.path, "text", "label");
    } catch (const Error& error) {
      return std::string(error.what()).substr(file.path.size());
    }
    return std::string("none");
  };
  CHECK(error_of("") == " is empty: its first line must name the columns");
  CHECK(error_of("text\tlabel\n") == " contains no texts below its first line");
  CHECK(error_of("text\tlabel\none\n") == ", line 2: it has 1 columns, but the first line names 2");
  CHECK(error_of("text\tlabel\n \tx\n") == ", line 2: the text in column text is empty");
}

TEST_CASE("output of external programs", "[text]") {
  CHECK(text::detail::run_program({"printf", "%s", "a; b $HOME"}) == "a; b $HOME");
  CHECK(text::detail::run_program({"true"}).empty());
  CHECK_THROWS_MATCHES(text::detail::run_program({"heed-has-no-such-program"}), Error,
                       Message("heed-has-no-such-program could not be run: No such file or directory"));
  CHECK_THROWS_WITH(text::detail::run_program({"ls", "/nowhere/at/all"}), Contains("ls /nowhere/at/all failed: ls:"));
}

TEST_CASE("labels with white space around them, and empty labels", "[text]") {
  const auto read = [](const std::string& content, const std::vector<std::string>& names = {}) {
    const File file(content);
    return text::read_tsv(file.path, "text", "label", names);
  };
  const auto labels = read("text\tlabel\na\tpos\nb\tpos \nc\t  pos\nd\tvery good \n");
  CHECK(labels.names == std::vector<std::string>{"pos", "very good"});
  CHECK(labels.labels == std::vector<std::int64_t>{0, 0, 0, 1});
  CHECK(read("label\ttext\n pos\ta\n", {"neg", "pos"}).labels == std::vector<std::int64_t>{1});
  for (const char* empty : {"", " ", "   "})
    CHECK_THROWS_WITH(read(std::string("text\tlabel\na\tpos\nb\t") + empty + "\n"),
                      Catch::Matchers::Contains(", line 3: the label in column label is empty"));
  CHECK_THROWS_WITH(read("text\tlabel\tlabel\na\tx\ty\n"), Catch::Matchers::Contains(" has two columns label"));
}
