// Any text as bytes, and as pieces of several bytes: for language models, whose texts must come back to the byte.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pair_merges.h"
#include "wordpiece.h"

namespace heed::text {

/// A tokenizer without unknown characters: tokens 0 to 255 are the bytes, and from 256 on, in order, what the joins
/// make of two tokens before them (two joins may make the same). Without joins it is the plain vocabulary of bytes.
/// Joins stay within what GPT-2 cuts a text into: words with the space before them, numbers, punctuation, white space.
/// decode(encode(text)) is text, whatever its bytes. Radford et al. 2019, "Language models are unsupervised multitask
/// learners", section 2.2.
class ByteLevelEncoding {
 public:
  static constexpr std::int32_t bytes = 256;

  /// Throws Error if a join is of a token that is not there yet.
  explicit ByteLevelEncoding(std::vector<Pair> joins = {});
  /// The format of GPT-2's vocab.bpe: a join a line, with a printable character for each byte. Errors name the line.
  static ByteLevelEncoding load(const std::string& path);
  void save(const std::string& path) const;

  std::int64_t size() const { return static_cast<std::int64_t>(pieces_.size()); }
  const std::vector<Pair>& joins() const { return joins_; }
  /// The bytes of a token. Throws Error if there is no such token.
  const std::string& piece(std::int64_t token) const;

  Tokens encode(std::string_view text) const;
  std::string decode(std::span<const std::int32_t> tokens) const;

 private:
  std::vector<Pair> joins_;
  std::vector<std::string> pieces_;
  PairMerges merges_;
};

/// The joins that arise when, again and again, the most frequent pair of neighbouring tokens is joined; of equally
/// frequent ones the one that is greatest as bytes. Stops where no pair occurs `minimum_count` times. Throws Error if
/// vocabulary_size is less than 256.
ByteLevelEncoding train_byte_level(std::string_view text, std::int64_t vocabulary_size, Count minimum_count = 2);

/// Takes the next piece off the front of a text that is not empty: 's, 't, 're, 've, 'm, 'll or 'd; letters, digits or
/// other characters, with one space before them; or white space, which leaves its last character to what follows.
std::string_view take_byte_level_piece(std::string_view& text);

}  // namespace heed::text
