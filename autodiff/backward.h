// Walking the graph from results to what they were computed from.
//
// Threads may build and walk graphs of their own at the same time, also on shared leaves: each adds its gradients to a
// leaf's grad() whole, and grad() may be read meanwhile. They add in the order in which they come, so for the same bits
// in each run the sums must be exact, of no more than two parts, or made by one thread. A graph, or a part that several
// results share, is walked by one thread at a time; hooks of a leaf that several threads use are added before, and are
// called by each. A leaf's requires_grad and values, and an optimizer's step, wait until the walks are done.
#pragma once

#include <span>
#include <vector>

#include "../graph/tensor.h"

namespace heed {

struct BackwardOptions {
  bool retain_graph = false;  // keep what the ops saved, so that the graph can be walked again
  bool create_graph = false;  // record the gradients' own computation, so that they have gradients; retains the graph
};

/// Adds d(loss)/d(leaf) to the grad() of every leaf that requires it. The loss has one element.
/// The graph is used up: what the ops saved is freed as the walk passes.
///
/// With create_graph the history of a leaf's grad() holds the leaf. Where nothing else does any more, both go when the
/// next such walk begins, or when live_nodes(), memory_report() or release_cached_memory() is called.
void backward(const Tensor& loss, const BackwardOptions& options = {});

/// From a result of any shape, given the gradient of some loss with respect to it.
void backward(const Tensor& result, const Tensor& gradient, const BackwardOptions& options = {});

/// From several results at once; an empty gradient stands for 1, for a result of one element.
void backward(std::span<const Tensor> results, std::span<const Tensor> gradients, const BackwardOptions& options = {});

struct GradOptions {
  std::vector<Tensor> output_gradients = {};  // one for each output; none: 1 for each, which have one element then
  bool retain_graph = false;
  bool create_graph = false;
};

/// The gradients of the outputs (weighted and summed) with respect to the inputs, in their order; an empty Tensor where
/// no output depends on an input. No two of them share memory, nor one with another tensor. Only what lies between is
/// walked, and no leaf's grad() changes. Unlike backward, an input may be any tensor that requires a gradient.
std::vector<Tensor> grad(std::span<const Tensor> outputs, std::span<const Tensor> inputs,
                         const GradOptions& options = {});
Tensor grad(const Tensor& output, const Tensor& input, const GradOptions& options = {});
std::vector<Tensor> grad(const Tensor& output, const std::vector<Tensor>& inputs, const GradOptions& options = {});

namespace detail {
/// For recomputation, in the gradient of a node: the walk that called it goes on from these outputs, made of ops
/// recorded since that event. Whatever they lead to gets its gradients from there: the node's own are empty.
void go_on_walking(std::uint64_t since, std::span<const Tensor> outputs, std::span<const Tensor> gradients);
}  // namespace detail

}  // namespace heed
