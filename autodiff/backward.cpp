#include "backward.h"

#include <algorithm>
#include <limits>
#include <unordered_set>

#include "../graph/create.h"
#include "../graph/detail/observer.h"
#include "../graph/differentiable.h"
#include "../graph/fail.h"
#include "../graph/support/gradient_slot.h"
#include "../graph/support/leaf_cycles.h"
#include "../ops/math/arithmetic.h"
#include "../ops/shape/view.h"
#include "../ops/support/elementwise.h"
#include "hooks.h"
#include "support/own_memory.h"

namespace heed {
using namespace heed::detail;

namespace {

using detail::Edge;
using detail::Node;

template <class T>
using Vector = std::vector<T, arena::Allocator<T>>;

std::atomic<std::uint64_t> backward_passes{0};

using detail::is_sole_owner;

/// Returns true if a gradient may be accumulated in place. The storage must be younger than the node: a recomputed node
/// must not find a pending gradient written since it was recorded.
bool may_be_written(const Tensor& tensor, std::uint64_t recorded) {
  return !ambient().grad && tensor.is_contiguous() && is_sole_owner(tensor) &&
         detail::body_of(tensor).storage->made > recorded;
}

/// total += part, for the gradient of a node recorded at `recorded`, or of a leaf. The first part is moved in. In place
/// only if no other tensor shares the storage.
void accumulate(Tensor& total, Tensor part, std::uint64_t recorded = 0) {
  if (!total) {
    total = std::move(part);
  } else if (is_stored_float(total.dtype())) {
    total = cast(add(cast(total, float32), cast(part, float32)), total.dtype());
  } else if (may_be_written(total, recorded)) {
    add_in_place(total, part, "backward");
  } else if (may_be_written(part, recorded)) {
    add_in_place(part, total, "backward");
    total = std::move(part);
  } else {
    total = add(total, part);
  }
}

/// A backward pass. A heap holds the nodes that have received a gradient and visits the one recorded last first, so
/// that every node has received all its gradients when it is visited.
class BackwardPass {
 public:
  static constinit thread_local BackwardPass* innermost;  // running pass

  BackwardPass(bool retain_graph, bool create_graph) : retain_(retain_graph || create_graph), create_(create_graph) {}
  ~BackwardPass() {
    for (Pending& pending : pending_)
      if (pending.node) leave(pending);
  }
  BackwardPass(const BackwardPass&) = delete;
  BackwardPass& operator=(const BackwardPass&) = delete;

  /// Restricts the pass to the paths from outputs to inputs. Without a call, all is visited, and gradients are added to
  /// the leaves' grad().
  void restrict_to(std::span<const Tensor> outputs, std::span<const Tensor> inputs) {
    restricted_ = true;
    for (const Tensor& input : inputs) {
      Node* node = detail::own_node_of(input);
      targets_.push_back({node, detail::body_of(input).output, node ? Tensor{} : input, {}});
      oldest_target_ = std::min(oldest_target_, node ? node->recorded : 0);
      if (node) {
        pending_[enter(node)].is_target = true;
        node->disown();
      }
    }
    mark(outputs);
  }

  /// Continues from recomputed outputs, whose nodes were recorded since that event. They are visited before all pending
  /// nodes, so that gradients are summed in the order of a graph that had not been recomputed. Called by a node's
  /// gradient.
  void continue_from(std::uint64_t since, std::span<const Tensor> outputs, std::span<const Tensor> gradients) {
    if (restricted_) mark(outputs, since);
    for (std::size_t i = 0; i < outputs.size(); ++i) start(outputs[i], gradients[i]);
  }

  void start(const Tensor& output, Tensor gradient) {
    Edge edge;
    edge.node = detail::own_node_of(output);
    edge.output = detail::body_of(output).output;
    if (!edge.node) edge.leaf = output;
    GradScope<false> scope;
    ambient().grad = create_;
    if (is_wanted(edge)) deliver(edge, std::move(gradient));
    if (edge.node) edge.node->disown();
  }

