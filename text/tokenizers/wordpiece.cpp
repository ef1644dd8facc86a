#include "wordpiece.h"

#include <algorithm>
#include <limits>

#include "../../graph/executor.h"
#include "../../graph/fail.h"
#include "../../io/files.h"
#include "../strings/lines.h"
#include "../strings/unicode.h"

namespace heed::text {
using namespace heed::text::detail;

namespace {

/// Token ids of the pieces. Errors start with `who` and call piece 0 `place` `first`.
template <class Numbers>
Numbers number_pieces(const std::vector<std::string>& pieces, const std::string& who, const char* place, int first) {
  if (pieces.size() > std::size_t{std::numeric_limits<std::int32_t>::max()})
    fail("{}: {} pieces are too many for 32-bit token ids", who, pieces.size());
  Numbers numbers;
  numbers.reserve(pieces.size());
  for (std::int32_t i = 0; const std::string& piece : pieces) {
    if (piece.empty()) fail("{}: {} {} is empty, but it must be a piece of a word", who, place, i + first);
    if (find_invalid_utf8(piece)) fail("{}: {} {} is not valid UTF-8", who, place, i + first);
    if (piece.find_first_of("\r\n") != std::string::npos || piece.ends_with(' ') || piece.ends_with('\t'))
      fail("{}: {} {} contains an end of line or ends with a space or tab, which vocab.txt cannot represent", who,
           place, i + first);
    const auto [found, is_new] = numbers.emplace(piece, i);
    if (!is_new)
      fail("{}: {} {} and {} are both \"{}\", but pieces must be unique", who, place, found->second + first, i + first,
           piece);
    ++i;
  }
  if (!pieces.empty() && pieces[0].starts_with(io::byte_order_mark))
    fail("{}: {} {} begins with a byte order mark, which vocab.txt cannot represent", who, place, first);
  if (!numbers.contains(special_tokens[1]))
    fail("{}: a vocabulary needs the piece [UNK], but among its {} pieces there is none", who, pieces.size());
  return numbers;
}

}  // namespace

WordPiece::WordPiece(std::vector<std::string> pieces, const Normalization& normalization)
    : pieces_(std::move(pieces)),
      normalization_(normalization),
      numbers_(number_pieces<decltype(numbers_)>(pieces_, "WordPiece", "piece", 0)) {
  for (std::size_t i = 0; i < special_.size(); ++i) special_[i] = find(special_tokens[i]).value_or(-1);
  for (std::int32_t i = 0; const std::string& piece : pieces_) {
    if (piece.starts_with(continuation) && piece.size() > continuation.size()) {
      continuations_.insert(std::string_view(piece).substr(continuation.size()), i);
    } else {
      beginnings_.insert(piece, i);
    }
    ++i;
  }
}

WordPiece WordPiece::load(const std::string& path, const Normalization& normalization) {
  std::vector<std::string> pieces = read_lines("WordPiece::load", path);
  for (std::string& piece : pieces) piece.erase(piece.find_last_not_of(" \t") + 1);
  number_pieces<decltype(numbers_)>(pieces, "WordPiece::load: " + path, "line", 1);
  return WordPiece(std::move(pieces), normalization);
}

void WordPiece::save(const std::string& path) const { write_lines("WordPiece::save", path, pieces_); }

const std::string& WordPiece::piece(std::int64_t token) const {
  if (token < 0 || token >= size()) fail("WordPiece: {} is not a token: there are 0 to {}", token, size() - 1);
  return pieces_[static_cast<std::size_t>(token)];
}

std::optional<std::int32_t> WordPiece::find(std::string_view piece) const {
  const auto found = numbers_.find(piece);
  if (found == numbers_.end()) return {};
  return found->second;
}

std::int32_t WordPiece::special(std::size_t which) const {
  if (special_[which] < 0)
    fail("WordPiece: the vocabulary of {} pieces has no {}, which is needed here", size(), special_tokens[which]);
  return special_[which];
}

bool WordPiece::is_special(std::int64_t token) const {
  return token >= 0 && std::find(special_.begin(), special_.end(), token) != special_.end();
}

/// Index in special_tokens of the special token that the text starts with, or -1.
std::int32_t WordPiece::special_at(std::string_view text) const {
  for (std::int32_t i = 0; const std::string_view token : special_tokens) {
    if (special_[static_cast<std::size_t>(i)] >= 0 && text.starts_with(token)) return i;
    ++i;
  }
  return -1;
}

Tokens WordPiece::encode(std::string_view text) const {
  Tokens tokens;
  tokens.reserve(text.size() / 4 + 4);
  for (std::size_t at = text.find('['); at != std::string_view::npos; at = text.find('[', at)) {
    const std::int32_t which = special_at(text.substr(at));
    if (which < 0) {
      ++at;
      continue;
    }
    encode_words(text.substr(0, at), tokens);
    tokens.push_back(special_[static_cast<std::size_t>(which)]);
    text.remove_prefix(at + special_tokens[static_cast<std::size_t>(which)].size());
    at = 0;
  }
  encode_words(text, tokens);
  return tokens;
}

void WordPiece::encode_words(std::string_view text, Tokens& tokens) const {
  if (text.empty()) return;
  const std::string normalized = normalize(text, normalization_);
  std::string_view rest = normalized;
  for (std::string_view word = take_word(rest); !word.empty(); word = take_word(rest)) encode_word(word, tokens);
}

void WordPiece::encode_word(std::string_view word, Tokens& tokens) const {
  const std::size_t before = tokens.size();
  Trie::Match match;
  if (word.size() <= max_word_length || count_characters(word) <= max_word_length) {
    for (const Trie* pieces = &beginnings_; !word.empty(); pieces = &continuations_) {
      match = pieces->longest_prefix(word);
      if (match.value < 0) break;
      tokens.push_back(match.value);
      word.remove_prefix(match.bytes);
    }
  }
  if (!word.empty()) {
    tokens.resize(before);
    tokens.push_back(unknown());
  }
}

std::vector<Tokens> WordPiece::encode(std::span<const std::string> texts) const {
  constexpr std::size_t chunk_texts = 64;
  std::vector<Tokens> all(texts.size());
  const std::size_t chunks = (texts.size() + chunk_texts - 1) / chunk_texts;
  // Chunks of texts; each writes its own tokens.
  parallel_chunks(static_cast<std::int64_t>(chunks), [&](std::int64_t chunk) {
    const std::size_t begin = static_cast<std::size_t>(chunk) * chunk_texts;
    for (std::size_t i = begin; i < std::min(begin + chunk_texts, texts.size()); ++i) all[i] = encode(texts[i]);
  });
  return all;
}

std::string WordPiece::decode(std::span<const std::int32_t> tokens, bool skip_special_tokens) const {
  std::string text;
  for (const std::int32_t token : tokens) {
    std::string_view next = piece(token);
    if (skip_special_tokens && is_special(token)) continue;
    if (!text.empty()) {
      if (next.starts_with(continuation)) {
        next.remove_prefix(continuation.size());
      } else {
        text += ' ';
      }
    }
    text += next;
  }
  return text;
}

}  // namespace heed::text
