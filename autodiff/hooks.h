// Gradient hooks: functions that inspect or replace the gradient of a tensor during backward or grad.
#pragma once

#include <functional>
#include <memory>

#include "../graph/detail/extra.h"

namespace heed {

/// Handle to remove a hook. If it is discarded, the hook stays as long as the tensor.
class GradientHook {
 public:
  GradientHook() = default;
  /// Removes the hook. Does nothing if it has been removed, or the tensor destroyed.
  void remove() const;

 private:
  friend GradientHook on_gradient(const Tensor&, detail::GradientFunction);
  std::weak_ptr<detail::GradientFunction> function_;
};

/// Registers a hook that each backward pass (backward, or grad through the tensor) calls once with the complete
/// gradient of x, before it is passed to the op that computed x, added to grad(), or returned by grad. If the hook
/// returns a tensor, which must have the shape and dtype of x, it replaces the gradient. A hook may also return void.
///
/// The hooks of a tensor are called in the order in which they were added, each with the result of the previous one.
/// Tensors computed by ops come first, the last recorded first; then leaves, in the order in which the pass reached
/// them. Hooks of a computed tensor are freed with its graph. With create_graph the ops of a hook are recorded.
///
/// A hook must not capture x itself: the reference cycle would leak it. Throws Error if x does not require a gradient.
///   auto hook = on_gradient(h, [](const Tensor& dh) { return dh * 0.5; });
GradientHook on_gradient(const Tensor& x, detail::GradientFunction hook);

/// Registers a hook that returns void: it inspects the gradient.
template <class Hook>
  requires std::is_void_v<std::invoke_result_t<const Hook&, const Tensor&>>
GradientHook on_gradient(const Tensor& x, const Hook& hook) {
  return on_gradient(x, detail::GradientFunction([hook](const Tensor& gradient) {
                       hook(gradient);
                       return Tensor{};
                     }));
}

namespace detail {
/// Calls the hooks on one output of an op, or on a leaf (op is null), and returns the resulting gradient.
Tensor call_hooks(const OptionalData& extra, const char* op, std::int32_t output, Tensor gradient);
}  // namespace detail

}  // namespace heed