  void run() {
    struct Scope {
      BackwardPass* outer;
      ~Scope() { innermost = outer; }
    } scope_of_pass{std::exchange(innermost, this)};
    while (!heap_.empty()) {
      std::pop_heap(heap_.begin(), heap_.end());
      const std::uint32_t slot = heap_.back().slot;
      heap_.pop_back();
      visit(slot);
    }
    for (std::size_t i = 0; i < hooked_leaves_.size(); ++i) {  // hooks may not change the list
      const Hooked& hooked = hooked_leaves_[i];
      Tensor gradient = run_hooks(*detail::body_of(hooked.leaf).extra, nullptr, 0, hooked.gradient);
      GradScope<false> scope;
      ambient().grad = create_;
      accumulate_in_leaf(hooked.leaf, std::move(gradient));
    }
    separate_leaves();
  }

  std::vector<Tensor> results() {
    std::vector<Tensor> found;
    for (std::size_t i = 0; i < targets_.size(); ++i) {
      Target& target = targets_[i];
      const auto same = std::find_if(targets_.begin(), targets_.begin() + static_cast<std::ptrdiff_t>(i),
                                     [&](const Target& t) { return t.leaf && t.leaf.is(target.leaf); });
      if (same != targets_.begin() + static_cast<std::ptrdiff_t>(i))
        found.push_back(found[static_cast<std::size_t>(same - targets_.begin())]);
      else if (target.leaf && target.gradient && detail::body_of(target.leaf).extra)
        found.push_back(run_hooks(*detail::body_of(target.leaf).extra, nullptr, 0, std::move(target.gradient)));
      else
        found.push_back(std::move(target.gradient));
    }
    detail::ensure_own_memory(found, since_, create_);
    return found;
  }

 private:
  struct Target {
    Node* node;
    std::int32_t output;
    Tensor leaf;
    Tensor gradient;
  };
  struct Pending {
    Node* node = nullptr;  // owned while pending
    SmallVector<Tensor, 1> gradients;
    bool in_heap = false, is_target = false, leads_to_target = false;
    std::uint64_t outer_visit = 0;  // of an outer pass that has visited the node
    std::uint32_t outer_slot = 0;
  };
  struct Hooked {
    Tensor leaf, gradient;
  };
  struct Next {
    std::uint64_t recorded;
    std::uint32_t slot;
    bool operator<(const Next& other) const { return recorded < other.recorded; }
  };

  bool is_known(const Node* node) const { return node->visited_by == id_; }

  std::uint32_t enter(Node* node) {
    if (is_known(node)) return node->slot;
    std::uint32_t slot;
    if (free_.empty()) {
      slot = static_cast<std::uint32_t>(pending_.size());
      pending_.emplace_back();
    } else {
      slot = free_.back();
      free_.pop_back();
    }
    Pending& pending = pending_[slot];
    node->own();
    pending.node = node;
    pending.outer_visit = std::exchange(node->visited_by, id_);
    pending.outer_slot = std::exchange(node->slot, slot);
    return slot;
  }

  void leave(Pending& pending) {
    Node* node = std::exchange(pending.node, nullptr);
    node->visited_by = pending.outer_visit;
    node->slot = pending.outer_slot;
    pending.gradients.clear();
    pending.in_heap = pending.is_target = pending.leads_to_target = false;
    node->disown();
  }

  /// Enters all nodes below the outputs that were recorded since `since`, and marks those that lead to a target.
  void mark(std::span<const Tensor> outputs, std::uint64_t since = 0) {
    Vector<Node*> unvisited;
    Vector<Next> order;
    const auto discover = [&](Node* node) {
      if (!node || node->recorded < std::max(oldest_target_, since) || (is_known(node) && pending_[node->slot].in_heap))
        return;
      Pending& pending = pending_[enter(node)];
      pending.in_heap = true;  // here: discovered
      if (node->spent && !pending.is_target) throw_freed(*node);
      order.push_back({node->recorded, node->slot});
      unvisited.push_back(node);
    };
    for (const Tensor& output : outputs) {
      Node* node = detail::own_node_of(output);
      discover(node);
      if (node) node->disown();
    }
    while (!unvisited.empty()) {
      Node* node = unvisited.back();
      unvisited.pop_back();
      for (const Edge& edge : node->inputs) discover(edge.node);
    }
    std::sort(order.begin(), order.end());
    for (const Next& next : order) {
      Pending& pending = pending_[next.slot];
      pending.in_heap = false;
      for (const Edge& edge : pending.node->inputs) pending.leads_to_target |= is_wanted(edge);
    }
  }

