#include "parameter.h"

#include <new>

#include "../../graph/fail.h"
#include "plan.h"

namespace heed::nn::detail {
namespace {

template <class Finish>
Tensor made(const Shape& shape, const Maker& make, const Finish& finish) {
  Plan* const plan = Plan::current;
  if (plan) plan->count(shape);
  if (const std::string why = why_impossible(shape); !why.empty()) return heed::detail::invalid_tensor(why);
  try {
    Tensor tensor = plan ? placeholder(shape) : make.call(make.function, shape);
    if (tensor.shape() != shape)
      fail("the shape is {}, but what was to begin it made a tensor {}", to_string(shape), to_string(tensor.shape()));
    return finish(std::move(tensor));
  } catch (const Error& error) {
    return heed::detail::invalid_tensor(error.what());
  } catch (const std::bad_alloc&) {
    return heed::detail::invalid_tensor(fmt::format("there is no memory for a tensor {}", to_string(shape)));
  }
}

}  // namespace

Tensor as_parameter(Tensor tensor) {
  if (!heed::detail::invalid_reason(tensor)) tensor.require_grad();
  return tensor;
}

Tensor as_buffer(Tensor tensor) {
  if (heed::detail::invalid_reason(tensor)) return tensor;
  return tensor.requires_grad() ? tensor.detach() : tensor;
}

Tensor make_parameter(const Shape& shape, const Maker& make) {
  return made(shape, make,
              [](Tensor tensor) { return as_parameter(tensor.requires_grad() ? tensor.detach() : std::move(tensor)); });
}

Tensor make_buffer(const Shape& shape, const Maker& make) { return made(shape, make, as_buffer); }

}  // namespace heed::nn::detail
