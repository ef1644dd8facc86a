// Node of the graph: one call of a differentiable op, with the values that its gradient needs.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "ambient.h"
#include "tensor.h"

namespace heed {

/// Vector that stores up to `inline_capacity` elements inline, and more in the arena.
template <class T, std::size_t inline_capacity>
class SmallVector {
 public:
  SmallVector() {}
  SmallVector(const SmallVector&) = delete;
  SmallVector& operator=(const SmallVector&) = delete;
  SmallVector(SmallVector&& other) noexcept {
    for (T& element : other) push_back(std::move(element));
  }
  ~SmallVector() { clear(); }

  void push_back(T element) {
    if (size_ == capacity_) grow();
    new (elements_ + size_++) T(std::move(element));
  }
  void clear() noexcept {
    for (T& element : *this) element.~T();
    if (elements_ != place()) arena::free(elements_, capacity_ * sizeof(T));
    elements_ = place();
    capacity_ = inline_capacity;
    size_ = 0;
  }
  void pop_back() { elements_[--size_].~T(); }
  std::size_t size() const { return size_; }
  T& operator[](std::size_t i) { return elements_[i]; }
  const T& operator[](std::size_t i) const { return elements_[i]; }
  T* begin() { return elements_; }
  T* end() { return elements_ + size_; }
  const T* begin() const { return elements_; }
  const T* end() const { return elements_ + size_; }

 private:
  T* place() { return reinterpret_cast<T*>(place_); }
  void grow() {
    T* larger = static_cast<T*>(arena::allocate(2 * capacity_ * sizeof(T)));
    for (std::size_t i = 0; i < size_; ++i) {
      new (larger + i) T(std::move(elements_[i]));
      elements_[i].~T();
    }
    if (elements_ != place()) arena::free(elements_, capacity_ * sizeof(T));
    elements_ = larger;
    capacity_ *= 2;
  }

  alignas(T) std::byte place_[inline_capacity * sizeof(T)];
  T* elements_ = place();
  std::size_t size_ = 0, capacity_ = inline_capacity;
};

/// References to the input tensors of an op: {x, weight}, or a span for ops with any number of inputs.
class Inputs {
 public:
  struct Reference {
    const Tensor* tensor;
    Reference(const Tensor& t) : tensor(&t) {}
  };
  Inputs(std::initializer_list<Reference> references) : references_(std::data(references)), size_(references.size()) {}
  Inputs(std::span<const Tensor> tensors) : tensors_(tensors.data()), size_(tensors.size()) {}
  std::size_t size() const { return size_; }
  const Tensor& operator[](std::size_t i) const { return references_ ? *references_[i].tensor : tensors_[i]; }

 private:
  const Reference* references_ = nullptr;
  const Tensor* tensors_ = nullptr;
  std::size_t size_;
};

namespace detail {
bool gradient_is_needed(std::size_t input);
}

/// Result of a gradient function: one tensor for each input, in order, or a function that computes it, which is called
/// only if that input needs a gradient:  Gradients{[&] { return matmul(dy, transpose(w)); }, dy}.  An empty Tensor
/// means zero.
class Gradients {
 public:
  Gradients() = default;
  template <class... Each>
    requires((sizeof...(Each) > 0) && (!std::is_same_v<std::remove_cvref_t<Each>, Gradients> && ...))
  explicit(false) Gradients(Each&&... each) {
    (add(std::forward<Each>(each)), ...);
  }
  /// Gradients of any number of inputs: make(i) is called for each input i that needs a gradient.
  template <class Make>
  static Gradients each(std::size_t inputs, const Make& make) {
    Gradients all;
    for (std::size_t i = 0; i < inputs; ++i) all.add([&] { return make(i); });
    return all;
  }
  std::size_t size() const { return tensors_.size(); }
  Tensor& operator[](std::size_t i) { return tensors_[i]; }

 private:
  template <class One>
  void add(One&& one) {
    if constexpr (std::is_invocable_v<One>) {
      tensors_.push_back(detail::gradient_is_needed(tensors_.size()) ? one() : Tensor{});
    } else {
      tensors_.push_back(std::forward<One>(one));
    }
  }
  SmallVector<Tensor, 6> tensors_;
};

/// Number of nodes that exist now, in all threads. A step whose results have been destroyed leaves it unchanged.
std::int64_t live_nodes();

namespace detail {

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

}  // namespace detail
}  // namespace heed