  bool is_wanted(const Edge& edge) const {
    if (!edge.needed()) return false;
    if (!restricted_) return true;
    if (edge.node)
      return is_known(edge.node) && (pending_[edge.node->slot].is_target || pending_[edge.node->slot].leads_to_target);
    return std::any_of(targets_.begin(), targets_.end(),
                       [&](const Target& t) { return t.leaf && t.leaf.is(edge.leaf); });
  }

  void deliver(const Edge& edge, Tensor gradient) {
    if (edge.node) {
      const std::uint32_t slot = enter(edge.node);
      Pending& pending = pending_[slot];
      while (pending.gradients.size() < edge.node->outputs.size()) pending.gradients.push_back({});
      accumulate(pending.gradients[static_cast<std::size_t>(edge.output)], std::move(gradient), edge.node->recorded);
      if (!pending.in_heap) {
        pending.in_heap = true;
        heap_.push_back({edge.node->recorded, slot});
        std::push_heap(heap_.begin(), heap_.end());
      }
    } else if (restricted_) {
      for (Target& target : targets_)
        if (target.leaf && target.leaf.is(edge.leaf)) accumulate(target.gradient, gradient);
    } else if (detail::body_of(edge.leaf).extra) {
      auto hooked = std::find_if(hooked_leaves_.begin(), hooked_leaves_.end(),
                                 [&](const Hooked& one) { return one.leaf.is(edge.leaf); });
      if (hooked == hooked_leaves_.end()) hooked = hooked_leaves_.insert(hooked, {edge.leaf, {}});
      accumulate(hooked->gradient, std::move(gradient));
    } else {
      accumulate_in_leaf(edge.leaf, std::move(gradient));
    }
  }

  void accumulate_in_leaf(const Tensor& leaf, Tensor part) {
    part = contiguous(part);
    Tensor before;  // its graph is destroyed outside the lock
    detail::change_gradient(leaf, [&](Tensor& total) {
      if (total && detail::body_of(total).node) before = total;
      accumulate(total, std::move(part));
      // The only owner stays the only one: no other leaf can share it later.
      if (create_ || !is_sole_owner(total)) sharing_leaves_.push_back(leaf);
    });
  }

  /// Copies gradients of leaves that still share memory at the end of the pass, with another leaf's gradient or a
  /// user's tensor, so that a write into grad() changes no other tensor.
  void separate_leaves() {
    std::vector<const detail::Storage*> taken;
    std::unordered_set<const detail::TensorBody*> seen;
    for (const Tensor& leaf : sharing_leaves_) {
      if (create_ && !seen.insert(&detail::body_of(leaf)).second) continue;
      Tensor before;
      detail::change_gradient(leaf, [&](Tensor& gradient) {
        if (!gradient) return;
        if (create_) before = gradient;
        detail::ensure_own_memory(gradient, since_, create_, taken);
      });
      if (create_) detail::register_gradient_with_graph(leaf);
    }
  }

  /// Runs the hooks of an op's output, or of a leaf (op is null), and returns the resulting gradient.
  Tensor run_hooks(const detail::OptionalData& extra, const char* op, std::int32_t output, Tensor gradient) const {
    GradScope<false> scope;
    ambient().grad = create_;
    gradient = detail::call_hooks(extra, op, output, std::move(gradient));
    return !create_ && detail::is_differentiable(gradient) ? gradient.detach() : gradient;
  }

  void visit(std::uint32_t slot) {
    Node* node = pending_[slot].node;
    SmallVector<Tensor, 1> gradients = std::move(pending_[slot].gradients);
    if (node->extra)
      for (std::size_t i = 0; i < gradients.size(); ++i)
        if (gradients[i])
          gradients[i] = run_hooks(*node->extra, node->name, static_cast<std::int32_t>(i), std::move(gradients[i]));
    for (Target& target : targets_)
      if (target.node == node) accumulate(target.gradient, gradients[static_cast<std::size_t>(target.output)]);
    if (!restricted_ || pending_[slot].leads_to_target) propagate(*node, {gradients.begin(), gradients.size()});
    gradients.clear();
    if (pending_[slot].is_target) return;  // keep it: a new node at its address would be taken for it
    leave(pending_[slot]);
    free_.push_back(slot);
  }

