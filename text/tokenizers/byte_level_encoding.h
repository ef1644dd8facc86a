// Byte-level byte pair encoding (BPE), lossless for any bytes: for language models.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "../detail/pair_merges.h"
#include "pair.h"
#include "wordpiece.h"

namespace heed::text {

/// Byte-level BPE tokenizer without unknown characters. Tokens 0 to 255 are the bytes; tokens from 256 on are the
/// results of the merges, in order (two merges may have the same result). Without merges it is a byte tokenizer. Merges
/// do not cross the boundaries of GPT-2's pre-tokenization: words with the space before them, numbers, punctuation,
/// white space. decode(encode(text)) == text for any bytes. Radford et al. 2019, "Language models are unsupervised
/// multitask learners", section 2.2.
class ByteLevelEncoding {
 public:
  static constexpr std::int32_t bytes = 256;

  /// Throws Error if a merge uses a token that does not exist yet.
  explicit ByteLevelEncoding(std::vector<Pair> merges = {});
  /// Reads the format of GPT-2's vocab.bpe: a merge per line, with a printable character for each byte. Errors name the
  /// line.
  static ByteLevelEncoding load(const std::string& path);
  /// Writes the format of load.
  void save(const std::string& path) const;

  /// Number of tokens.
  std::int64_t size() const { return static_cast<std::int64_t>(pieces_.size()); }
  /// All merges, in order.
  const std::vector<Pair>& merges() const { return joins_; }
  /// Bytes of a token. Throws Error if there is no such token.
  const std::string& piece(std::int64_t token) const;

  /// Encodes any bytes.
  Tokens encode(std::string_view text) const;
  /// Returns the bytes of the tokens.
  std::string decode(std::span<const std::int32_t> tokens) const;

 private:
  std::vector<Pair> joins_;
  std::vector<std::string> pieces_;
  detail::PairMerges merges_;
};

/// Trains byte-level BPE: repeatedly merges the most frequent pair of neighbouring tokens; of equally frequent ones the
/// one with the greatest bytes. Stops if no pair occurs `minimum_count` times. Throws Error if vocabulary_size is less
/// than 256.
ByteLevelEncoding train_byte_level(std::string_view text, std::int64_t vocabulary_size, Count minimum_count = 2);

/// Removes and returns the next piece of GPT-2's pre-tokenization from the front of a non-empty text: 's, 't, 're, 've,
/// 'm, 'll or 'd; letters, digits or other characters, with one space before them; or white space without its last
/// character, which belongs to the next piece.
std::string_view take_byte_level_piece(std::string_view& text);

}  // namespace heed::text
