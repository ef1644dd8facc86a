// Training texts: documents of paragraphs, and labelled texts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace heed::text {

/// A document: its name and its paragraphs.
struct Document {
  std::string name;
  std::string group;  // similar documents, which must not be in both training and test set
  std::string label;  // empty if there is none
  std::vector<std::string> paragraphs;
};

/// Training, validation and test documents.
struct Split {
  /// Documents of each part.
  std::vector<Document> train, validation, test;
};

/// Splits documents by a hash of their group: a tenth of the groups for validation, a tenth for test. The part of a
/// group is the same in every run, on every machine, and independent of the other documents.
Split split_by_group(std::vector<Document> documents);

/// Removes documents whose paragraphs equal those of an earlier one.
void drop_duplicates(std::vector<Document>& documents);

/// Reads a plain text file: documents are separated by empty lines, each line is a paragraph. Throws Error if it cannot
/// be read, contains no text, or a line is not valid UTF-8. As in all text readers of heed, lines end with \n or \r\n,
/// and a byte order mark at the start is skipped.
std::vector<Document> read_documents(const std::string& path);

/// Texts with labels, as indices into a list of names.
struct LabelledTexts {
  /// Texts.
  std::vector<std::string> texts;
  std::vector<std::int64_t> labels;
  std::vector<std::string> names;  // sorted, unless they were given
};

/// Reads the text and label columns of a TSV file (header, then a row per line, columns separated by tabs). White space
/// around labels is removed. If `names` are given, other labels are an error; names must be unique, not empty and
/// without white space around them. Throws Error, naming file and line, for a missing or duplicate column, a row with
/// another number of columns, an empty text or label, an unknown label, or invalid UTF-8.
LabelledTexts read_tsv(const std::string& path, const std::string& text_column, const std::string& label_column,
                       const std::vector<std::string>& names = {});

}  // namespace heed::text