  void propagate(Node& node, std::span<const Tensor> output_gradients) {
    if (node.spent) throw_freed(node);
    SmallVector<bool, 8> needed;
    for (const Edge& edge : node.inputs) needed.push_back(is_wanted(edge));
    Ambient during = node.ambient;
    during.grad = create_;
    AmbientScope scope(during);
    Gradients gradients = detail::observer ? observed_gradients_of(node, output_gradients, needed.begin())
                                           : gradients_of(node, output_gradients, needed.begin());
    if (gradients.size() != node.inputs.size())
      fail("{}: its gradient returned {} tensors, but the op has {} inputs", node.name, gradients.size(),
           node.inputs.size());
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      if (!needed[i] || !gradients[i]) continue;
      const Edge& edge = node.inputs[i];
      check(node, i, edge, gradients[i]);
      deliver(edge, create_                                   ? detail::owning(gradients[i])
                    : detail::is_differentiable(gradients[i]) ? gradients[i].detach()
                                                              : std::move(gradients[i]));
    }
    if (!retain_) node.release_saved();
  }

  [[noreturn]] static void throw_freed(const Node& node) {
    fail("backward: the graph of {} was freed by an earlier backward pass; set retain_graph in that one", node.name);
  }

  Gradients observed_gradients_of(const Node& node, std::span<const Tensor> output_gradients,
                                  const bool* needed) const {
    const auto end = [&](Gradients* gradients) {
      detail::Observer::notify([&](detail::Observer& one) { one.gradient_ends(node, gradients); });
    };
    Gradients gradients = [&] {
      try {
        detail::Observer::notify([&](detail::Observer& one) { one.gradient_begins(node, output_gradients); });
        return gradients_of(node, output_gradients, needed);
      } catch (...) {
        end(nullptr);
        throw;
      }
    }();
    end(&gradients);
    return gradients;
  }

  Gradients gradients_of(const Node& node, std::span<const Tensor> output_gradients, const bool* needed) const {
    struct Restore {
      detail::Running running = detail::running;
      detail::UnrecordedReads* reads = detail::unrecorded_reads;
      ~Restore() {
        detail::running = running;
        detail::unrecorded_reads = reads;
      }
    } restore;
    detail::unrecorded_reads = nullptr;
    if (create_ && node.type->composition) {
      detail::running = {&node, nullptr};  // the composition's reads are checked for overwritten values too
      return through_composition(node, output_gradients, needed);
    }
    detail::running = {&node, needed};
    if (!create_) return node.type->gradient(node, output_gradients);
    detail::UnrecordedReads reads;
    detail::unrecorded_reads = &reads;
    Gradients gradients = node.type->gradient(node, output_gradients);
    for (std::size_t i = 0; reads.size() > 0 && i < gradients.size(); ++i)
      if (needed[i] && gradients[i] && !detail::is_differentiable(gradients[i]))
        fail(
            "{}: its gradient for input {} is not computed by ops, so it cannot be differentiated again; pass a "
            "composition to differentiable",
            node.name, i);
    return gradients;
  }

  /// Differentiates the composition of an op whose gradient runs kernels.
  static Gradients through_composition(const Node& node, std::span<const Tensor> output_gradients, const bool* needed) {
    const std::span<const Tensor> kept = node.type->saved_inputs(node);
    std::vector<Tensor> inputs(kept.begin(), kept.end()), wanted, results, result_gradients;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (!needed[i]) continue;
      const detail::TensorBody& body = detail::body_of(inputs[i]);
      inputs[i] = differentiable("input", {inputs[i]}, view_of(inputs[i], body.data, body.shape, body.strides),
                                 [](const Tensor& dy) { return Gradients{dy}; });
      wanted.push_back(inputs[i]);
    }
    SmallVector<Tensor, 4> outputs;
    node.type->composition(node, inputs, outputs);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (!output_gradients[i] || !outputs[i].requires_grad()) continue;
      results.push_back(outputs[i]);
      result_gradients.push_back(output_gradients[i]);
    }
    auto found = grad(results, wanted, {.output_gradients = result_gradients, .create_graph = true});
    std::size_t next = 0;
    return Gradients::each(inputs.size(), [&](std::size_t i) { return needed[i] ? found[next++] : Tensor{}; });
  }

  static void check(const Node& node, std::size_t i, const Edge& edge, const Tensor& gradient) {
    const Shape& shape =
        edge.node ? edge.node->outputs[static_cast<std::size_t>(edge.output)].shape : edge.leaf.shape();
    const DType dtype = edge.node ? edge.node->outputs[static_cast<std::size_t>(edge.output)].dtype : edge.leaf.dtype();
    if (gradient.shape() != shape || gradient.dtype() != dtype)
      fail("{}: its gradient for input {} is {} {}, but that input is {} {}", node.name, i, name(gradient.dtype()),
           to_string(gradient.shape()), name(dtype), to_string(shape));
  }

  const detail::BackwardScope running_;
  const std::uint64_t id_ = ++backward_passes;
  const std::uint64_t since_ = detail::event_counter.fetch_add(1, std::memory_order_relaxed);
  const bool retain_, create_;
  bool restricted_ = false;
  std::uint64_t oldest_target_ = std::numeric_limits<std::uint64_t>::max();
  Vector<Pending> pending_;
  Vector<std::uint32_t> free_;
  Vector<Next> heap_;
  Vector<Target> targets_;
  Vector<Hooked> hooked_leaves_;
  Vector<Tensor> sharing_leaves_;
};

