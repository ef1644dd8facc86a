#include "byte_pair_encoding.h"

#include <algorithm>
#include <filesystem>
#include <limits>

#include "../../graph/executor.h"
#include "../../graph/fail.h"
#include "../strings/lines.h"
#include "../strings/unicode.h"

namespace heed::text {
using namespace heed::text::detail;

namespace {

constexpr std::string_view version = "#version: 0.2";
constexpr std::string_view separators = " \n\r";

bool ends_word(std::string_view piece) { return piece.ends_with(end_of_word); }

std::string_view without_end(std::string_view piece) {
  if (ends_word(piece)) piece.remove_suffix(end_of_word.size());
  return piece;
}

/// Token ids of the pieces, without those of the sequence tokens, which no text encodes to.
std::unordered_map<std::string_view, std::int32_t> number_pieces(const std::vector<std::string>& pieces,
                                                                 const std::string& who, const char* place, int first) {
  if (pieces.size() < sequence_tokens.size() ||
      !std::equal(sequence_tokens.begin(), sequence_tokens.end(), pieces.begin()))
    fail("{}: the first four pieces must be <pad>, <s>, </s> and <unk>", who);
  if (pieces.size() > std::size_t{std::numeric_limits<std::int32_t>::max()})
    fail("{}: {} pieces are too many for 32-bit token ids", who, pieces.size());
  std::unordered_map<std::string_view, std::int32_t> numbers;
  for (std::size_t i = sequence_tokens.size(); i < pieces.size(); ++i) {
    const auto at = static_cast<std::int32_t>(i) + first;
    if (without_end(pieces[i]).empty() && pieces[i] != end_of_word)
      fail("{}: {} {} is empty, but it must be a piece of a word", who, place, at);
    if (find_invalid_utf8(pieces[i])) fail("{}: {} {} is not valid UTF-8", who, place, at);
    if (pieces[i].find_first_of(separators) != std::string::npos)
      fail("{}: {} {} contains a space or an end of line, at which words are split", who, place, at);
    const auto [found, is_new] = numbers.emplace(pieces[i], static_cast<std::int32_t>(i));
    if (!is_new)
      fail("{}: {} {} and {} are both \"{}\", but pieces must be unique", who, place, found->second + first, at,
           pieces[i]);
  }
  return numbers;
}

/// The merges as token ids.
PairMerges number_merges(const std::unordered_map<std::string_view, std::int32_t>& numbers,
                         const std::vector<BytePairEncoding::Merge>& merges, const std::string& who) {
  PairMerges joins;
  const auto number = [&](const std::string& piece, std::size_t i) {
    const auto found = numbers.find(piece);
    if (found == numbers.end())
      fail("{}: merge {} is of \"{}\" and \"{}\", but \"{}\" is not a piece of the vocabulary", who, i, merges[i].first,
           merges[i].second, piece);
    return found->second;
  };
  for (std::size_t i = 0; i < merges.size(); ++i) {
    const auto& [left, right] = merges[i];
    joins.add({number(left, i), number(right, i)}, number(left + right, i));
  }
  return joins;
}

std::vector<std::string> pieces_of(const std::vector<char32_t>& characters,
                                   const std::vector<BytePairEncoding::Merge>& merges) {
  std::vector<std::string> pieces(sequence_tokens.begin(), sequence_tokens.end());
  std::unordered_map<std::string, bool> known;
  for (std::size_t i = 0; i < characters.size(); ++i)
    if (characters[i] > 0x10FFFF || (characters[i] >= 0xD800 && characters[i] <= 0xDFFF))
      fail("BytePairEncoding::from_merges: character {} is {:#x}, which is not a Unicode character", i,
           static_cast<std::uint32_t>(characters[i]));
  const auto add = [&](const std::string& piece) {
    if (known.emplace(piece, true).second) pieces.push_back(piece);
  };
  for (const std::string_view end : {std::string_view(), end_of_word})
    for (const char32_t character : characters) {
      std::string piece;
      append_character(piece, character);
      add(piece.append(end));
    }
  for (const auto& [left, right] : merges) add(left + right);
  return pieces;
}

}  // namespace

std::string_view take_spaced_word(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(separators), text.size()));
  const std::string_view word = text.substr(0, text.find_first_of(separators));
  text.remove_prefix(word.size());
  return word;
}

BytePairEncoding::BytePairEncoding(std::vector<std::string> pieces, std::vector<Merge> merges)
    : pieces_(std::move(pieces)), merges_(std::move(merges)) {
  joins_ = number_merges(number_pieces(pieces_, "BytePairEncoding", "piece", 0), merges_, "BytePairEncoding");
  for (std::size_t i = sequence_tokens.size(); i < pieces_.size(); ++i) {
    const std::string_view character = without_end(pieces_[i]);
    std::size_t at = 0;
    if (character.empty()) continue;
    Character& known = characters_[next_character(character, at)];
    if (at == character.size()) (ends_word(pieces_[i]) ? known.last : known.inside) = static_cast<std::int32_t>(i);
  }
}

