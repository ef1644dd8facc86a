// Records ops, the library's and users', in the graph.
#pragma once

#include "detail/node.h"

namespace heed {
namespace detail {

/// Composition of ops whose gradient consists of ops already.
struct NoComposition {};

template <class Function, std::size_t... i>
decltype(auto) call_unpacked(const Function& f, std::span<const Tensor> tensors, std::index_sequence<i...>) {
  return f(tensors[i]...);
}
template <class Function, std::size_t... i>
constexpr bool takes_tensors(std::index_sequence<i...>) {
  return std::is_invocable_v<const Function&, decltype((void(i), std::declval<const Tensor&>()))...>;
}
/// Calls f with each tensor as an argument (up to 8) or with a span of all, depending on its signature.
template <class Function, std::size_t count = 1>
decltype(auto) call(const Function& f, std::span<const Tensor> tensors) {
  if constexpr (takes_tensors<Function>(std::make_index_sequence<count>{})) {
    return call_unpacked(f, tensors, std::make_index_sequence<count>{});
  } else if constexpr (count < 8) {
    return call<Function, count + 1>(f, tensors);
  } else {
    static_assert(std::is_invocable_v<const Function&, std::span<const Tensor>>,
                  "the function must take up to 8 arguments `const Tensor&`, or one std::span<const Tensor>");
    return f(tensors);
  }
}

template <class Gradient, class Composition>
struct NodeOf : Node {
  Gradient gradient;
  Composition composition;
  SmallVector<Tensor, 3> kept;  // the inputs, for the composition

  NodeOf(const char* op, Gradient&& g, Composition&& c)
      : Node(type_of, op), gradient(std::move(g)), composition(std::move(c)) {}

  static Gradients run(const Node& node, std::span<const Tensor> output_gradients) {
    return call(static_cast<const NodeOf&>(node).gradient, output_gradients);
  }
  static void compose(const Node& node, std::span<const Tensor> inputs, SmallVector<Tensor, 4>& outputs) {
    if constexpr (!std::is_same_v<Composition, NoComposition>) {
      auto results = call(static_cast<const NodeOf&>(node).composition, inputs);
      if constexpr (std::is_same_v<decltype(results), Tensor>) {
        outputs.push_back(std::move(results));
      } else {
        for (auto& result : results) outputs.push_back(std::move(result));
      }
    }
  }
  static std::span<const Tensor> inputs_of(const Node& node) {
    const auto& kept_inputs = static_cast<const NodeOf&>(node).kept;
    return {kept_inputs.begin(), kept_inputs.size()};
  }
  static void copy_captured(const Node& node, void (*look)(void* argument), void* argument) {
    if constexpr (can_be_copied) {
      const auto& self = static_cast<const NodeOf&>(node);
      [[maybe_unused]] const Gradient gradient_copy = self.gradient;
      [[maybe_unused]] const Composition composition_copy = self.composition;
      look(argument);
    }
  }
  /// Destroys the saved values but not the Node, which weak references still read.
  static void destroy(Node& node) {
    auto& self = static_cast<NodeOf&>(node);
    self.kept.clear();
    self.composition.~Composition();
    self.gradient.~Gradient();
  }
  static constexpr bool composed = !std::is_same_v<Composition, NoComposition>;
  static constexpr bool can_be_copied =
      std::is_copy_constructible_v<Gradient> && std::is_copy_constructible_v<Composition>;
  static constexpr NodeType type_of{
      run, composed ? compose : nullptr, inputs_of, can_be_copied ? copy_captured : nullptr, destroy, sizeof(NodeOf)};
};

template <class Gradient, class Composition>
void record(const char* op, const Inputs& inputs, std::span<const Tensor> outputs, Gradient&& gradient,
            Composition&& composition, std::span<Tensor> recorded) {
  using Type = NodeOf<std::remove_cvref_t<Gradient>, std::remove_cvref_t<Composition>>;
  static_assert(alignof(Type) <= 64);
  auto* node = new (arena::allocate(sizeof(Type)))
      Type(op, std::remove_cvref_t<Gradient>(std::forward<Gradient>(gradient)),
           std::remove_cvref_t<Composition>(std::forward<Composition>(composition)));
  if constexpr (Type::composed)
    for (std::size_t i = 0; i < inputs.size(); ++i) node->kept.push_back(owning(inputs[i]));
  attach(node, inputs, outputs, recorded);
}

}  // namespace detail

/// Records `output`, computed from `inputs`, as a node of the graph, and returns the tensor to use from here on.
/// `gradient` takes the gradient of the output and returns the Gradients of the inputs, in their order. The values that
/// it captures are saved for the backward pass; `output` may be among them. A gradient that consists of ops is
/// differentiable itself. If it runs its own loops, pass a `composition`: a function of the inputs that computes the
/// same output from ops. Second derivatives are taken through the composition. A short gradient of one input may give
/// its own formula in ops instead: see fused_gradient.
///
/// Returns `output` itself where nothing is recorded (no_grad, or no input requires a gradient).
/// Throws Error if `output` already belongs to the graph.
template <class Gradient, class Composition = detail::NoComposition>
[[nodiscard]] Tensor differentiable(const char* op, const Inputs& inputs, const Tensor& output, Gradient&& gradient,
                                    Composition&& composition = {}) {
  if (!detail::is_recorded(op, inputs, {&output, 1})) return output;
  Tensor recorded;
  detail::record(op, inputs, {&output, 1}, std::forward<Gradient>(gradient), std::forward<Composition>(composition),
                 {&recorded, 1});
  return recorded;
}

/// Gradient of an op with one input, computed by a kernel from `saved`, which is the op's input or output:
/// kernel(dy, saved), or formula(dy, saved) where the gradient must itself be differentiable (create_graph). `formula`
/// consists of ops. A composition would keep the input in memory even where the gradient needs only the output.
template <class Kernel, class Formula>
auto fused_gradient(const Tensor& saved, const Kernel& kernel, const Formula& formula) {
  return [saved, kernel, formula](const Tensor& dy) {
    return Gradients{ambient().grad ? formula(dy, saved) : kernel(dy, saved)};
  };
}

/// Records several outputs. `gradient` takes one argument for each (or one std::span<const Tensor>); the gradient of an
/// unused output is an empty Tensor.
template <std::size_t count, class Gradient, class Composition = detail::NoComposition>
[[nodiscard]] std::array<Tensor, count> differentiable(const char* op, const Inputs& inputs,
                                                       const std::array<Tensor, count>& outputs, Gradient&& gradient,
                                                       Composition&& composition = {}) {
  if (!detail::is_recorded(op, inputs, outputs)) return outputs;
  std::array<Tensor, count> recorded;
  detail::record(op, inputs, outputs, std::forward<Gradient>(gradient), std::forward<Composition>(composition),
                 recorded);
  return recorded;
}

/// Records a number of outputs that is known only at run time.
template <class Gradient, class Composition = detail::NoComposition>
[[nodiscard]] std::vector<Tensor> differentiable(const char* op, const Inputs& inputs,
                                                 const std::vector<Tensor>& outputs, Gradient&& gradient,
                                                 Composition&& composition = {}) {
  if (!detail::is_recorded(op, inputs, outputs)) return outputs;
  std::vector<Tensor> recorded(outputs.size());
  detail::record(op, inputs, outputs, std::forward<Gradient>(gradient), std::forward<Composition>(composition),
                 recorded);
  return recorded;
}

}  // namespace heed
