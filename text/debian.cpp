#include "debian.h"

#include <filesystem>
#include <fstream>
#include <functional>
#include <unordered_map>

#include "../graph/fail.h"
#include "program.h"

namespace heed::text {
namespace {

namespace fs = std::filesystem;

/// A stanza of Debian's control files: fields of one line or several, the further ones indented.
using Stanza = std::unordered_map<std::string_view, std::string_view>;

void each_stanza(std::string_view text, const std::function<void(const Stanza&)>& take) {
  Stanza stanza;
  std::string_view field;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    const std::string_view rest = text.substr(std::min(end + 1, text.size()));
    if (line.empty()) {
      if (!stanza.empty()) take(stanza);
      stanza.clear();
      field = {};
    } else if (line[0] == ' ' || line[0] == '\t') {
      if (auto known = stanza.find(field); known != stanza.end())  // the value goes on to this line's end
        known->second = {known->second.data(),
                         static_cast<std::size_t>(line.data() + line.size() - known->second.data())};
    } else if (const std::size_t colon = line.find(':'); colon != std::string_view::npos) {
      field = line.substr(0, colon);
      const std::size_t begin = std::min(line.find_first_not_of(" \t", colon + 1), line.size());
      stanza[field] = line.substr(begin);
    }
    text = rest;
  }
  if (!stanza.empty()) take(stanza);
}

/// A description's lines: the title, then paragraphs that " ." separates and that list items ("  * ...") begin.
std::vector<std::string> paragraphs_of(std::string_view description) {
  std::vector<std::string> paragraphs;
  bool joins = false;
  while (!description.empty()) {
    const std::size_t end = std::min(description.find('\n'), description.size());
    std::string_view line = description.substr(0, end);
    description.remove_prefix(std::min(end + 1, description.size()));
    const std::size_t begin = line.find_first_not_of(" \t");
    line = begin == std::string_view::npos ? std::string_view{} : line.substr(begin);
    while (!line.empty() && (line.back() == ' ' || line.back() == '\r')) line.remove_suffix(1);
    if (line.empty() || line == ".") {
      joins = false;
      continue;
    }
    const bool is_item =
        line.starts_with("* ") || line.starts_with("- ") || line.starts_with("+ ") || line.starts_with("o ");
    if (is_item) line.remove_prefix(2);
    if (joins && !is_item)
      paragraphs.back().append(" ").append(line);
    else
      paragraphs.emplace_back(line);
    joins = paragraphs.size() > 1;  // nothing is joined to the title
  }
  return paragraphs;
}

std::string_view value(const Stanza& stanza, std::string_view field) {
  const auto known = stanza.find(field);
  return known == stanza.end() ? std::string_view{} : known->second;
}

/// Contents of all files in the folder whose names contain `what`, whatever they are compressed with.
std::string indices(const std::string& folder, const std::string& what) {
  std::vector<std::string> paths;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.is_regular_file() && entry.path().filename().string().find(what) != std::string::npos)
      paths.push_back(entry.path().string());
  std::sort(paths.begin(), paths.end());
  std::string all;
  for (const std::string& path : paths) all += output_of({"/usr/lib/apt/apt-helper", "cat-file", path}) + "\n";
  return all;
}

std::vector<Document> fetched(const std::string& folder) {
  const std::string lists = folder + "/lists", cache = folder + "/cache", settings = folder + "/apt.conf";
  fs::create_directories(lists + "/partial");
  fs::create_directories(cache + "/archives/partial");
  if (std::ofstream file(settings);
      !(file << "#clear Acquire::Languages;\nAcquire::Languages { \"en\"; };\nAPT::Sandbox::User \"\";\n"
             << std::flush))
    fail("{} cannot be written", settings);
  output_of({"apt-get", "-q", "-c", settings, "-o", "Dir::State::Lists=" + fs::absolute(lists).string(), "-o",
             "Dir::Cache=" + fs::absolute(cache).string(), "-o", "Acquire::Retries=2", "update"});
  return parse_descriptions(indices(lists, "_Translation-en"), indices(lists, "_Packages"));
}

std::vector<Document> installed() {
  const std::string stanzas = output_of(
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
    const std::string_view package = value(stanza, "Package");
    std::string_view source = value(stanza, "Source"), section = value(stanza, "Section");
    source = source.substr(0, source.find(' '));  // "gcc-12 (12.2.0-14)"
    if (const auto slash = section.find('/'); slash != std::string_view::npos) section.remove_prefix(slash + 1);
    if (!package.empty() && !section.empty())
      origins.emplace(package, Origin{source.empty() ? package : source, section});
  });
  std::vector<Document> documents;
  each_stanza(translations, [&](const Stanza& stanza) {
    const std::string_view package = value(stanza, "Package");
    const auto origin = origins.find(package);
    if (origin == origins.end()) return;
    auto paragraphs = paragraphs_of(value(stanza, "Description-en"));
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
  } catch (const fs::filesystem_error& error) {
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
