#include "hooks.h"

#include "../graph/detail/node.h"
#include "../graph/fail.h"

namespace heed {

void GradientHook::remove() const {
  if (const auto function = function_.lock()) *function = nullptr;
}

GradientHook on_gradient(const Tensor& x, detail::GradientFunction hook) {
  if (!x.requires_grad())
    fail("on_gradient: the tensor {} does not require a gradient, so a hook would never be called",
         to_string(x.shape()));
  if (!hook) fail("on_gradient: the hook for the tensor {} is empty", to_string(x.shape()));
  detail::TensorBody& body = detail::body_of(x);
  detail::OptionalData*& extra = body.node ? body.node->extra : body.extra;
  if (body.node && body.node->spent)
    fail("on_gradient: the graph of {} was freed, so a hook on its result {} would never be called", body.node->name,
         to_string(x.shape()));
  if (!extra) extra = new detail::OptionalData;
  std::erase_if(extra->hooks, [](const detail::OptionalData::Hook& one) { return !*one.function; });
  GradientHook handle;
  auto function = std::make_shared<detail::GradientFunction>(std::move(hook));
  handle.function_ = function;
  extra->hooks.push_back({body.node ? body.output : 0, std::move(function)});
  return handle;
}

Tensor detail::call_hooks(const OptionalData& extra, const char* op, std::int32_t output, Tensor gradient) {
  const std::vector<OptionalData::Hook> hooks = extra.hooks;  // a hook may add and remove hooks
  for (const OptionalData::Hook& hook : hooks) {
    if (hook.output != output || !*hook.function) continue;
    const GradientFunction function = *hook.function;  // it may remove itself
    Tensor other = function(gradient);
    if (!other) continue;
    if (other.shape() != gradient.shape() || other.dtype() != gradient.dtype())
      fail("on_gradient: a hook on {}{} returned {} {}, but the gradient is {} {}", op ? "a result of " : "a leaf",
           op ? op : "", name(other.dtype()), to_string(other.shape()), name(gradient.dtype()),
           to_string(gradient.shape()));
    gradient = std::move(other);
  }
  return gradient;
}

}  // namespace heed
