// Debian's indices of packages, as apt fetches them: stanzas of fields.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace heed::text {

/// A stanza of Debian's control files: fields of one line or several, the further ones indented.
using Stanza = std::unordered_map<std::string_view, std::string_view>;

/// Calls take(stanza) for each. Lines that are no part of a field are skipped.
void each_stanza(std::string_view text, const std::function<void(const Stanza&)>& take);
/// A field's value; empty if there is none.
std::string_view field_of(const Stanza& stanza, std::string_view field);
/// The source that a stanza's package is built from.
std::string_view source_package(const Stanza& stanza);
/// A description's lines: the title, then paragraphs that " ." separates and that list items ("  * ...") begin. Lines
/// that are indented otherwise go on with what stands before them.
std::vector<std::string> description_paragraphs(std::string_view description);

/// Lets apt fetch the package index and the descriptions in these languages ("en") into `folder`, without touching the
/// system's own lists. Throws Error with what apt said.
void fetch_indices(const std::string& folder, std::span<const std::string> languages);
/// What was fetched into the folder: contents of all files whose names contain `what`, as "_Packages" or
/// "_Translation-en", whatever they are compressed with.
std::string read_indices(const std::string& folder, const std::string& what);

}  // namespace heed::text
