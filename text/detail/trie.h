// Trie: finds the longest key that is a prefix of a text, with one table lookup per byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace heed::text::detail {

/// Trie of bytes whose edges are stored in one open-addressing hash table.
class Trie {
 public:
  struct Match {
    std::int32_t value = -1;  // -1: no key is a prefix of the text
    std::size_t bytes = 0;
  };

  /// Inserts a non-empty key with a value of at least 0.
  void insert(std::string_view key, std::int32_t value);
  /// Returns the longest key that is a prefix of the text.
  Match longest_prefix(std::string_view text) const;

 private:
  struct Edge {
    std::uint64_t name = 0;   // node and byte, counted from 1; 0: free
    std::uint32_t child = 0;  // 0: no edge
  };

  static std::uint64_t name(std::uint32_t node, char byte) {
    return (std::uint64_t{node} << 8 | static_cast<unsigned char>(byte)) + 1;
  }
  std::size_t slot(std::uint64_t name) const;
  void grow();

  std::vector<Edge> edges_ = std::vector<Edge>(64);  // a power of two, at most half full
  std::vector<std::int32_t> values_{-1};             // of each node; node 0 is the root
};

}  // namespace heed::text::detail
