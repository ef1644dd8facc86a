// Texts to learn from: documents of paragraphs, and texts with labels.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace heed::text {

struct Document {
  std::string name;
  std::string group;  // documents of one group are alike, and must not be in training and in test
  std::string label;  // empty: none
  std::vector<std::string> paragraphs;
};

/// Documents by what they are for.
struct Split {
  std::vector<Document> train, validation, test;
};

/// Puts each document where a hash of its group says: a tenth of the groups into validation, a tenth into test. The
/// same group goes to the same place in every run, on every machine, whatever else is in the list.
Split split_by_group(std::vector<Document> documents);

/// Leaves the first of those that say the same.
void drop_duplicates(std::vector<Document>& documents);

/// A file of plain text: documents are separated by empty lines, each line is a paragraph. Throws Error if it cannot be
/// read, if it holds no text, or where a line is not UTF-8. As in all of heed's readers of text, lines end with \n or
/// \r\n, and a byte order mark before the first does not count.
std::vector<Document> read_documents(const std::string& path);

/// Texts with a label each, as numbers into a list of names.
struct LabelledTexts {
  std::vector<std::string> texts;
  std::vector<std::int64_t> labels;
  std::vector<std::string> names;  // sorted, if found in the file
};

/// A file with a header and a row a line, columns separated by tabs. Takes the columns of these names. White space at
/// both ends of a label does not count. If `names` is given, other labels are an error; a name must not come twice, be
/// empty or have white space at an end. Throws Error that names the file and the line: no such column, two of one name,
/// a row of another number of columns, an empty text or label, an unknown label, bytes that are no UTF-8.
LabelledTexts read_tsv(const std::string& path, const std::string& text_column, const std::string& label_column,
                       const std::vector<std::string>& names = {});

}  // namespace heed::text
