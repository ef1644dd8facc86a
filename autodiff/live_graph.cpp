#include "live_graph.h"

#include <algorithm>
#include <mutex>
#include <tuple>

#include "../graph/fail.h"
#include "../graph/support/fork.h"
#include "../graph/support/leaf_cycles.h"

namespace heed {

using detail::Node;
using detail::Storage;

namespace {
/// Guards the storages of all LiveGraphs: any thread may destroy a tensor.
detail::ForkSafeMutex& storages_mutex() {
  static auto& mutex = *new detail::ForkSafeMutex{detail::ForkOrder::reports};
  return mutex;
}
}  // namespace

LiveGraph::~LiveGraph() {
  for (Node* node : nodes_) node->drop_reference();
  const std::lock_guard lock(storages_mutex());
  for (const auto& [storage, op] : storages_) storage->watcher = nullptr;
}

// Inner ops are reported before the op they are part of; a storage is attributed to the last one that returns it.
void LiveGraph::computed(const char* op, const Inputs& inputs, std::span<const Tensor> outputs) {
  const std::lock_guard lock(storages_mutex());
  for (const Tensor& output : outputs) {
    Storage* storage = detail::body_of(output).storage;
    bool is_view = storage->watcher && storage->watcher != this;
    for (std::size_t i = 0; i < inputs.size(); ++i)
      is_view = is_view || (inputs[i] && detail::body_of(inputs[i]).storage == storage);
    if (is_view) continue;
    storage->watcher = this;
    storages_[storage] = op;
  }
}

void LiveGraph::recorded(Node& node, const Inputs& /*inputs*/, std::span<const Tensor> /*outputs*/) {
  node.refer();
  nodes_.push_back(&node);
  if (nodes_.size() < cleanup_threshold_) return;
  forget_dead_nodes();
  cleanup_threshold_ = std::max<std::size_t>(1024, 2 * nodes_.size());
}

void LiveGraph::freed(Storage& storage) noexcept {
  const std::lock_guard lock(storages_mutex());
  storages_.erase(&storage);
}

void LiveGraph::forget_dead_nodes() {
  std::erase_if(nodes_, [](Node* node) {
    const bool dead = node->spent || node->owners.load(std::memory_order_acquire) == 0;
    if (dead) node->drop_reference();
    return dead;
  });
}

std::vector<OpUsage> LiveGraph::usage() {
  detail::release_unreachable_gradients();
  forget_dead_nodes();
  std::map<std::string, OpUsage> by_op;
  for (const Node* node : nodes_) ++by_op[node->name].nodes;
  {
    const std::lock_guard lock(storages_mutex());
    for (const auto& [storage, op] : storages_) by_op[op].bytes += storage->bytes;
  }
  std::vector<OpUsage> all;
  for (auto& [op, use] : by_op) all.push_back({op, use.nodes, use.bytes});
  std::sort(all.begin(), all.end(),
            [](const OpUsage& a, const OpUsage& b) { return std::tie(b.bytes, a.op) < std::tie(a.bytes, b.op); });
  return all;
}

std::string LiveGraph::text() {
  std::string lines = fmt::format("{:<24}{:>12}{:>16}\n", "op", "live nodes", "bytes");
  for (const OpUsage& use : usage()) lines += fmt::format("{:<24}{:>12}{:>16}\n", use.op, use.nodes, use.bytes);
  return lines;
}

}  // namespace heed
