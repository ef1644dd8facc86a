#include "debian.h"

#include <array>
#include <filesystem>

#include "../../graph/fail.h"
#include "../support/debian_index.h"
#include "../support/program.h"

namespace heed::text {
using namespace heed::text::detail;

namespace {

std::vector<Document> fetched(const std::string& folder) {
  fetch_indices(folder, std::array<std::string, 1>{"en"});
  return parse_descriptions(read_indices(folder, "_Translation-en"), read_indices(folder, "_Packages"));
}

std::vector<Document> installed() {
  const std::string stanzas = run_program(
      {"dpkg-query", "--show", "--showformat",
       "Package: ${Package}\nSource: ${source:Package}\nSection: ${Section}\nDescription-en: ${Description}\n\n"});
  return parse_descriptions(stanzas, stanzas);
}

}  // namespace

std::vector<Document> parse_descriptions(std::string_view translations, std::string_view packages) {
  struct Origin {
    std::string_view source, section;
  };
  std::unordered_map<std::string_view, Origin> origins;
  each_stanza(packages, [&](const Stanza& stanza) {
    const std::string_view package = field_of(stanza, "Package");
    std::string_view section = field_of(stanza, "Section");
    if (const auto slash = section.find('/'); slash != std::string_view::npos) section.remove_prefix(slash + 1);
    if (!package.empty() && !section.empty()) origins.emplace(package, Origin{source_package(stanza), section});
  });
  std::vector<Document> documents;
  each_stanza(translations, [&](const Stanza& stanza) {
    const std::string_view package = field_of(stanza, "Package");
    const auto origin = origins.find(package);
    if (origin == origins.end()) return;
    auto paragraphs = description_paragraphs(field_of(stanza, "Description-en"));
    if (paragraphs.size() < 2) return;
    documents.push_back({std::string(package), std::string(origin->second.source), std::string(origin->second.section),
                         std::move(paragraphs)});
  });
  return documents;
}

DebianCorpus read_debian(const std::string& folder) {
  DebianCorpus corpus;
  std::string reason = "apt's indices held no descriptions";
  try {
    corpus.documents = fetched(folder);
  } catch (const Error& error) {
    reason = error.what();
  } catch (const std::filesystem::filesystem_error& error) {
    reason = error.what();
  }
  if (!corpus.documents.empty()) {
    drop_duplicates(corpus.documents);
    corpus.origin = fmt::format("{} package descriptions from Debian's index, fetched by apt", corpus.documents.size());
    return corpus;
  }
  corpus.documents = installed();
  drop_duplicates(corpus.documents);
  if (corpus.documents.empty()) fail("there are no package descriptions to learn from: {}", reason);
  corpus.origin =
      fmt::format("{} descriptions of the installed packages, because apt could not fetch Debian's index ({})",
                  corpus.documents.size(), reason);
  return corpus;
}

}  // namespace heed::text
