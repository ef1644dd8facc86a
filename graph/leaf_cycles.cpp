#include "leaf_cycles.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <unordered_set>
#include <utility>
#include <vector>

#include "fork.h"
#include "gradient_slot.h"
#include "node.h"

namespace heed::detail {
namespace {

constinit std::atomic<int> walks_running{0};
constinit std::atomic<bool> any_noted{false};

struct Noted {
  ForkSafeMutex mutex{ForkOrder::tables};
  std::vector<TensorBody*> leaves;  // none of them is gone
};
Noted& noted() {
  static Noted& it = *new Noted;
  return it;
}

/// A handle, unless the last one is being dropped.
Tensor handle_of_living(TensorBody& leaf) {
  std::uint32_t count = leaf.references.load(std::memory_order_relaxed);
  while (count > 0)
    if (leaf.references.compare_exchange_weak(count, count + 1, std::memory_order_acquire)) return handle(&leaf);
  return {};
}

/// Counts the handles of leaves that nodes hold, in their edges and in what they captured.
class HeldByNodes {
 public:
  explicit HeldByNodes(const std::vector<Tensor>& leaves) : leaves_(leaves), count_(leaves.size(), 0) {}

  /// By the nodes that the tensor was computed by, each once.
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
  /// Captured handles cannot be listed, but a copy of it holds as many handles. (If another thread copies a handle at
  /// the same time, the leaf is not unreachable, and the count is looked at once more.)
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

/// Returns true if the nodes behind the gradients hold every handle but the one in `leaves`, for each leaf.
std::vector<bool> held_by_nodes_alone(const std::vector<Tensor>& leaves, const std::vector<Tensor>& gradients) {
  HeldByNodes held(leaves);
  for (const Tensor& gradient : gradients) held.add_history(gradient);
  std::vector<bool> alone;
  for (std::size_t i = 0; i < leaves.size(); ++i)
    alone.push_back(body_of(leaves[i]).references.load(std::memory_order_acquire) == held[i] + 1);
  return alone;
}

}  // namespace

void note_gradient_with_history(const Tensor& leaf) {
  const std::lock_guard lock(noted().mutex);
  TensorBody* body = &body_of(leaf);
  if (std::ranges::find(noted().leaves, body) == noted().leaves.end()) noted().leaves.push_back(body);
  any_noted.store(true);
}

void forget_leaf(const TensorBody& leaf) noexcept {
  if (!any_noted.load()) return;
  const std::lock_guard lock(noted().mutex);
  std::erase(noted().leaves, &leaf);
  any_noted.store(!noted().leaves.empty());
}

void release_unreachable_gradients() {
  if (!any_noted.load()) return;
  std::vector<Tensor> leaves, gradients, unreachable;  // dropped when the lock is gone
  const std::lock_guard lock(noted().mutex);
  if (walks_running.load() > 0) return;
  std::vector<TensorBody*> still_noted;
  for (TensorBody* body : noted().leaves) {
    Tensor leaf = handle_of_living(*body);
    if (!leaf) continue;
    Tensor gradient = leaf.grad();
    const bool has_history = gradient && body_of(gradient).node;
    if (has_history) still_noted.push_back(body);
    leaves.push_back(std::move(leaf));
    if (has_history) gradients.push_back(std::move(gradient));
  }
  const std::vector<bool> once = held_by_nodes_alone(leaves, gradients), again = held_by_nodes_alone(leaves, gradients);
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    if (!once[i] || !again[i]) continue;
    std::erase(still_noted, &body_of(leaves[i]));
    unreachable.push_back(leaves[i].grad());
    leaves[i].clear_grad();
  }
  noted().leaves = std::move(still_noted);
  any_noted.store(!noted().leaves.empty());
}

RunningWalk::RunningWalk() {
  const std::lock_guard lock(noted().mutex);
  walks_running.fetch_add(1);
}
RunningWalk::~RunningWalk() { walks_running.fetch_sub(1); }

}  // namespace heed::detail
