// Debian's package descriptions: some 64,000 short English texts, each with a section as its label.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "documents.h"

namespace heed::text {

struct DebianCorpus {
  std::vector<Document> documents;  // group: the source package; label: the section
  std::string origin;               // a sentence that says where they are from
};

/// Lets apt fetch the package index and the English descriptions into `folder`, without touching the system's own
/// lists; what is there already is only brought up to date. Without a network, or apt, it takes the descriptions of the
/// installed packages. Duplicates are dropped. Throws Error if there is neither.
DebianCorpus read_debian(const std::string& folder);

/// The documents of a Translation index (Package, Description-en) with the source and section that a Packages index
/// gives; packages that are not in the latter are left out, as are descriptions without a text below their title.
/// Damaged stanzas are skipped.
std::vector<Document> parse_descriptions(std::string_view translations, std::string_view packages);

}  // namespace heed::text
