#include "trie.h"

#include <utility>

namespace heed::text::detail {

/// Slot of the edge with this name, or the free slot for it.
std::size_t Trie::slot(std::uint64_t name) const {
  const std::size_t mask = edges_.size() - 1;
  std::size_t at = (name * 0x9E3779B97F4A7C15 >> 32) & mask;
  while (edges_[at].name != 0 && edges_[at].name != name) at = (at + 1) & mask;
  return at;
}

void Trie::grow() {
  const std::vector<Edge> old = std::exchange(edges_, std::vector<Edge>(2 * edges_.size()));
  for (const Edge& edge : old)
    if (edge.name != 0) edges_[slot(edge.name)] = edge;
}

void Trie::insert(std::string_view key, std::int32_t value) {
  std::uint32_t node = 0;
  for (const char byte : key) {
    if (2 * values_.size() >= edges_.size()) grow();
    const std::uint64_t wanted = name(node, byte);
    Edge& edge = edges_[slot(wanted)];
    if (edge.name == 0) {
      edge = {wanted, static_cast<std::uint32_t>(values_.size())};
      values_.push_back(-1);
    }
    node = edge.child;
  }
  values_[node] = value;
}

Trie::Match Trie::longest_prefix(std::string_view text) const {
  Match best;
  std::uint32_t node = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    node = edges_[slot(name(node, text[i]))].child;
    if (node == 0) break;
    if (values_[node] >= 0) best = {values_[node], i + 1};
  }
  return best;
}

}  // namespace heed::text::detail
