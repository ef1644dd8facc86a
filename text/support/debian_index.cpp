#include "debian_index.h"

#include <algorithm>
#include <filesystem>

#include <fmt/ranges.h>

#include "../../graph/fail.h"
#include "../../io/files.h"
#include "../strings/lines.h"
#include "program.h"

namespace heed::text::detail {

namespace fs = std::filesystem;

namespace {

std::string_view without_mark(std::string_view text) {
  if (text.starts_with(io::byte_order_mark)) text.remove_prefix(io::byte_order_mark.size());
  return text;
}

}  // namespace

void each_stanza(std::string_view text, const std::function<void(const Stanza&)>& take) {
  Stanza stanza;
  std::string_view field;
  text = without_mark(text);
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.empty()) {
      if (!stanza.empty()) take(stanza);
      stanza.clear();
      field = {};
    } else if (line[0] == ' ' || line[0] == '\t') {
      if (auto known = stanza.find(field); known != stanza.end())  // extend the value to the end of this line
        known->second = {known->second.data(),
                         static_cast<std::size_t>(line.data() + line.size() - known->second.data())};
    } else if (const std::size_t colon = line.find(':'); colon != std::string_view::npos) {
      field = line.substr(0, colon);
      const std::size_t begin = std::min(line.find_first_not_of(" \t", colon + 1), line.size());
      stanza[field] = line.substr(begin);
    }
  }
  if (!stanza.empty()) take(stanza);
}

std::vector<std::string> description_paragraphs(std::string_view description) {
  std::vector<std::string> paragraphs;
  bool continues = false;
  while (!description.empty()) {
    std::string_view line = take_line(description);
    const std::size_t begin = line.find_first_not_of(" \t");
    line = begin == std::string_view::npos ? std::string_view{} : line.substr(begin);
    while (!line.empty() && (line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
    if (is_blank(line) || line == ".") {
      continues = false;
      continue;
    }
    const bool is_item =
        line.starts_with("* ") || line.starts_with("- ") || line.starts_with("+ ") || line.starts_with("o ");
    if (is_item) line.remove_prefix(2);
    if (continues && !is_item)
      paragraphs.back().append(" ").append(line);
    else
      paragraphs.emplace_back(line);
    continues = paragraphs.size() > 1;  // the title is not continued
  }
  return paragraphs;
}

std::string_view field_of(const Stanza& stanza, std::string_view field) {
  const auto known = stanza.find(field);
  return known == stanza.end() ? std::string_view{} : known->second;
}

std::string read_indices(const std::string& folder, const std::string& what) {
  const std::string lists = folder + "/lists";
  std::vector<std::string> paths;
  std::error_code error;
  for (fs::directory_iterator entry(lists, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code ignored;
    if (entry->is_regular_file(ignored) && entry->path().filename().string().find(what) != std::string::npos)
      paths.push_back(entry->path().string());
  }
  if (error) fail("read_indices: {} cannot be read: {}", lists, error.message());
  std::sort(paths.begin(), paths.end());
  std::string all;
  for (const std::string& path : paths)
    all.append(without_mark(run_program({"/usr/lib/apt/apt-helper", "cat-file", path}))).append("\n");
  return all;
}

void fetch_indices(const std::string& folder, std::span<const std::string> languages) {
  const std::string lists = folder + "/lists", cache = folder + "/cache", settings = folder + "/apt.conf";
  for (const std::string& created : {lists + "/partial", cache + "/archives/partial"}) {
    std::error_code error;
    fs::create_directories(created, error);
    if (error) fail("fetch_indices: the folder {} cannot be created: {}", created, error.message());
  }
  io::write_file(
      "apt", settings,
      fmt::format("#clear Acquire::Languages;\nAcquire::Languages {{ \"{}\"; }};\nAPT::Sandbox::User \"\";\n",
                  fmt::join(languages, "\"; \"")));
  run_program({"apt-get", "-q", "-c", settings, "-o", "Dir::State::Lists=" + fs::absolute(lists).string(), "-o",
               "Dir::Cache=" + fs::absolute(cache).string(), "-o", "Acquire::Retries=2", "update"});
}

std::string_view source_package(const Stanza& stanza) {
  const std::string_view source = field_of(stanza, "Source");
  return source.empty() ? field_of(stanza, "Package") : source.substr(0, source.find(' '));  // "gcc-12 (12.2.0-14)"
}

}  // namespace heed::text::detail