BytePairEncoding BytePairEncoding::from_merges(const std::vector<char32_t>& characters, std::vector<Merge> merges) {
  return {pieces_of(characters, merges), std::move(merges)};
}

BytePairEncoding BytePairEncoding::load(const std::string& folder) {
  const std::string pieces_path = folder + "/pieces.txt", merges_path = folder + "/merges.txt";
  const std::string who = "BytePairEncoding::load: ";
  std::vector<std::string> pieces = read_lines("BytePairEncoding::load", pieces_path);
  std::vector<Merge> merges;
  int number = 0;
  for (const std::string& line : read_lines("BytePairEncoding::load", merges_path)) {
    if (++number == 1 && line == version) continue;
    const std::size_t space = line.find(' ');
    if (space == 0 || space + 1 >= line.size() || line.find(' ', space + 1) != std::string::npos)
      fail("{}{}: line {} must be two pieces separated by a space, but is \"{}\"", who, merges_path, number, line);
    merges.emplace_back(line.substr(0, space), line.substr(space + 1));
  }
  number_merges(number_pieces(pieces, who + pieces_path, "line", 1), merges, who + merges_path);
  return {std::move(pieces), std::move(merges)};
}

void BytePairEncoding::save(const std::string& folder) const {
  if (folder.empty()) fail("BytePairEncoding::save: the folder's name is empty");
  std::error_code ignored;  // writing the files reports errors
  std::filesystem::create_directories(folder, ignored);
  std::vector<std::string> merges{std::string(version)};
  for (const auto& [left, right] : merges_) merges.push_back(left + ' ' + right);
  write_lines("BytePairEncoding::save", folder + "/pieces.txt", pieces_);
  write_lines("BytePairEncoding::save", folder + "/merges.txt", merges);
}

void BytePairEncoding::check_token(std::int64_t token) const {
  if (token < 0 || token >= size()) fail("BytePairEncoding: {} is not a token: there are 0 to {}", token, size() - 1);
}

std::string BytePairEncoding::display(std::int64_t token) const {
  check_token(token);
  const std::string& piece = pieces_[static_cast<std::size_t>(token)];
  if (static_cast<std::size_t>(token) < sequence_tokens.size()) return piece;
  return ends_word(piece) ? std::string(without_end(piece)) : piece + "@@";
}

Tokens BytePairEncoding::encode_word(std::string_view word) const {
  Tokens symbols;
  for (std::size_t at = 0; at < word.size();) {
    const auto found = characters_.find(next_character(word, at));
    const Character character = found == characters_.end() ? Character{} : found->second;
    symbols.push_back(at == word.size() ? character.last : character.inside);
  }
  joins_.apply(symbols);
  return symbols;
}

Tokens BytePairEncoding::encode(std::string_view text) const {
  Tokens tokens;
  for (std::string_view word = take_spaced_word(text); !word.empty(); word = take_spaced_word(text)) {
    const Tokens some = encode_word(word);
    tokens.insert(tokens.end(), some.begin(), some.end());
  }
  return tokens;
}

std::vector<Tokens> BytePairEncoding::encode(std::span<const std::string> texts) const {
  constexpr std::size_t chunk_texts = 1024;
  std::vector<Tokens> all(texts.size());
  const std::size_t chunks = (texts.size() + chunk_texts - 1) / chunk_texts;
  // Chunks of texts; each writes its own tokens. Most words repeat, so their tokens are cached.
  parallel_chunks(static_cast<std::int64_t>(chunks), [&](std::int64_t chunk) {
    std::unordered_map<std::string_view, Tokens> seen;
    const std::size_t begin = static_cast<std::size_t>(chunk) * chunk_texts;
    for (std::size_t i = begin; i < std::min(begin + chunk_texts, texts.size()); ++i) {
      std::string_view rest = texts[i];
      for (std::string_view word = take_spaced_word(rest); !word.empty(); word = take_spaced_word(rest)) {
        const auto [known, is_new] = seen.try_emplace(word);
        if (is_new) known->second = encode_word(word);
        all[i].insert(all[i].end(), known->second.begin(), known->second.end());
      }
    }
  });
  return all;
}

std::string BytePairEncoding::decode(std::span<const std::int32_t> tokens) const {
  std::string text;
  bool inside = true;  // of a word, or before the first
  for (const std::int32_t token : tokens) {
    check_token(token);
    if (token < unknown()) continue;
    const std::string& piece = pieces_[static_cast<std::size_t>(token)];
    if (!inside) text += ' ';
    text += without_end(piece);
    inside = token != unknown() && !ends_word(piece);
  }
  return text;
}

}  // namespace heed::text
