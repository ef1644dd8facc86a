// Byte pair encoding (BPE) of words: Sennrich, Haddow and Birch 2016, arXiv:1508.07909.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "../detail/pair_merges.h"
#include "pair.h"
#include "wordpiece.h"

namespace heed::text {

/// Special tokens, the first pieces of every vocabulary: padding, begin and end of a sequence, unknown character.
inline constexpr std::array<std::string_view, 4> sequence_tokens{"<pad>", "<s>", "</s>", "<unk>"};

/// Suffix of pieces that end a word. In a text it is read as the end of a word.
inline constexpr std::string_view end_of_word = "</w>";

/// BPE tokenizer: pieces with their token ids, and the merges in the order in which training chose them. A text is
/// split into words at spaces and line ends. A word starts as its characters, the last one marked as end of word, and
/// pairs of neighbouring pieces are merged in the order of the merges. Equals apply_bpe of subword-nmt 0.3.8 with the
/// same merges. One vocabulary can be shared by two languages if it was trained on both.
class BytePairEncoding {
 public:
  /// A merge: the two pieces.
  using Merge = std::pair<std::string, std::string>;

  /// Piece i has token id i; the first four must be `sequence_tokens`. Throws Error if a piece is empty, invalid UTF-8,
  /// a duplicate, or contains a space or an end of line, or if a merge's parts or its result are not pieces.
  BytePairEncoding(std::vector<std::string> pieces, std::vector<Merge> merges);
  /// Builds the vocabulary from characters and merges: the four special tokens, the characters within and at the end of
  /// a word, and the results of the merges. Throws Error as above, and for surrogates or characters beyond U+10FFFF.
  static BytePairEncoding from_merges(const std::vector<char32_t>& characters, std::vector<Merge> merges);
  /// Reads a folder with pieces.txt (a piece per line) and merges.txt (the format of subword-nmt's learn_bpe). Errors
  /// name the file and the line.
  static BytePairEncoding load(const std::string& folder);
  /// Writes both files; creates the folder if needed.
  void save(const std::string& folder) const;

  /// Number of tokens.
  std::int64_t size() const { return static_cast<std::int64_t>(pieces_.size()); }
  /// All pieces, by token id.
  const std::vector<std::string>& pieces() const { return pieces_; }
  /// All merges, in order.
  const std::vector<Merge>& merges() const { return merges_; }
  /// Returns a piece in subword-nmt's notation: "the" ends a word, "th@@" does not. Throws Error if there is no such
  /// token.
  std::string display(std::int64_t token) const;

  /// Token id of <pad>.
  static constexpr std::int32_t padding() { return 0; }
  /// Token id of <s>.
  static constexpr std::int32_t begin_token() { return 1; }
  /// Token id of </s>.
  static constexpr std::int32_t end_token() { return 2; }
  /// Token id of <unk>.
  static constexpr std::int32_t unknown() { return 3; }

  /// Encodes a text, without begin and end tokens. Never throws for a text: unknown characters become unknown().
  Tokens encode(std::string_view text) const;
  /// Encodes texts in parallel.
  std::vector<Tokens> encode(std::span<const std::string> texts) const;
  /// Decodes tokens to words separated by spaces. Padding, begin and end are skipped; <unk> is a separate word. Throws
  /// Error if a token is not in the vocabulary.
  std::string decode(std::span<const std::int32_t> tokens) const;

 private:
  /// Token ids of a character within a word and at its end.
  struct Character {
    std::int32_t inside = unknown(), last = unknown();
  };

  void check_token(std::int64_t token) const;
  Tokens encode_word(std::string_view word) const;

  std::vector<std::string> pieces_;
  std::vector<Merge> merges_;
  std::unordered_map<char32_t, Character> characters_;
  detail::PairMerges joins_;
};

/// Removes and returns the next word from the front, skipping spaces and line ends; empty if there is none.
std::string_view take_spaced_word(std::string_view& text);

}  // namespace heed::text