constinit thread_local BackwardPass* BackwardPass::innermost = nullptr;

/// Returns the checked gradient of an output; 1 if none is given.
Tensor first_gradient(const char* who, const Tensor& output, const Tensor& given) {
  if (!output.requires_grad())
    fail("{}: the result {} does not depend on anything that requires a gradient", who, to_string(output.shape()));
  if (given) {
    if (given.shape() != output.shape() || given.dtype() != output.dtype())
      fail("{}: the gradient given is {} {}, but the result is {} {}", who, name(given.dtype()),
           to_string(given.shape()), name(output.dtype()), to_string(output.shape()));
    return given;
  }
  if (output.elements() != 1)
    fail("{}: the result must have one element, but its shape is {}; pass the gradient of the loss with respect to it",
         who, to_string(output.shape()));
  return ones(output.shape(), output.dtype());
}

}  // namespace

void backward(std::span<const Tensor> results, std::span<const Tensor> gradients, const BackwardOptions& options) {
  if (results.size() != gradients.size())
    fail("backward: {} results and {} gradients were given, but there must be one for each", results.size(),
         gradients.size());
  if (options.create_graph) detail::release_unreachable_gradients();
  BackwardPass pass(options.retain_graph, options.create_graph);
  for (std::size_t i = 0; i < results.size(); ++i)
    pass.start(results[i], first_gradient("backward", results[i], gradients[i]));
  pass.run();
}

void backward(const Tensor& result, const Tensor& gradient, const BackwardOptions& options) {
  backward({&result, 1}, {&gradient, 1}, options);
}

void backward(const Tensor& loss, const BackwardOptions& options) { backward(loss, Tensor{}, options); }

std::vector<Tensor> grad(std::span<const Tensor> outputs, std::span<const Tensor> inputs, const GradOptions& options) {
  if (!options.output_gradients.empty() && options.output_gradients.size() != outputs.size())
    fail("grad: {} outputs and {} output_gradients were given, but there must be one for each", outputs.size(),
         options.output_gradients.size());
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (!inputs[i].requires_grad())
      fail("grad: input {}, {}, does not require a gradient", i, to_string(inputs[i].shape()));
  BackwardPass pass(options.retain_graph, options.create_graph);
  pass.restrict_to(outputs, inputs);
  for (std::size_t i = 0; i < outputs.size(); ++i)
    pass.start(outputs[i], first_gradient("grad", outputs[i],
                                          options.output_gradients.empty() ? Tensor{} : options.output_gradients[i]));
  pass.run();
  return pass.results();
}

void detail::continue_backward(std::uint64_t since, std::span<const Tensor> outputs,
                               std::span<const Tensor> gradients) {
  BackwardPass::innermost->continue_from(since, outputs, gradients);
}

Tensor grad(const Tensor& output, const Tensor& input, const GradOptions& options) {
  return grad({&output, 1}, {&input, 1}, options)[0];
}

std::vector<Tensor> grad(const Tensor& output, const std::vector<Tensor>& inputs, const GradOptions& options) {
  return grad({&output, 1}, inputs, options);
}

}  // namespace heed
