// Reading of Debian's descriptions, with fake apt and dpkg programs.
#include <heed/graph/error.h>
#include <heed/text/corpora/debian.h>

#include <filesystem>

#include "catch.h"
#include "text/stand_ins.h"

using namespace heed;
namespace fs = std::filesystem;
using Catch::Matchers::Contains;

namespace {

// Fake apt-get: writes indices to the folder of the option Dir::State::Lists=FOLDER.
const char* const fetches =
    R"(for argument; do case $argument in Dir::State::Lists=*) lists=${argument#*=} ;; esac; done
printf 'Package: cat\nSection: games\n\nPackage: dog\nSource: pets\nSection: libs\n' >"$lists/host_Packages"
printf 'Package: cat\nDescription-en: sleeps\n It sleeps.\n\nPackage: dog\nDescription-en: barks\n It barks.\n' >"$lists/host_i18n_Translation-en"
printf 'Package: cat\nDescription-en: sleeps\n It sleeps.\n' >"$lists/mirror_i18n_Translation-en")";

}  // namespace

TEST_CASE("apt's indices are read and duplicates dropped", "[text]") {
  if (!fs::exists("/usr/lib/apt/apt-helper")) return;
  const FakePrograms fakes;
  fakes.program("apt-get", fetches);
  const auto corpus = text::read_debian((fakes.folder / "apt").string());
  REQUIRE(corpus.documents.size() == 2);
  CHECK(corpus.documents[0].label == "games");
  CHECK(corpus.documents[1].group == "pets");
  CHECK(corpus.origin == "2 package descriptions from Debian's index, fetched by apt");
}

TEST_CASE("without a network the installed packages are read, and the reason is reported", "[text]") {
  const FakePrograms fakes;
  fakes.program("apt-get", "echo 'no network' >&2; exit 100");
  fakes.program("dpkg-query",
                R"(printf 'Package: cat\nSource: cat\nSection: games\nDescription-en: sleeps\n It sleeps.\n\n')");
  const auto corpus = text::read_debian((fakes.folder / "apt").string());
  REQUIRE(corpus.documents.size() == 1);
  CHECK(corpus.documents[0].paragraphs == std::vector<std::string>{"sleeps", "It sleeps."});
  CHECK_THAT(corpus.origin, Contains("1 descriptions of the installed packages, because apt could not fetch Debian's "
                                     "index (apt-get") &&
                                Contains("no network"));
}

TEST_CASE("without network and installed packages there is an error", "[text]") {
  const FakePrograms fakes;
  fakes.program("apt-get", "exit 100");
  fakes.program("dpkg-query", "true");
  CHECK_THROWS_WITH(text::read_debian((fakes.folder / "apt").string()),
                    Contains("there are no package descriptions to learn from: apt-get"));
}
