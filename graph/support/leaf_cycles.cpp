#include "leaf_cycles.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <unordered_set>
#include <utility>
#include <vector>

#include "../detail/node.h"
#include "fork.h"
#include "gradient_slot.h"

namespace heed::detail {
namespace {

constinit std::atomic<int> backward_passes{0};
constinit std::atomic<bool> any_registered{false};

struct Registry {
  ForkSafeMutex mutex{ForkOrder::tables};
  std::vector<TensorBody*> leaves;  // all alive
};
Registry& registry() {
  static Registry& instance = *new Registry;
  return instance;
}

/// Returns a handle of the leaf, or an empty one if its last handle is being destroyed.
Tensor lock_handle(TensorBody& leaf) {
  std::uint32_t count = leaf.references.load(std::memory_order_relaxed);
  while (count > 0)
    if (leaf.references.compare_exchange_weak(count, count + 1, std::memory_order_acquire)) return handle(&leaf);
  return {};
}

/// Counts the handles of leaves that nodes hold, in their edges and captured values.
class HeldByNodes {
 public:
  explicit HeldByNodes(const std::vector<Tensor>& leaves) : leaves_(leaves), count_(leaves.size(), 0) {}

  /// Adds the handles held by all nodes that the tensor was computed by, each node once.
  void add_history(const Tensor& tensor) {
    std::vector<const Node*> unvisited{body_of(tensor).node};
    while (!unvisited.empty()) {
      const Node* node = unvisited.back();
      unvisited.pop_back();
      if (!node || !visited_.insert(node).second || node->spent) continue;
      for (const Edge& edge : node->inputs) {
        if (edge.leaf) add(edge.leaf);
        unvisited.push_back(edge.node);
      }
      for (const Tensor& saved : node->type->saved_inputs(*node))
        if (saved) add(saved);
      add_captured(*node);
    }
  }
  std::uint32_t operator[](std::size_t i) const { return count_[i]; }

 private:
  void add(const Tensor& held) {
    for (std::size_t i = 0; i < leaves_.size(); ++i) count_[i] += leaves_[i].is(held);
  }
  /// Captured handles cannot be listed, but copying the captured values increases the reference counts by their number.
  /// (If another thread copies a handle at the same time, the leaf is not unreachable; therefore the caller counts
  /// twice.)
  void add_captured(const Node& node) {
    if (!node.type->copy_captured) return;
    before_ = references();
    node.type->copy_captured(
        node,
        [](void* self) {
          auto& held = *static_cast<HeldByNodes*>(self);
          const std::vector<std::uint32_t> now = held.references();
          for (std::size_t i = 0; i < now.size(); ++i) held.count_[i] += now[i] - held.before_[i];
        },
        this);
  }
  std::vector<std::uint32_t> references() const {
    std::vector<std::uint32_t> all;
    for (const Tensor& leaf : leaves_) all.push_back(body_of(leaf).references.load(std::memory_order_acquire));
    return all;
  }

  const std::vector<Tensor>& leaves_;
  std::vector<std::uint32_t> count_, before_;
  std::unordered_set<const Node*> visited_;
};

/// Returns for each leaf true if the nodes behind the gradients hold all its handles except the one in `leaves`.
std::vector<bool> held_by_nodes_alone(const std::vector<Tensor>& leaves, const std::vector<Tensor>& gradients) {
  HeldByNodes held(leaves);
  for (const Tensor& gradient : gradients) held.add_history(gradient);
  std::vector<bool> alone;
  for (std::size_t i = 0; i < leaves.size(); ++i)
    alone.push_back(body_of(leaves[i]).references.load(std::memory_order_acquire) == held[i] + 1);
  return alone;
}

}  // namespace

void register_gradient_with_graph(const Tensor& leaf) {
  const std::lock_guard lock(registry().mutex);
  TensorBody* body = &body_of(leaf);
  if (std::ranges::find(registry().leaves, body) == registry().leaves.end()) registry().leaves.push_back(body);
  any_registered.store(true);
}

void forget_leaf(const TensorBody& leaf) noexcept {
  if (!any_registered.load()) return;
  const std::lock_guard lock(registry().mutex);
  std::erase(registry().leaves, &leaf);
  any_registered.store(!registry().leaves.empty());
}

void release_unreachable_gradients() {
  if (!any_registered.load()) return;
  std::vector<Tensor> leaves, gradients, unreachable;  // destroyed after the lock
  const std::lock_guard lock(registry().mutex);
  if (backward_passes.load() > 0) return;
  std::vector<TensorBody*> still_registered;
  for (TensorBody* body : registry().leaves) {
    Tensor leaf = lock_handle(*body);
    if (!leaf) continue;
    Tensor gradient = leaf.grad();
    const bool has_history = gradient && body_of(gradient).node;
    if (has_history) still_registered.push_back(body);
    leaves.push_back(std::move(leaf));
    if (has_history) gradients.push_back(std::move(gradient));
  }
  const std::vector<bool> once = held_by_nodes_alone(leaves, gradients), again = held_by_nodes_alone(leaves, gradients);
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    if (!once[i] || !again[i]) continue;
    std::erase(still_registered, &body_of(leaves[i]));
    unreachable.push_back(leaves[i].grad());
    leaves[i].clear_grad();
  }
  registry().leaves = std::move(still_registered);
  any_registered.store(!registry().leaves.empty());
}

BackwardScope::BackwardScope() {
  const std::lock_guard lock(registry().mutex);
  backward_passes.fetch_add(1);
}
BackwardScope::~BackwardScope() { backward_passes.fetch_sub(1); }

}  // namespace heed::detail
