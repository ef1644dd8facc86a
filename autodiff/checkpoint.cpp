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

std::size_t place_in(std::span<const Tensor> tensors, const Tensor& wanted) {
  const auto same = [&](const Tensor& one) { return is_same(one, wanted); };
  return static_cast<std::size_t>(std::find_if(tensors.begin(), tensors.end(), same) - tensors.begin());
}

bool contains(std::span<const Tensor> tensors, const Tensor& wanted) {
  return place_in(tensors, wanted) < tensors.size();
}

/// Watches a run of the function: what it takes from outside, and which results it made.
class Reached : public Observer {
 public:
  void recorded(Node& /*node*/, const Inputs& inputs, std::span<const Tensor> /*outputs*/) override {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (!is_differentiable(inputs[i]) || is_made_inside(inputs[i]) || contains(outside_, inputs[i])) continue;
      outside_.push_back(owning(inputs[i]));
    }
  }
  /// The tensors outside, leaves or computed before, that recorded ops reach.
  const Tensors& outside() const { return outside_; }
  /// The results that have gradients to hand on, each once. One that was given or captured is what it was outside.
  Tensors made(std::span<const Tensor> results) const {
    Tensors found;
    for (const Tensor& result : results)
      if (is_made_inside(result) && !contains(found, result)) found.push_back(result);
    return found;
  }

 private:
  bool is_made_inside(const Tensor& tensor) const {
    const Node* node = body_of(tensor).node;
    return node && node->recorded >= since_;
  }
  const std::uint64_t since_ = event_counter.load(std::memory_order_relaxed);
  Tensors outside_;
};

/// One segment: what is kept of it, and how its gradient comes about.
struct Segment {
  TensorFunction function;
  Tensors inputs, outside;
  std::vector<Shape> shapes;  // of the results that it made
  Ambient before;             // as it was when the function ran first

  /// The graph of the second run takes the place of the node: so whatever the segment reaches gets the gradients of the
  /// plain run one by one, and sums them in the same order.
  Gradients gradients(std::span<const Tensor> result_gradients) const {
    struct Scope {
      UnrecordedReads* reads = std::exchange(unrecorded_reads, nullptr);  // the ops inside are recorded for themselves
      ~Scope() { unrecorded_reads = reads; }
    } reads_inside;
    const std::uint64_t since = event_counter.load(std::memory_order_relaxed);
    const Tensors made = run_again();
    Tensors used, their_gradients;
    for (std::size_t i = 0; i < made.size(); ++i) {
      if (!result_gradients[i]) continue;
      used.push_back(made[i]);
      their_gradients.push_back(result_gradients[i]);
    }
    go_on_walking(since, used, their_gradients);
    return Gradients::each(outside.size(), [](std::size_t) { return Tensor{}; });
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
    Tensors made = reached.made(function(inputs));
    const bool reaches_more = std::any_of(reached.outside().begin(), reached.outside().end(),
                                          [&](const Tensor& one) { return !contains(outside, one); });
    if (reaches_more || !std::equal(made.begin(), made.end(), shapes.begin(), shapes.end(),
                                    [](const Tensor& one, const Shape& shape) { return one.shape() == shape; }))
      fail(
          "checkpoint: run again for its gradient, the function computed something else than the first time, but it "
          "must be a function of its inputs, what it captured and random numbers alone");
    return made;
  }
};

}  // namespace

std::vector<Tensor> checkpoint(TensorFunction function, std::span<const Tensor> inputs) {
  if (!ambient().grad) return function(inputs);
  Segment segment{std::move(function), {inputs.begin(), inputs.end()}, {}, {}, ambient_with_streams()};
  Tensors results, made, cut;
  {
    // The first run is a plain one, whose graph is dropped: so side results that outlive it keep their history.
    Reached reached;
    results = segment.function(inputs);
    made = reached.made(results);
    segment.outside = reached.outside();
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
    if (contains(made, result)) result = cut[place_in(made, result)];
  return results;
}

}  // namespace heed::detail
