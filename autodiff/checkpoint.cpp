#include "checkpoint.h"

#include <algorithm>

#include "../graph/fail.h"
#include "../graph/observer.h"
#include "backward.h"

namespace heed::detail {
namespace {

using Tensors = std::vector<Tensor>;

/// Whether a gradient of one is a gradient of the other.
bool is_same(const Tensor& a, const Tensor& b) {
  const TensorBody &x = body_of(a), &y = body_of(b);
  return x.node || y.node ? x.node == y.node && x.output == y.output : a.is(b);
}

bool contains(std::span<const Tensor> tensors, const Tensor& wanted) {
  return std::any_of(tensors.begin(), tensors.end(), [&](const Tensor& one) { return is_same(one, wanted); });
}

/// Collects the tensors outside, leaves or computed before, that recorded ops reach. Walks stop there.
class Reached : public Observer {
 public:
  void recorded(Node& /*node*/, const Inputs& inputs, std::span<const Tensor> /*outputs*/) override {
    for (std::size_t i = 0; i < inputs.size(); ++i) note(inputs[i]);
  }
  /// Results count too: a function may return what it was given.
  void note(const Tensor& tensor) {
    if (!is_differentiable(tensor)) return;
    const Node* node = body_of(tensor).node;
    if (node && node->recorded >= since_) return;
    if (!contains(outside_, tensor)) outside_.push_back(owning(tensor));
  }
  const Tensors& outside() const { return outside_; }

 private:
  const std::uint64_t since_ = event_counter.load(std::memory_order_relaxed);
  Tensors outside_;
};

/// One segment: what is kept of it, and how its gradient comes about.
struct Segment {
  TensorFunction function;
  Tensors inputs, outside;
  std::vector<Shape> shapes;  // of the results that have gradients
  Ambient before;             // as it was when the function ran first

  Gradients gradients(std::span<const Tensor> result_gradients) const {
    struct Scope {
      UnrecordedReads* reads = std::exchange(unrecorded_reads, nullptr);  // the ops inside are recorded for themselves
      ~Scope() { unrecorded_reads = reads; }
    } reads_inside;
    const bool create_graph = ambient().grad;
    Tensors roots, root_gradients, wanted;
    const std::uint64_t since = event_counter.load(std::memory_order_relaxed);
    for (std::size_t next = 0; const Tensor& result : run_again()) {
      if (!result.requires_grad()) continue;
      const Tensor& gradient = result_gradients[next++];
      if (!gradient) continue;
      roots.push_back(result);
      root_gradients.push_back(gradient);
    }
    for (std::size_t i = 0; i < outside.size(); ++i)
      if (gradient_is_needed(i)) wanted.push_back(outside[i]);
    Tensors found =
        grad_since(since, roots, wanted, {.output_gradients = root_gradients, .create_graph = create_graph});
    std::size_t next = 0;
    return Gradients::each(outside.size(), [&](std::size_t) { return std::move(found[next++]); });
  }

 private:
  Tensors run_again() const {
    struct Scope {
      bool outer = std::exchange(recomputing, true);
      ~Scope() { recomputing = outer; }
    } scope;
    Ambient during = before;
    during.grad = true;
    AmbientScope ambient_scope(during);
    Reached reached;
    Tensors results = function(inputs);
    std::vector<Shape> again;
    for (const Tensor& result : results) {
      if (!result.requires_grad()) continue;
      again.push_back(result.shape());
      reached.note(result);
    }
    const bool reaches_more = std::any_of(reached.outside().begin(), reached.outside().end(),
                                          [&](const Tensor& one) { return !contains(outside, one); });
    if (again != shapes || reaches_more)
      fail(
          "checkpoint: run again for its gradient, the function computed something else than the first time, but it "
          "must be a function of its inputs, what it captured and random numbers alone");
    return results;
  }
};

}  // namespace

std::vector<Tensor> checkpoint(TensorFunction function, std::span<const Tensor> inputs) {
  if (!ambient().grad) return function(inputs);
  Segment segment{std::move(function), {inputs.begin(), inputs.end()}, {}, {}, ambient()};
  Tensors results, cut;
  {
    // The first run is a plain one, whose graph is dropped: so side results that outlive it keep their history.
    Reached reached;
    results = segment.function(inputs);
    for (const Tensor& result : results) {
      if (!result.requires_grad()) continue;
      reached.note(result);
      segment.shapes.push_back(result.shape());
      cut.push_back(result.detach());
    }
    segment.outside = reached.outside();
  }
  if (cut.empty()) return results;
  const Tensors outside = segment.outside;
  cut = differentiable("checkpoint", std::span(outside), cut,
                       [segment = std::move(segment)](std::span<const Tensor> result_gradients) {
                         return segment.gradients(result_gradients);
                       });
  std::size_t next = 0;
  for (Tensor& result : results)
    if (result.requires_grad()) result = std::move(cut[next++]);
  return results;
}

}  // namespace heed::detail
