// Debian's descriptions in two languages, with a fake apt.
#include <heed/graph/error.h>
#include <heed/text/corpora/debian_translations.h>
#include <heed/text/corpora/hash.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "catch.h"
#include "text/stand_ins.h"

using namespace heed;
using Catch::Matchers::Contains;

namespace {

const char* const packages = R"(Package: cat
Source: pets (1.2)

Package: cat-doc
Source: pets

Package: dog
)";

const char* const english = R"(Package: cat
Description-md5: 1
Description-en: animal that sleeps
 A cat sleeps on the
 keyboard all day.
 .
 It can:
  * purr loudly and long
  * ignore you, and sleep
    on the table
 .
 The same everywhere.

Package: cat-doc
Description-md5: 2
Description-en: animal that sleeps
 This text has no second paragraph there.
 .
 The end of it.

Package: dog
Description-md5: 3
Description-en: animal that barks
 A cat sleeps on the keyboard all day.

Package: bird
Description-md5: 4
Description-en: animal that sings
 It sings a song.

Package: none
Description-en: it has no sum
)";

const char* const italian = R"(Package: cat
Description-md5: 1
Description-it: animale che dorme
 Un gatto dorme tutto il giorno
 sulla tastiera.
 .
 Sa:
  * fare le fusa a lungo
  * ignorarti, e dormire sul tavolo
 .
 The same everywhere.

Package: cat-doc
Description-md5: 2
Description-it: animale che dorme
 Questo testo ha un solo paragrafo.

Package: dog
Description-md5: 3
Description-it: animale che abbaia
 Un gatto dorme tutto il giorno sulla tastiera.

Package: bird
Description-md5: 5
Description-it: animale che canta
 Canta una canzone.

Package: none
Description-it: non ha somma
)";

std::vector<std::string> to_strings(const std::vector<text::TranslatedText>& texts) {
  std::vector<std::string> all;
  for (const auto& [group, source, target] : texts) all.push_back(group + ": " + source + " = " + target);
  return all;
}

}  // namespace

TEST_CASE("descriptions are aligned by the MD5 sum of the English text and by paragraphs", "[text]") {
  // Skipped: short texts, texts equal in both languages, different numbers of paragraphs, duplicates.
  CHECK(to_strings(text::align_descriptions(english, italian, packages, "it")) ==
        std::vector<std::string>{
            "pets: animal that sleeps = animale che dorme",
            "pets: A cat sleeps on the keyboard all day. = Un gatto dorme tutto il giorno sulla tastiera.",
            "pets: purr loudly and long = fare le fusa a lungo",
            "pets: ignore you, and sleep on the table = ignorarti, e dormire sul tavolo",
            "dog: animal that barks = animale che abbaia"});
  CHECK(text::align_descriptions(english, italian, packages, "fr").empty());
  std::string long_text = "Package: a\nDescription-md5: 1\nDescription-en:", long_italian = long_text;
  for (int i = 0; i < 41; ++i) long_text += " word";
  long_italian.replace(long_italian.find("-en"), 3, "-it") += " tre sole parole";
  CHECK(text::align_descriptions(long_text, long_italian, "", "it").empty());
  CHECK(text::align_descriptions(long_text.substr(0, long_text.size() - 5), long_italian, "", "it").size() == 1);
}

TEST_CASE("damaged translations never crash", "[text]") {
  const std::string from = english, to = italian;
  for (std::size_t cut = 0; cut < to.size(); ++cut) {
    std::string damaged = to;
    damaged[cut] = static_cast<char>(cut * 37);
    (void)text::align_descriptions(from.substr(cut), damaged, packages, "it");
    (void)text::align_descriptions(from, damaged.substr(0, to.size() - cut / 2), damaged, "it");
  }
}

TEST_CASE("no source of the test set is in the training set", "[text]") {
  std::vector<text::TranslatedText> texts;
  for (int i = 0; i < 400; ++i) {
    const std::string name = std::to_string(i);
    texts.push_back({"group " + name, "This is number " + name, "numero " + name});
    texts.push_back({"group " + name, "This text is everywhere", "ovunque, " + name});
  }
  const auto [train, validation, test] = text::split_translations(texts);
  CHECK(train.source.size() > 280);
  CHECK(validation.source.size() > 20);
  CHECK(test.source.size() > 40);
  const std::set<std::string> of_test(test.source.begin(), test.source.end()),
      of_validation(validation.source.begin(), validation.source.end());
  CHECK(of_test.contains("This text is everywhere"));
  for (const std::string& source : train.source)
    CHECK_FALSE((of_test.contains(source) || of_validation.contains(source)));
  for (const std::string& source : validation.source) CHECK_FALSE(of_test.contains(source));
  for (std::size_t i = 0; i < train.source.size(); ++i) CHECK(train.source[i].substr(15) == train.target[i].substr(7));
}

TEST_CASE("apt fetches two languages", "[text]") {
  if (!std::filesystem::exists("/usr/lib/apt/apt-helper")) return;
  const FakePrograms fakes;
  const std::string folder = (fakes.folder / "apt").string();
  fakes.program("apt-get", R"(for argument; do
case $argument in Dir::State::Lists=*) lists=${argument#*=} ;; */apt.conf) settings=$argument ;; esac
done
grep -q 'Languages { "en"; "it"; };' "$settings" || exit 1
printf 'Package: cat\nSource: pets\n' >"$lists/host_Packages"
printf 'Package: cat\nDescription-md5: 1\nDescription-en: it sleeps here\n' >"$lists/host_Translation-en"
printf 'Package: cat\nDescription-md5: 1\nDescription-it: qui si dorme\n' >"$lists/host_Translation-it")");
  CHECK(to_strings(text::read_debian_translations(folder, "it")) ==
        std::vector<std::string>{"pets: it sleeps here = qui si dorme"});
  CHECK_THROWS_WITH(text::read_debian_translations(folder, "fr"), Contains("apt-get") && Contains("failed"));
  CHECK_THROWS_WITH(text::read_debian_translations(folder, "it\"; evil"),
                    "read_debian_translations: the language is 'it\"; evil', but must be a code such as 'it' or "
                    "'pt_BR'");
  fakes.program("apt-get", "true");
  std::filesystem::remove_all(folder);
  CHECK_THROWS_WITH(text::read_debian_translations(folder, "it"),
                    "read_debian_translations: apt fetched no descriptions in English and 'it'");
  std::filesystem::remove_all(folder);
  std::ofstream(folder) << "a file, not a folder";
  CHECK_THROWS_WITH(text::read_debian_translations(folder, "it"),
                    "fetch_indices: the folder " + folder + "/lists/partial cannot be created: Not a directory");
}

TEST_CASE("a fingerprint of translations changes with any text", "[text]") {
  const text::TranslationSplit split{
      .train = {{"a cat", "a dog"}, {"un gatto", "un cane"}}, .validation = {{"a bird"}, {"un uccello"}}, .test = {}};
  const std::uint64_t of = text::fingerprint(split);
  CHECK(of == text::fnv1a("a cat\na dog\nun gatto\nun cane\na bird\nun uccello\n"));
  text::TranslationSplit other = split;
  other.validation.target[0] = "un uccellino";
  CHECK(text::fingerprint(other) != of);
  other = split;
  other.train.source.swap(other.train.target);
  CHECK(text::fingerprint(other) != of);
}
