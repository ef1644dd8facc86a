#include "debian_translations.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>

#include "../../graph/fail.h"
#include "../strings/unicode.h"
#include "../support/debian_index.h"
#include "documents.h"
#include "hash.h"

namespace heed::text {
using namespace heed::text::detail;

namespace {

constexpr std::int64_t min_words = 3, max_words = 40;

bool fits(std::string_view text) {
  if (find_invalid_utf8(text)) return false;
  std::int64_t words = 0;
  while (!take_spaced_word(text).empty()) ++words;
  return words >= min_words && words <= max_words;
}

/// Source package of each package.
std::unordered_map<std::string_view, std::string_view> sources_of(std::string_view packages) {
  std::unordered_map<std::string_view, std::string_view> sources;
  each_stanza(packages,
              [&](const Stanza& stanza) { sources.emplace(field_of(stanza, "Package"), source_package(stanza)); });
  return sources;
}

void append(ParallelTexts& texts, const Document& pair) {
  texts.source.push_back(pair.paragraphs[0]);
  texts.target.push_back(pair.paragraphs[1]);
}

}  // namespace

std::vector<TranslatedText> align_descriptions(std::string_view english, std::string_view translated,
                                               std::string_view packages, const std::string& language) {
  const std::string field = "Description-" + language;
  std::unordered_map<std::string_view, std::string_view> translations;  // by the MD5 sum of the English text
  each_stanza(translated, [&](const Stanza& stanza) {
    translations.emplace(field_of(stanza, "Description-md5"), field_of(stanza, field));
  });
  const auto sources = sources_of(packages);
  std::vector<TranslatedText> pairs;
  std::unordered_set<std::string> seen;
  each_stanza(english, [&](const Stanza& stanza) {
    const std::string_view sum = field_of(stanza, "Description-md5"), package = field_of(stanza, "Package");
    const auto translation = translations.find(sum);
    if (sum.empty() || package.empty() || translation == translations.end()) return;
    const auto from = description_paragraphs(field_of(stanza, "Description-en")),
               to = description_paragraphs(translation->second);
    if (from.size() != to.size()) return;
    const auto source = sources.find(package);
    const std::string_view group = source == sources.end() ? package : source->second;
    for (std::size_t i = 0; i < from.size(); ++i)
      if (from[i] != to[i] && fits(from[i]) && fits(to[i]) && seen.insert(from[i] + "\n" + to[i]).second)
        pairs.push_back({std::string(group), from[i], to[i]});
  });
  return pairs;
}

std::vector<TranslatedText> read_debian_translations(const std::string& folder, const std::string& language) {
  // The language is written to apt's configuration.
  if (language.empty() ||
      language.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_") != std::string::npos)
    fail("read_debian_translations: the language is '{}', but must be a code such as 'it' or 'pt_BR'", language);
  fetch_indices(folder, std::array<std::string, 2>{"en", language});
  auto pairs =
      align_descriptions(read_indices(folder, "_Translation-en"), read_indices(folder, "_Translation-" + language),
                         read_indices(folder, "_Packages"), language);
  if (pairs.empty()) fail("read_debian_translations: apt fetched no descriptions in English and '{}'", language);
  return pairs;
}

TranslationSplit split_translations(const std::vector<TranslatedText>& texts) {
  std::vector<Document> documents;
  documents.reserve(texts.size());
  for (const auto& [group, source, target] : texts)
    documents.push_back({.name = {}, .group = group, .label = {}, .paragraphs = {source, target}});
  const Split split = split_by_group(std::move(documents));

  TranslationSplit pairs;
  std::unordered_set<std::string_view> taken;
  const auto take = [&](const std::vector<Document>& from, ParallelTexts& to) {
    for (const Document& pair : from)
      if (!taken.contains(pair.paragraphs[0])) append(to, pair);
    for (const Document& pair : from) taken.insert(pair.paragraphs[0]);
  };
  take(split.test, pairs.test);
  take(split.validation, pairs.validation);
  take(split.train, pairs.train);
  return pairs;
}

std::uint64_t fingerprint(const TranslationSplit& texts) {
  std::uint64_t hash = fnv1a("");
  for (const ParallelTexts* part : {&texts.train, &texts.validation, &texts.test})
    for (const auto* side : {&part->source, &part->target})
      for (const std::string& text : *side) hash = fnv1a("\n", fnv1a(text, hash));
  return hash;
}

}  // namespace heed::text
