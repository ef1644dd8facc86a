// WordPiece tokenization: Wu et al. 2016, arXiv:1609.08144, as used by BERT (Devlin et al. 2019, arXiv:1810.04805,
// section 3).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "../detail/trie.h"
#include "normalize.h"

namespace heed::text {

/// Token ids: indices of pieces in a vocabulary.
using Tokens = std::vector<std::int32_t>;

/// Special tokens of BERT, the first pieces of a newly trained vocabulary.
inline constexpr std::array<std::string_view, 5> special_tokens{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};

/// Prefix of pieces that continue a word.
inline constexpr std::string_view continuation = "##";

/// Maximum number of characters of a word; longer words are [UNK].
inline constexpr std::size_t max_word_length = 100;

/// WordPiece tokenizer: a vocabulary and its normalisation. Gives the same tokens as Hugging Face's
/// BertWordPieceTokenizer without [CLS] and [SEP] at the ends.
class WordPiece {
 public:
  /// Piece i has token id i. Throws Error if there is no [UNK], or if a piece is empty, invalid UTF-8, a duplicate, or
  /// cannot be saved: it contains an end of line, ends with a space or tab, or is the first and starts with a byte
  /// order mark.
  explicit WordPiece(std::vector<std::string> pieces, const Normalization& normalization = {});
  /// Reads a file with one piece per line (vocab.txt). Errors name the file and the line.
  static WordPiece load(const std::string& path, const Normalization& normalization = {});
  /// Writes one piece per line.
  void save(const std::string& path) const;

  /// Number of tokens.
  std::int64_t size() const { return static_cast<std::int64_t>(pieces_.size()); }
  /// All pieces, by token id.
  const std::vector<std::string>& pieces() const { return pieces_; }
  /// Piece of a token. Throws Error if there is no such token.
  const std::string& piece(std::int64_t token) const;
  /// Token id of a piece; nothing if it is not in the vocabulary.
  std::optional<std::int32_t> find(std::string_view piece) const;
  /// Normalisation of texts.
  const Normalization& normalization() const { return normalization_; }

  /// Token id of [PAD]. This function and the next four throw Error if the vocabulary has no such piece.
  std::int32_t padding() const { return special(0); }
  /// Token id of [UNK].
  std::int32_t unknown() const { return special(1); }
  /// Token id of [CLS].
  std::int32_t classification() const { return special(2); }
  /// Token id of [SEP].
  std::int32_t separator() const { return special(3); }
  /// Token id of [MASK].
  std::int32_t mask() const { return special(4); }
  /// Returns true for the token id of one of these five pieces.
  bool is_special(std::int64_t token) const;

  /// Encodes a text: normalises it, splits it into words, and matches each word greedily with the longest pieces. A
  /// word that cannot be matched, or has more than 100 characters, is [UNK]. Special tokens written in the text, in
  /// capitals and brackets, are kept. Never throws for a text: invalid UTF-8 is dropped.
  Tokens encode(std::string_view text) const;
  /// Encodes texts in parallel.
  std::vector<Tokens> encode(std::span<const std::string> texts) const;

  /// Decodes tokens to pieces, with a space before each that starts a word. Throws Error if a token is not in the
  /// vocabulary.
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
  detail::Trie beginnings_, continuations_;
};

}  // namespace heed::text
