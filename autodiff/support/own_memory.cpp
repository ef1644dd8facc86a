#include "own_memory.h"

#include <algorithm>

#include "../../graph/ambient.h"
#include "../../graph/differentiable.h"
#include "../../ops/support/strided.h"

namespace heed::detail {
namespace {

bool repeats_elements(const Tensor& tensor) {
  for (int axis = 0; axis < tensor.rank(); ++axis)
    if (tensor.strides()[axis] == 0 && tensor.shape()[axis] > 1) return true;
  return false;
}

Tensor copy_of(const Tensor& tensor) {
  const Tensor own = empty(tensor.shape(), tensor.dtype());
  copy_elements(tensor, own);
  Grad scope;
  return differentiable("copy", {tensor}, own, [](const Tensor& dy) { return Gradients{dy}; });
}

}  // namespace

bool is_sole_owner(const Tensor& tensor) {
  const TensorBody& body = body_of(tensor);
  return body.references.load(std::memory_order_acquire) == 1 &&
         body.storage->references.load(std::memory_order_acquire) == 1 && !body.node;
}

void ensure_own_memory(Tensor& tensor, std::uint64_t since, bool recorded, std::vector<const Storage*>& taken) {
  const Storage* storage = body_of(tensor).storage;
  const bool is_shared =
      recorded ? storage->made <= since || std::ranges::find(taken, storage) != taken.end() : !is_sole_owner(tensor);
  if (is_shared || repeats_elements(tensor)) tensor = copy_of(tensor);
  if (recorded) taken.push_back(body_of(tensor).storage);
}

void ensure_own_memory(std::span<Tensor> tensors, std::uint64_t since, bool recorded) {
  std::vector<const Storage*> taken;
  for (Tensor& tensor : tensors)
    if (tensor) ensure_own_memory(tensor, since, recorded, taken);
}

}  // namespace heed::detail
