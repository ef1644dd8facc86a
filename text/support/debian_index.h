// Debian's package indices, as fetched by apt: stanzas of fields.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace heed::text::detail {

/// Stanza of a Debian control file: fields of one or more lines; continuation lines are indented.
using Stanza = std::unordered_map<std::string_view, std::string_view>;

/// Calls take(stanza) for each stanza. Lines that do not belong to a field are skipped.
void each_stanza(std::string_view text, const std::function<void(const Stanza&)>& take);
/// Value of a field; empty if there is none.
std::string_view field_of(const Stanza& stanza, std::string_view field);
/// Source package that a stanza's package is built from.
std::string_view source_package(const Stanza& stanza);
/// Splits a description into its title and paragraphs. Paragraphs are separated by " ." lines, and list items ("  *
/// ...") start a new one; other indented lines continue the previous one.
std::vector<std::string> description_paragraphs(std::string_view description);

/// Fetches the package index and the descriptions in these languages ("en") into `folder` by apt, without touching the
/// system's package lists. Throws Error with apt's message.
void fetch_indices(const std::string& folder, std::span<const std::string> languages);
/// Reads fetched indices: the concatenated contents of all files whose names contain `what`, such as "_Packages" or
/// "_Translation-en", with any compression.
std::string read_indices(const std::string& folder, const std::string& what);

}  // namespace heed::text::detail
