// Node of the graph: one call of a differentiable op, with the values that its gradient needs.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "../ambient.h"
#include "../gradients.h"

namespace heed::detail {

class Observer;
struct OptionalData;
inline constinit thread_local Observer* observer = nullptr;  // the innermost one; null by default

/// Edge to an input: its gradient is passed to the node that computed it, or added to a leaf's grad(). Neither is set
/// if no gradient is needed.
struct Edge {
  Node* node = nullptr;  // owned
  std::int32_t output = 0;
  Tensor leaf;
  bool needed() const { return node || leaf; }
};

/// Function table of an op's nodes: calls, copies and destroys the gradient and the composition.
struct NodeType {
  Gradients (*gradient)(const Node& node, std::span<const Tensor> output_gradients);
  void (*composition)(const Node& node, std::span<const Tensor> inputs,
                      SmallVector<Tensor, 4>& outputs);  // may be null
  std::span<const Tensor> (*saved_inputs)(const Node& node);
  /// Copies the captured values of the gradient and the composition, and calls `look` while the copies exist.
  void (*copy_captured)(const Node& node, void (*look)(void* argument), void* argument);  // may be null
  void (*destroy)(Node& node);
  std::size_t bytes;
};

struct OutputType {
  Shape shape;
  DType dtype;
};

struct Node {
  // Handles of outputs and edges own a node; handles captured by its own gradient are weak references.
  std::atomic<std::uint32_t> owners{1}, references{1};
  const NodeType* type;
  const char* name;
  std::uint64_t recorded;  // value of the event counter: later nodes have higher numbers (topological order)
  Ambient ambient;
  SmallVector<Edge, 3> inputs;
  SmallVector<OutputType, 1> outputs;
  bool spent = false;             // its gradient has run and the saved values are freed
  OptionalData* extra = nullptr;  // owned; few nodes have one

  // For backward passes: number of the last one that has visited the node, and the slot of its gradients there.
  mutable std::uint64_t visited_by = 0;
  mutable std::uint32_t slot = 0;
  Node* next_to_destroy = nullptr;

  Node(const NodeType& node_type, const char* op) : type(&node_type), name(op) {}

  void own() { owners.fetch_add(1, std::memory_order_relaxed); }
  void refer() { references.fetch_add(1, std::memory_order_relaxed); }
  bool try_own();          // from a weak reference; false if no owner is left
  void disown() noexcept;  // the last owner destroys the saved values, without recursion
  void drop_reference() noexcept;
  void release_saved() noexcept;  // frees the captured values and the edges; the node is spent then
};

/// Returns the node that computed a tensor, with an owner added; null for leaves and constants.
Node* own_node_of(const Tensor& tensor);
/// Returns a handle that owns the tensor's node even if `tensor` is a weak reference to it.
Tensor owning(const Tensor& tensor);
/// Returns true if gradients flow into the tensor.
bool is_differentiable(const Tensor& tensor);
/// Returns true if an op on these inputs is recorded now.
bool is_recorded(const Inputs& inputs);
/// Returns true if an op on these inputs is recorded now, checks its outputs and notifies observers.
bool is_recorded(const char* op, const Inputs& inputs, std::span<const Tensor> outputs);
/// Sets the edges and output types of a node, and fills `recorded` with handles of the outputs that own it.
void attach(Node* node, const Inputs& inputs, std::span<const Tensor> outputs, std::span<Tensor> recorded);
Node* node_memory(std::size_t bytes);

/// The node whose gradient runs now: set by the backward pass, used by reads and by Gradients.
struct Running {
  const Node* node = nullptr;
  const bool* needed = nullptr;  // for each input
};
inline constinit thread_local Running running{};

/// Storages of differentiable tensors that the running gradient has read but not passed to a recorded op. Null unless
/// that gradient must be differentiable itself.
using UnrecordedReads = SmallVector<const Storage*, 8>;
inline constinit thread_local UnrecordedReads* unrecorded_reads = nullptr;

inline bool gradient_is_needed(std::size_t input) { return !running.needed || running.needed[input]; }

}  // namespace heed::detail
