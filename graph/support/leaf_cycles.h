// Collection of reference cycles of leaves: with create_graph the gradient of a leaf has a graph, which holds the leaf.
#pragma once

#include "../tensor.h"

namespace heed::detail {

/// Registers a leaf whose gradient has a graph.
void register_gradient_with_graph(const Tensor& leaf);
/// Removes a leaf from the registry when it is destroyed.
void forget_leaf(const TensorBody& leaf) noexcept;

/// Clears the gradients of registered leaves that only nodes of the graph hold, so that no handle could reach them.
/// This destroys the leaves and their graph. Does nothing while a backward pass runs, in any thread.
void release_unreachable_gradients();

/// Scope guard of a running backward pass.
class BackwardScope {
 public:
  BackwardScope();
  ~BackwardScope();
  BackwardScope(const BackwardScope&) = delete;
  BackwardScope& operator=(const BackwardScope&) = delete;
};

}  // namespace heed::detail
