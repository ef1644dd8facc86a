#include "byte_level_encoding.h"

#include <algorithm>
#include <map>

#include "../../graph/fail.h"
#include "../../io/files.h"
#include "../strings/lines.h"
#include "../strings/unicode.h"
#include "../support/numbered_pieces.h"

namespace heed::text {
using namespace heed::text::detail;

namespace {

enum class Kind { letter, number, space, other };

Kind kind_of(char32_t character) {
  if (is_whitespace(character)) return Kind::space;
  if (is_letter(character)) return Kind::letter;
  return is_number(character) ? Kind::number : Kind::other;
}

/// Printable characters of the bytes in a file: printable bytes as themselves, the others from U+0100 on.
const std::array<std::string, 256>& shown_bytes() {
  static const auto& shown = *new const auto([] {  // never destroyed: static objects may encode in their destructors
    std::array<std::string, 256> all;
    char32_t next = 256;
    for (char32_t byte = 0; byte < 256; ++byte) {
      const bool prints = (byte > ' ' && byte < 0x7F) || (byte > 0xA0 && byte != 0xAD);
      append_character(all[byte], prints ? byte : next++);
    }
    return all;
  }());
  return shown;
}

std::string shown(std::string_view piece) {
  std::string text;
  for (const char byte : piece) text += shown_bytes()[static_cast<unsigned char>(byte)];
  return text;
}

Tokens bytes_of(std::string_view piece) {
  Tokens tokens;
  for (const char byte : piece) tokens.push_back(static_cast<unsigned char>(byte));
  return tokens;
}

std::string single(std::int32_t byte) { return std::string(1, static_cast<char>(static_cast<unsigned char>(byte))); }

/// The 256 single bytes.
NumberedPieces single_bytes() {
  NumberedPieces pieces;
  for (std::int32_t byte = 0; byte < ByteLevelEncoding::bytes; ++byte) pieces.add(single(byte));
  return pieces;
}

std::int32_t join(NumberedPieces& pieces, Pair pair) { return pieces.add(pieces[pair.left] + pieces[pair.right]); }

}  // namespace

std::string_view take_byte_level_piece(std::string_view& text) {
  const auto take = [&](std::size_t bytes) {
    const std::string_view piece = text.substr(0, bytes);
    text.remove_prefix(bytes);
    return piece;
  };
  for (const std::string_view end : {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"})
    if (text.starts_with(end)) return take(end.size());
  const std::size_t begin = text[0] == ' ' && text.size() > 1 ? 1 : 0;
  std::size_t at = begin;
  const Kind kind = kind_of(next_character(text, at));
  std::size_t end = at;
  if (kind != Kind::space) {
    while (end < text.size() && kind_of(next_character(text, at)) == kind) end = at;
    return take(end);
  }
  // Leading white space: all of it at the text's end; otherwise all but its last character, unless it is the only one.
  std::size_t last = at = end = 0;
  while (at < text.size() && kind_of(next_character(text, at)) == Kind::space) {
    last = end;
    end = at;
  }
  return take(end == text.size() || last == 0 ? end : last);
}

ByteLevelEncoding::ByteLevelEncoding(std::vector<Pair> merges) : joins_(std::move(merges)) {
  NumberedPieces pieces = single_bytes();
  for (std::size_t i = 0; i < joins_.size(); ++i) {
    const auto [left, right] = joins_[i];
    if (left < 0 || right < 0 || left >= pieces.size() || right >= pieces.size())
      fail("ByteLevelEncoding: merge {} is of the tokens {} and {}, but before it there are only 0 to {}", i, left,
           right, pieces.size() - 1);
    merges_.add(joins_[i], join(pieces, joins_[i]));
  }
  pieces_ = pieces.take();
}

ByteLevelEncoding ByteLevelEncoding::load(const std::string& path) {
  const std::string who = "ByteLevelEncoding::load: " + path;
  std::unordered_map<std::string, std::int32_t> numbers;
  for (std::int32_t byte = 0; byte < bytes; ++byte) numbers.emplace(shown(single(byte)), byte);
  std::vector<Pair> merges;
  int number = 0;
  for (const std::string& line : read_lines("ByteLevelEncoding::load", path)) {
    if (++number == 1 && line.starts_with("#version")) continue;
    const std::size_t space = std::min(line.find(' '), line.size());
    const std::string left = line.substr(0, space), right = line.substr(std::min(space + 1, line.size()));
    if (!numbers.contains(left) || !numbers.contains(right))
      fail("{}: line {} must be two pieces known from the previous lines, separated by a space, but is \"{}\"", who,
           number, line);
    merges.push_back({numbers.at(left), numbers.at(right)});
    numbers.emplace(left + right, static_cast<std::int32_t>(numbers.size()));
  }
  return ByteLevelEncoding(std::move(merges));
}

void ByteLevelEncoding::save(const std::string& path) const {
  std::string text = "#version: 0.2\n";
  for (const auto [left, right] : joins_) text += shown(piece(left)) + ' ' + shown(piece(right)) + '\n';
  io::write_file("ByteLevelEncoding::save", path, text);
}

const std::string& ByteLevelEncoding::piece(std::int64_t token) const {
  if (token < 0 || token >= size()) fail("ByteLevelEncoding: {} is not a token: there are 0 to {}", token, size() - 1);
  return pieces_[static_cast<std::size_t>(token)];
}

Tokens ByteLevelEncoding::encode(std::string_view text) const {
  if (joins_.empty()) return bytes_of(text);
  Tokens tokens;
  std::unordered_map<std::string_view, Tokens> seen;  // most pieces repeat
  while (!text.empty()) {
    const std::string_view next = take_byte_level_piece(text);
    const auto [known, is_new] = seen.try_emplace(next);
    if (is_new) {
      known->second = bytes_of(next);
      merges_.apply(known->second);
    }
    tokens.insert(tokens.end(), known->second.begin(), known->second.end());
  }
  return tokens;
}

std::string ByteLevelEncoding::decode(std::span<const std::int32_t> tokens) const {
  std::string text;
  for (const std::int32_t token : tokens) text += piece(token);
  return text;
}

ByteLevelEncoding train_byte_level(std::string_view text, std::int64_t vocabulary_size, Count minimum_count) {
  if (vocabulary_size < ByteLevelEncoding::bytes || minimum_count < 1)
    fail("train_byte_level: vocabulary_size is {} and minimum_count {}, but they must be at least 256 and 1",
         vocabulary_size, minimum_count);
  if (vocabulary_size == ByteLevelEncoding::bytes) return ByteLevelEncoding();
  std::map<std::string_view, Count> counts;
  while (!text.empty()) ++counts[take_byte_level_piece(text)];
  std::vector<CountedWord> words;
  for (const auto& [word, count] : counts) words.push_back({bytes_of(word), count});
  NumberedPieces pieces = single_bytes();
  PairCounts pairs(std::move(words), [&](Pair a, Pair b) {
    const int left = pieces[a.left].compare(pieces[b.left]);
    return left != 0 ? left > 0 : pieces[a.right] > pieces[b.right];
  });
  std::vector<Pair> merges;
  while (pieces.size() < vocabulary_size) {
    const auto [count, pair] = pairs.best();
    if (count < minimum_count) break;
    merges.push_back(pair);
    pairs.merge_everywhere(pair, join(pieces, pair));
  }
  return ByteLevelEncoding(std::move(merges));
}

}  // namespace heed::text
