#include "checkpoint.h"

#include <algorithm>

#include "../graph/detail/observer.h"
#include "../graph/fail.h"
#include "backward.h"

namespace heed::detail {
namespace {

using Tensors = std::vector<Tensor>;

/// Returns true if both are the same tensor of the graph: the same output of the same node, or the same leaf.
bool is_same(const Tensor& a, const Tensor& b) {
  const TensorBody &x = body_of(a), &y = body_of(b);
  return x.node || y.node ? x.node == y.node && x.output == y.output : a.is(b);
}

std::size_t index_of(std::span<const Tensor> tensors, const Tensor& wanted) {
  const auto same = [&](const Tensor& one) { return is_same(one, wanted); };
  return static_cast<std::size_t>(std::find_if(tensors.begin(), tensors.end(), same) - tensors.begin());
}

bool contains(std::span<const Tensor> tensors, const Tensor& wanted) {
  return index_of(tensors, wanted) < tensors.size();
}

/// Observer of a run of the function: collects the tensors from outside that its recorded ops use.
class RunObserver : public Observer {
 public:
  void recorded(Node& /*node*/, const Inputs& inputs, std::span<const Tensor> /*outputs*/) override {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (!is_differentiable(inputs[i]) || is_computed_inside(inputs[i]) || contains(outside_, inputs[i])) continue;
      outside_.push_back(owning(inputs[i]));
    }
  }
  /// Inputs of recorded ops that are leaves or were computed before the run.
  const Tensors& outside() const { return outside_; }
  /// Results that were computed by recorded ops of this run, each once; not inputs or captured tensors that are
  /// returned.
  Tensors computed_results(std::span<const Tensor> results) const {
    Tensors found;
    for (const Tensor& result : results)
      if (is_computed_inside(result) && !contains(found, result)) found.push_back(result);
    return found;
  }

 private:
  bool is_computed_inside(const Tensor& tensor) const {
    const Node* node = body_of(tensor).node;
    return node && node->recorded >= since_;
  }
  const std::uint64_t since_ = event_counter.load(std::memory_order_relaxed);
  Tensors outside_;
};

/// Checkpointed segment: the state kept for recomputation, and its gradient.
struct Segment {
  TensorFunction function;
  Tensors inputs, outside;
  std::vector<Shape> shapes;  // of the computed results
  Ambient before;             // ambient state at the first run

  /// Recomputes the segment and continues the backward pass in the new graph, so that gradients are summed in the same
  /// order as those of a plain run.
  Gradients gradients(std::span<const Tensor> result_gradients) const {
    struct Scope {
      UnrecordedReads* reads = std::exchange(unrecorded_reads, nullptr);  // the ops inside are recorded separately
      ~Scope() { unrecorded_reads = reads; }
    } reads_inside;
    const std::uint64_t since = event_counter.load(std::memory_order_relaxed);
    const Tensors made = recompute();
    Tensors used, their_gradients;
    for (std::size_t i = 0; i < made.size(); ++i) {
      if (!result_gradients[i]) continue;
      used.push_back(made[i]);
      their_gradients.push_back(result_gradients[i]);
    }
    continue_backward(since, used, their_gradients);
    return Gradients::each(outside.size(), [](std::size_t) { return Tensor{}; });
  }

 private:
  Tensors recompute() const {
    struct Scope {
      bool outer = std::exchange(recomputing, true);
      ~Scope() { recomputing = outer; }
    } scope;
    Ambient during = before;
    during.grad = true;
    AmbientScope ambient_scope(during);
    RunObserver run;
    Tensors made = run.computed_results(function(inputs));
    const bool uses_more = std::any_of(run.outside().begin(), run.outside().end(),
                                       [&](const Tensor& one) { return !contains(outside, one); });
    if (uses_more || !std::equal(made.begin(), made.end(), shapes.begin(), shapes.end(),
                                 [](const Tensor& one, const Shape& shape) { return one.shape() == shape; }))
      fail(
          "checkpoint: the recomputed function used other tensors or gave other shapes than in the first run, but it "
          "must depend on its inputs, captured tensors and random numbers alone");
    return made;
  }
};

}  // namespace

std::vector<Tensor> checkpoint(TensorFunction function, std::span<const Tensor> inputs) {
  if (!ambient().grad) return function(inputs);
  Segment segment{std::move(function), {inputs.begin(), inputs.end()}, {}, {}, ambient_with_streams()};
  Tensors results, made, cut;
  {
    // The first run is recorded, and its graph destroyed afterwards, so that side results that outlive it keep theirs.
    RunObserver run;
    results = segment.function(inputs);
    made = run.computed_results(results);
    segment.outside = run.outside();
  }
  if (made.empty()) return results;
  for (const Tensor& result : made) {
    segment.shapes.push_back(result.shape());
    cut.push_back(result.detach());
  }
  const Tensors outside = segment.outside;
  cut = differentiable("checkpoint", std::span(outside), cut,
                       [segment = std::move(segment)](std::span<const Tensor> result_gradients) {
                         return segment.gradients(result_gradients);
                       });
  for (Tensor& result : results)
    if (contains(made, result)) result = cut[index_of(made, result)];
  return results;
}

}  // namespace heed::detail
