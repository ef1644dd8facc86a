// Words as pieces, by byte pair encoding: Sennrich, Haddow and Birch 2016, arXiv:1508.07909.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "pair_merges.h"
#include "wordpiece.h"

namespace heed::text {

/// The first pieces of every vocabulary: padding, begin and end of a sequence, and what stands for an unknown
/// character.
inline constexpr std::array<std::string_view, 4> sequence_tokens{"<pad>", "<s>", "</s>", "<unk>"};

/// What a piece ends with that ends a word. A text in which this stands as such is read as the end of a word.
inline constexpr std::string_view end_of_word = "</w>";

/// A tokenizer: pieces with their numbers, and the joins of pieces in the order in which training chose them. The words
/// of a text are what stands between spaces and line ends; a word is its characters, the last one marked as its end,
/// and of the neighbouring pieces those are joined first that training joined first. It cuts words as apply_bpe of
/// subword-nmt 0.3.8 does with the same joins. One vocabulary may serve two languages, if it was trained on both.
class BytePairEncoding {
 public:
  using Merge = std::pair<std::string, std::string>;

  /// Piece i gets the number i; the first four must be `sequence_tokens`. Throws Error if a piece is empty or no UTF-8,
  /// holds a space or an end of line, or comes twice, or if a join's parts or its result are no pieces.
  BytePairEncoding(std::vector<std::string> pieces, std::vector<Merge> merges);
  /// The four tokens, the characters within and at the end of a word, and what the joins make. Throws Error, as above,
  /// also for a surrogate or a number beyond U+10FFFF.
  static BytePairEncoding of(const std::vector<char32_t>& characters, std::vector<Merge> merges);
  /// From a folder with pieces.txt (a piece a line) and merges.txt (the format of subword-nmt's learn_bpe); errors name
  /// the file and the line.
  static BytePairEncoding load(const std::string& folder);
  /// Writes both; the folder is made if it is not there.
  void save(const std::string& folder) const;

  std::int64_t size() const { return static_cast<std::int64_t>(pieces_.size()); }
  const std::vector<std::string>& pieces() const { return pieces_; }
  const std::vector<Merge>& merges() const { return merges_; }
  /// As subword-nmt shows it: "the" ends a word, "th@@" does not. Throws Error if there is no such number.
  std::string shown(std::int64_t token) const;

  static constexpr std::int32_t padding() { return 0; }
  static constexpr std::int32_t begin() { return 1; }
  static constexpr std::int32_t end() { return 2; }
  static constexpr std::int32_t unknown() { return 3; }

  /// Without begin and end. Never throws for a text: an unknown character is unknown().
  Tokens encode(std::string_view text) const;
  /// All of them, in parallel.
  std::vector<Tokens> encode(std::span<const std::string> texts) const;
  /// The words with a space between them; padding, begin and end are left out, and <unk> stands for a word of its own.
  /// Throws Error if a number is none of the vocabulary's.
  std::string decode(std::span<const std::int32_t> tokens) const;

 private:
  /// The numbers of a character within a word and at its end.
  struct Character {
    std::int32_t inside = unknown(), last = unknown();
  };

  void check_token(std::int64_t token) const;
  Tokens encode_word(std::string_view word) const;

  std::vector<std::string> pieces_;
  std::vector<Merge> merges_;
  std::unordered_map<char32_t, Character> characters_;
  PairMerges joins_;
};

/// Takes the next word off the front, skipping spaces and line ends; empty if there is none.
std::string_view take_spaced_word(std::string_view& text);

}  // namespace heed::text
