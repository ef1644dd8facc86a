// Corpus of Debian's package descriptions: about 64,000 short English texts, labelled by section.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "documents.h"

namespace heed::text {

/// Documents of read_debian.
struct DebianCorpus {
  std::vector<Document> documents;  // group: the source package; label: the section
  std::string origin;               // describes the source of the documents
};

/// Fetches the package index and the English descriptions into `folder` by apt, without touching the system's package
/// lists; existing files are only updated. Without network or apt it uses the descriptions of the installed packages.
/// Duplicates are dropped. Throws Error if there are none either.
DebianCorpus read_debian(const std::string& folder);

/// Parses the documents of a Translation index (Package, Description-en), with the source and section from a Packages
/// index. Packages that are missing there, descriptions without a text below their title, and damaged stanzas are
/// skipped.
std::vector<Document> parse_descriptions(std::string_view translations, std::string_view packages);

}  // namespace heed::text
