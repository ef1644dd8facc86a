// WordPiece: words as pieces from a vocabulary. Wu et al. 2016, arXiv:1609.08144, as BERT uses it (Devlin et al. 2019,
// arXiv:1810.04805, section 3).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "normalize.h"
#include "trie.h"

namespace heed::text {

/// The numbers of pieces in a vocabulary.
using Tokens = std::vector<std::int32_t>;

/// BERT's special tokens, in the order that a new vocabulary begins with.
inline constexpr std::array<std::string_view, 5> special_tokens{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};

/// What begins a piece that continues a word.
inline constexpr std::string_view continuation = "##";

/// A word of more characters is [UNK].
inline constexpr std::size_t longest_word = 100;

/// A tokenizer: a vocabulary, and the normalisation it was made for. It gives the same tokens as Hugging Face's
/// BertWordPieceTokenizer without its special tokens at the ends.
class WordPiece {
 public:
  /// Piece i gets the number i. Throws Error if there is no [UNK], if a piece is empty or no UTF-8, comes twice, or has
  /// what its file could not keep: an end of line, a space or tab at its end, a byte order mark before them all.
  explicit WordPiece(std::vector<std::string> pieces, const Normalization& normalization = {});
  /// From a file with one piece a line (vocab.txt); errors name the file and the line.
  static WordPiece load(const std::string& path, const Normalization& normalization = {});
  void save(const std::string& path) const;

  std::int64_t size() const { return static_cast<std::int64_t>(pieces_.size()); }
  const std::vector<std::string>& pieces() const { return pieces_; }
  /// Throws Error if there is no such number.
  const std::string& piece(std::int64_t token) const;
  std::optional<std::int32_t> find(std::string_view piece) const;
  const Normalization& normalization() const { return normalization_; }

  /// The numbers of [PAD], [UNK], [CLS], [SEP] and [MASK]. Each throws Error if the vocabulary has no such piece.
  std::int32_t padding() const { return special(0); }
  std::int32_t unknown() const { return special(1); }
  std::int32_t classification() const { return special(2); }
  std::int32_t separator() const { return special(3); }
  std::int32_t mask() const { return special(4); }
  bool is_special(std::int64_t token) const;

  /// The text normalised and cut into words, each word into the longest piece it begins with, then the longest that
  /// continues it, and so on; [UNK] if that finds no way, or for more than 100 characters. A special token that stands
  /// in the text as such, in capitals and brackets, is itself. Never throws for a text: bytes that are no UTF-8 vanish.
  Tokens encode(std::string_view text) const;
  /// All of them, in parallel.
  std::vector<Tokens> encode(std::span<const std::string> texts) const;

  /// The pieces, with a space before each that begins a word. Throws Error if a number is none of the vocabulary's.
  std::string decode(std::span<const std::int32_t> tokens, bool skip_special_tokens = true) const;

 private:
  std::int32_t special(std::size_t which) const;
  std::int32_t special_at(std::string_view text) const;
  void encode_words(std::string_view text, Tokens& tokens) const;
  void encode_word(std::string_view word, Tokens& tokens) const;

  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  std::vector<std::string> pieces_;
  Normalization normalization_;
  std::unordered_map<std::string, std::int32_t, Hash, std::equal_to<>> numbers_;
  std::array<std::int32_t, special_tokens.size()> special_;  // -1: not in the vocabulary
  Trie beginnings_, continuations_;
};

}  // namespace heed::text
