// Backward pass: reverse-mode differentiation of recorded graphs.
//
// Threads may build and differentiate their own graphs at the same time, also on shared leaves: each adds its gradients
// to a leaf's grad() atomically, and grad() may be read meanwhile. The order of these additions varies, so the bits are
// the same in each run only if the sums are exact, have at most two terms, or come from one thread. A graph, or a part
// shared by several results, must be differentiated by one thread at a time. Hooks of a leaf that several threads use
// must be added before, and each thread calls them. Change a leaf's requires_grad or values, or step an optimizer, only
// when the backward passes are done.
#pragma once

#include <span>
#include <vector>

#include "../graph/tensor.h"

namespace heed {

/// Options of backward.
struct BackwardOptions {
  bool retain_graph = false;  // keep the saved values, so that another backward pass can follow
  bool create_graph = false;  // record the computation of the gradients for higher derivatives; retains the graph
};

/// Adds d(loss)/d(leaf) to the grad() of every leaf that requires a gradient. The loss must have one element.
/// The values saved by the ops are freed during the pass unless the graph is retained.
///
/// With create_graph the graph of a leaf's grad() holds the leaf. When nothing else does, both are freed at the start
/// of the next backward pass with create_graph, or by live_nodes(), memory_report() or release_cached_memory().
void backward(const Tensor& loss, const BackwardOptions& options = {});

/// Backward pass from a result of any shape, given the gradient of a loss with respect to it.
void backward(const Tensor& result, const Tensor& gradient, const BackwardOptions& options = {});

/// Backward pass from several results at once. An empty gradient means 1, for a result of one element.
void backward(std::span<const Tensor> results, std::span<const Tensor> gradients, const BackwardOptions& options = {});

/// Options of grad; retain_graph and create_graph are those of BackwardOptions.
struct GradOptions {
  std::vector<Tensor> output_gradients = {};  // one for each output; if empty, 1 for outputs of one element
  bool retain_graph = false;
  bool create_graph = false;
};

/// Returns the gradients of the outputs (weighted by output_gradients and summed) with respect to the inputs, in their
/// order; an empty Tensor where no output depends on an input. They share memory neither with each other nor with other
/// tensors. Only the graph between inputs and outputs is visited, and no leaf's grad() changes. An input may be any
/// tensor that requires a gradient, not only a leaf.
std::vector<Tensor> grad(std::span<const Tensor> outputs, std::span<const Tensor> inputs,
                         const GradOptions& options = {});
Tensor grad(const Tensor& output, const Tensor& input, const GradOptions& options = {});
std::vector<Tensor> grad(const Tensor& output, const std::vector<Tensor>& inputs, const GradOptions& options = {});

namespace detail {
/// Continues the running backward pass from these outputs, whose ops were recorded since that event. For recomputation,
/// called in the gradient of a node, which returns empty gradients itself: gradients reach its inputs through the
/// outputs.
void continue_backward(std::uint64_t since, std::span<const Tensor> outputs, std::span<const Tensor> gradients);
}  // namespace detail

}  // namespace heed
