#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace heed::text::detail {

/// Pieces with their token ids, in order of creation: a vocabulary during training.
class NumberedPieces {
 public:
  /// Adds the piece unless it exists; returns its token id.
  std::int32_t add(const std::string& piece) {
    const auto [found, is_new] = numbers_.emplace(piece, static_cast<std::int32_t>(pieces_.size()));
    if (is_new) pieces_.push_back(piece);
    return found->second;
  }
  bool has(const std::string& piece) const { return numbers_.contains(piece); }
  /// Token id of an existing piece.
  std::int32_t number(const std::string& piece) const { return numbers_.at(piece); }
  const std::string& operator[](std::int32_t number) const { return pieces_[static_cast<std::size_t>(number)]; }
  std::int64_t size() const { return static_cast<std::int64_t>(pieces_.size()); }
  std::vector<std::string> take() { return std::move(pieces_); }

 private:
  std::vector<std::string> pieces_;
  std::unordered_map<std::string, std::int32_t> numbers_;
};

}  // namespace heed::text::detail
