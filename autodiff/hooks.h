// Functions called with the gradient of a tensor while backward or grad runs: to look at it, or to change it.
#pragma once

#include <functional>
#include <memory>

#include "../graph/extra.h"

namespace heed {

/// Takes a hook away again. It may be dropped: then the hook stays for as long as the tensor.
class GradientHook {
 public:
  GradientHook() = default;
  /// From now on the hook is not called. Does nothing the second time, or when the tensor is gone.
  void remove() const;

 private:
  friend GradientHook on_gradient(const Tensor&, detail::GradientFunction);
  std::weak_ptr<detail::GradientFunction> function_;
};

/// From now on each walk (backward, or grad that passes the tensor) calls `hook` once with the gradient of x, complete,
/// before it goes further: to the op that computed x, into grad(), or to who asked grad for it. If the hook returns a
/// tensor, that is the gradient from there on; it has the shape and dtype of x. A hook may also return nothing.
///
/// The hooks of one tensor are called in the order in which they were added, each with what the one before returned.
/// Tensors that ops computed come first, the last recorded first; then leaves, in the order in which the walk reached
/// them. Hooks of a computed tensor go with its graph. With create_graph what a hook computes is recorded.
///
/// A hook must not hold x itself, which would then keep itself alive: it is given all it needs. Throws Error if x does
/// not require a gradient.
///   auto hook = on_gradient(h, [](const Tensor& dh) { return dh * 0.5; });
GradientHook on_gradient(const Tensor& x, detail::GradientFunction hook);

template <class Hook>
  requires std::is_void_v<std::invoke_result_t<const Hook&, const Tensor&>>
GradientHook on_gradient(const Tensor& x, const Hook& hook) {
  return on_gradient(x, detail::GradientFunction([hook](const Tensor& gradient) {
                       hook(gradient);
                       return Tensor{};
                     }));
}

namespace detail {
/// Calls the hooks on one output of an op, or on a leaf (op is null); returns the gradient that they leave.
Tensor call_hooks(const Extra& extra, const char* op, std::int32_t output, Tensor gradient);
}  // namespace detail

}  // namespace heed
