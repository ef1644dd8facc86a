#include "node.h"

#include "../fail.h"
#include "../support/leaf_cycles.h"
#include "extra.h"
#include "observer.h"

namespace heed {
namespace {
std::atomic<std::int64_t> node_count{0};
}

std::int64_t live_nodes() {
  detail::release_unreachable_gradients();
  return node_count.load();
}

namespace detail {

bool Node::try_own() {
  std::uint32_t count = owners.load(std::memory_order_relaxed);
  while (count > 0)
    if (owners.compare_exchange_weak(count, count + 1, std::memory_order_acquire)) return true;
  return false;
}

void Node::drop_reference() noexcept {
  if (!is_last_reference(references)) return;
  outputs.clear();
  arena::free(this, type->bytes);
}

void Node::release_saved() noexcept {
  if (spent) return;
  spent = true;
  type->destroy(*this);
  delete std::exchange(extra, nullptr);
  for (Edge& edge : inputs)
    if (edge.node) edge.node->disown();
  inputs.clear();
}

// Saved values of a node own further nodes. These are put on a list, so that a long chain is destroyed without
// recursion.
void Node::disown() noexcept {
  if (owners.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  static constinit thread_local Node* pending = nullptr;
  static constinit thread_local bool destroying = false;
  next_to_destroy = pending;
  pending = this;
  if (destroying) return;
  destroying = true;
  while (Node* node = pending) {
    pending = node->next_to_destroy;
    node->release_saved();
    node_count.fetch_sub(1, std::memory_order_relaxed);
    node->drop_reference();
  }
  destroying = false;
}

Node* own_node_of(const Tensor& tensor) {
  const TensorBody& body = body_of(tensor);
  if (!body.node) return nullptr;
  if (body.owns_node) {
    body.node->own();
    return body.node;
  }
  return body.node->try_own() ? body.node : nullptr;
}

bool is_differentiable(const Tensor& tensor) {
  if (!tensor) return false;
  const TensorBody& body = body_of(tensor);
  if (body.requires_grad) return true;
  return body.node && (body.owns_node || body.node->owners.load(std::memory_order_relaxed) > 0);
}

Tensor owning(const Tensor& tensor) {
  if (!tensor) return tensor;
  const TensorBody& body = body_of(tensor);
  if (!body.node || body.owns_node) return tensor;
  Tensor owner = view_of(tensor, body.data, body.shape, body.strides);
  TensorBody& owner_body = body_of(owner);
  owner_body.node = own_node_of(tensor);
  owner_body.owns_node = owner_body.node != nullptr;
  owner_body.output = body.output;
  return owner;
}

bool is_recorded(const Inputs& inputs) {
  if (!ambient().grad) return false;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (is_differentiable(inputs[i])) return true;
  return false;
}

bool is_recorded(const char* op, const Inputs& inputs, std::span<const Tensor> outputs) {
  for (const Tensor& output : outputs)
    if (is_differentiable(output))
      fail("{}: the output {} given to differentiable already belongs to the graph, but it must be a new tensor", op,
           to_string(output.shape()));
  if (observer) [[unlikely]]
    Observer::notify([&](Observer& one) { one.computed(op, inputs, outputs); });
  return is_recorded(inputs);
}

namespace {
void forget_read(const Tensor& tensor) {
  if (!tensor) return;
  const Storage* storage = body_of(tensor).storage;
  for (std::size_t i = 0; i < unrecorded_reads->size();) {
    if ((*unrecorded_reads)[i] != storage) {
      ++i;
      continue;
    }
    (*unrecorded_reads)[i] = (*unrecorded_reads)[unrecorded_reads->size() - 1];
    unrecorded_reads->pop_back();
  }
}
}  // namespace

void attach(Node* node, const Inputs& inputs, std::span<const Tensor> outputs, std::span<Tensor> recorded) {
  node_count.fetch_add(1, std::memory_order_relaxed);
  node->recorded = event_counter.fetch_add(1, std::memory_order_relaxed);
  node->ambient = ambient_with_streams();
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    Edge edge;
    if (is_differentiable(inputs[i])) {
      const TensorBody& body = body_of(inputs[i]);
      edge.node = own_node_of(inputs[i]);
      edge.output = body.output;
      if (!edge.node && body.requires_grad) edge.leaf = inputs[i];
    }
    node->inputs.push_back(std::move(edge));
    if (unrecorded_reads) forget_read(inputs[i]);
  }
  bool first = true;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    TensorBody& captured = body_of(outputs[i]);
    node->outputs.push_back({captured.shape, captured.dtype});
    recorded[i] = view_of(outputs[i], captured.data, captured.shape, captured.strides);
    if (!is_floating(captured.dtype) && !is_stored_float(captured.dtype)) continue;
    TensorBody& body = body_of(recorded[i]);
    if (!first) node->own();
    first = false;
    body.node = node;
    body.owns_node = true;
    body.output = static_cast<std::int32_t>(i);
    if (captured.node) captured.node->drop_reference();
    node->refer();
    captured.node = node;
    captured.output = static_cast<std::int32_t>(i);
  }
  if (observer) [[unlikely]]
    Observer::notify([&](Observer& one) { one.recorded(*node, inputs, recorded); });
  if (first) node->disown();  // no output can have a gradient
}

}  // namespace detail
}  // namespace heed
