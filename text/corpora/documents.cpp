#include "documents.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <sstream>
#include <unordered_map>
#include <unordered_set>

#include "../../graph/fail.h"
#include "../strings/lines.h"
#include "../strings/unicode.h"
#include "hash.h"

namespace heed::text {
namespace {

std::uint64_t hash_of(std::string_view text) {
  const std::uint64_t hash = fnv1a(text);
  return hash ^ hash >> 32;
}

/// Removes leading and trailing white space.
std::string trimmed(std::string_view text) {
  std::size_t begin = text.size(), end = text.size();
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t here = at;
    if (is_whitespace(next_character(text, at))) continue;
    begin = std::min(begin, here);
    end = at;
  }
  return std::string(text.substr(begin, end - begin));
}

std::vector<std::string> columns_of(const std::string& line) {
  std::vector<std::string> columns;
  std::istringstream stream(line);
  for (std::string column; std::getline(stream, column, '\t');) columns.push_back(column);
  if (line.ends_with('\t')) columns.emplace_back();
  return columns;
}

std::size_t column_named(const std::string& path, const std::vector<std::string>& header, const std::string& name) {
  const auto found = std::find(header.begin(), header.end(), name);
  if (std::count(found, header.end(), name) > 1) fail("{} has two columns {}", path, name);
  if (found == header.end()) fail("{} has no column {}: its first line names {}", path, name, fmt::join(header, ", "));
  return static_cast<std::size_t>(found - header.begin());
}

}  // namespace

Split split_by_group(std::vector<Document> documents) {
  Split split;
  for (Document& document : documents) {
    const std::uint64_t tenth = hash_of(document.group) % 10;
    (tenth == 0 ? split.test : tenth == 1 ? split.validation : split.train).push_back(std::move(document));
  }
  return split;
}

void drop_duplicates(std::vector<Document>& documents) {
  std::unordered_set<std::string> seen;
  std::erase_if(documents, [&](const Document& document) {
    return !seen.insert(fmt::format("{}", fmt::join(document.paragraphs, "\n"))).second;
  });
}

std::vector<Document> read_documents(const std::string& path) {
  std::vector<Document> documents;
  bool inside = false;
  for (std::string& line : read_lines("read_documents", path)) {
    if (is_blank(line)) {
      inside = false;
      continue;
    }
    if (!inside)
      documents.push_back(
          {.name = fmt::format("{}", documents.size() + 1), .group = {}, .label = {}, .paragraphs = {}});
    inside = true;
    documents.back().paragraphs.push_back(std::move(line));
  }
  if (documents.empty()) fail("{} contains no text", path);
  for (Document& document : documents) document.group = document.paragraphs[0];
  return documents;
}

LabelledTexts read_tsv(const std::string& path, const std::string& text_column, const std::string& label_column,
                       const std::vector<std::string>& names) {
  std::unordered_set<std::string_view> known;
  for (const std::string& name : names) {
    if (name.empty() || trimmed(name) != name)
      fail("read_tsv: the name \"{}\" is empty or has white space around it, which labels never have", name);
    if (!known.insert(name).second) fail("read_tsv: the name \"{}\" is given twice", name);
  }
  const auto lines = read_lines("read_tsv", path);
  if (lines.empty()) fail("{} is empty: its first line must name the columns", path);
  const auto header = columns_of(lines[0]);
  const std::size_t text_at = column_named(path, header, text_column),
                    label_at = column_named(path, header, label_column);
  LabelledTexts read;
  std::vector<std::string> labels;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    if (lines[i].empty()) continue;
    auto columns = columns_of(lines[i]);
    if (columns.size() != header.size())
      fail("{}, line {}: it has {} columns, but the first line names {}", path, i + 1, columns.size(), header.size());
    if (is_blank(columns[text_at])) fail("{}, line {}: the text in column {} is empty", path, i + 1, text_column);
    columns[label_at] = trimmed(columns[label_at]);
    if (columns[label_at].empty()) fail("{}, line {}: the label in column {} is empty", path, i + 1, label_column);
    if (!names.empty() && !known.contains(columns[label_at]))
      fail("{}, line {}: the label {} is not one of {}", path, i + 1, columns[label_at], fmt::join(names, ", "));
    read.texts.push_back(std::move(columns[text_at]));
    labels.push_back(std::move(columns[label_at]));
  }
  if (read.texts.empty()) fail("{} contains no texts below its first line", path);
  read.names = names;
  if (names.empty()) {
    read.names = labels;
    std::sort(read.names.begin(), read.names.end());
    read.names.erase(std::unique(read.names.begin(), read.names.end()), read.names.end());
  }
  std::unordered_map<std::string_view, std::int64_t> numbers;
  for (std::size_t i = 0; i < read.names.size(); ++i) numbers.emplace(read.names[i], static_cast<std::int64_t>(i));
  for (const std::string& label : labels) read.labels.push_back(numbers.at(label));
  return read;
}

}  // namespace heed::text
