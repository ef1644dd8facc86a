#include "tensor.h"

#include <cstring>

#include "detail/extra.h"
#include "detail/observer.h"
#include "fail.h"
#include "support/gradient_slot.h"
#include "support/leaf_cycles.h"
#include "support/machine_memory.h"

namespace heed {
using namespace heed::detail;

namespace detail {

void no_tensor(const TensorBody* body) {
  if (body) throw Error(body->extra->invalid_reason);
  fail("a Tensor is used that is empty: it was never given a value");
}

Tensor invalid_tensor(const std::string& sentence) {
  auto extra = std::make_unique<OptionalData>();
  extra->invalid_reason = sentence;
  void* const memory = arena::allocate(sizeof(TensorBody));
  return handle(new (memory) TensorBody{
      .dtype = float32, .storage = nullptr, .data = nullptr, .shape = {}, .strides = {}, .extra = extra.release()});
}

const std::string* invalid_reason(const Tensor& tensor) {
  const TensorBody* body = tensor.body_;
  return body && !body->storage ? &body->extra->invalid_reason : nullptr;
}

Tensor handle(TensorBody* body) noexcept {
  Tensor tensor;
  tensor.body_ = body;
  return tensor;
}

namespace {
/// References to leaves are counted down even if they are seen to be the last: the list of leaves (leaf_cycles.h) may
/// add another until the count is 0.
bool was_last_reference(TensorBody& body) {
  return body.requires_grad ? body.references.fetch_sub(1, std::memory_order_acq_rel) == 1
                            : is_last_reference(body.references);
}
}  // namespace

void release(TensorBody* body) noexcept {
  if (!was_last_reference(*body)) return;
  if (body->node) body->owns_node ? body->node->disown() : body->node->drop_reference();
  if (body->requires_grad) forget_leaf(*body);
  if (body->grad) handle(std::exchange(body->grad, nullptr));  // drops the reference
  delete body->extra;
  if (body->storage) body->storage->release();
  body->~TensorBody();
  arena::free(body, sizeof(TensorBody));
}

void check_read(const TensorBody& body) {
  if (observer) [[unlikely]]
    Observer::notify([&](Observer& one) { one.read(body); });
  if (!running.node) [[likely]]
    return;
  const Storage& storage = *body.storage;
  const std::uint64_t recorded = running.node->recorded;
  if (storage.made <= recorded && recorded < storage.written.load(std::memory_order_relaxed))
    fail("the gradient of {} needs values of a tensor {} that {} has overwritten since", running.node->name,
         to_string(body.shape), storage.writer.load());
  if (unrecorded_reads && (body.requires_grad || body.node)) unrecorded_reads->push_back(&storage);
}

void count_write(Storage& storage, const char* op) {
  storage.written.store(event_counter.fetch_add(1, std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  storage.writer.store(op, std::memory_order_relaxed);
}

}  // namespace detail

Tensor empty(const Shape& shape, DType dtype) {
  for (std::int64_t length : shape)
    if (length < 0) fail("empty: the shape {} has a negative length", to_string(shape));
  std::int64_t size;
  if (__builtin_mul_overflow(shape.elements(), bytes(dtype), &size)) [[unlikely]]
    fail("a tensor {} of {} takes more bytes than can be counted in 64 bits", to_string(shape), name(dtype));
  auto* body = new (arena::allocate(sizeof(detail::TensorBody))) detail::TensorBody{
      .dtype = dtype, .storage = nullptr, .data = nullptr, .shape = shape, .strides = contiguous_strides(shape)};
  try {
    body->storage = detail::Storage::make(size);
  } catch (const Error& error) {
    arena::free(body, sizeof(detail::TensorBody));
    fail("a tensor {} of {} takes {} bytes: {}", to_string(shape), name(dtype), size, error.what());
  }
  body->data = body->storage->data();
  return detail::handle(body);
}

Tensor view_of(const Tensor& base, std::byte* data, const Shape& shape, const Shape& strides) {
  const detail::TensorBody& of = detail::body_of(base);
  shape.elements();  // throws Error on overflow
  auto* body = new (arena::allocate(sizeof(detail::TensorBody)))
      detail::TensorBody{.dtype = of.dtype, .storage = of.storage, .data = data, .shape = shape, .strides = strides};
  of.storage->retain();
  return detail::handle(body);
}

std::int64_t Tensor::size(int axis) const {
  if (axis < -rank() || axis >= rank())
    fail("size: axis {} was asked for, but the shape is {}", axis, to_string(shape()));
  return shape()[axis];
}

namespace {
void check_direct(const Tensor& tensor, DType wanted, const char* who) {
  if (tensor.dtype() != wanted)
    fail("{}: elements of type {} were asked for, but the tensor {} is {}", who, name(wanted),
         to_string(tensor.shape()), name(tensor.dtype()));
  if (!tensor.is_contiguous())
    fail("{}: the tensor {} must be contiguous, but its strides are {}; take contiguous(x) first", who,
         to_string(tensor.shape()), to_string(tensor.strides()));
}
}  // namespace

const void* Tensor::readable(DType wanted) const {
  check_direct(*this, wanted, "data");
  detail::check_read(*body_);
  return body_->data;
}

void* Tensor::writable(DType wanted) const {
  check_direct(*this, wanted, "mutable_data");
  detail::count_write(*body_->storage, "mutable_data");
  return body_->data;
}

const void* Tensor::address(std::int64_t element, DType wanted) const {
  if (dtype() != wanted)
    fail("to_vector: elements of type {} were asked for, but the tensor {} is {}", name(wanted), to_string(shape()),
         name(dtype()));
  detail::check_read(*body_);
  std::int64_t offset = 0;
  for (int axis = rank() - 1; axis >= 0; --axis) {
    offset += element % shape()[axis] * strides()[axis];
    element /= shape()[axis];
  }
  return body_->data + offset * bytes(dtype());
}

void Tensor::copy_to(void* destination, DType wanted) const {
  const std::int64_t size = bytes(wanted), count = elements();
  for (std::int64_t i = 0; i < count; ++i)
    std::memcpy(static_cast<std::byte*>(destination) + i * size, address(i, wanted), static_cast<std::size_t>(size));
  if (count == 0 && dtype() != wanted) address(0, wanted);
}

std::size_t Tensor::vector_length() const {
  const std::int64_t count = elements();
  if (count > machine_memory() / bytes(dtype()))
    fail("to_vector: the {} elements of the tensor {} take more than the {} bytes of memory there are", count,
         to_string(shape()), machine_memory());
  return static_cast<std::size_t>(count);
}

Number Tensor::only_element() const {
  if (elements() != 1) fail("item: the tensor must have one element, but its shape is {}", to_string(shape()));
  detail::check_read(*body_);
  switch (dtype()) {
    case DType::float32:
      return *reinterpret_cast<const float*>(body_->data);
    case DType::float64:
      return *reinterpret_cast<const double*>(body_->data);
    case DType::int32:
      return *reinterpret_cast<const std::int32_t*>(body_->data);
    case DType::int64:
      return *reinterpret_cast<const std::int64_t*>(body_->data);
    case DType::boolean:
      return *reinterpret_cast<const bool*>(body_->data);
    case DType::bfloat16:
      return *reinterpret_cast<const Bfloat16*>(body_->data);
    case DType::float16:
      return *reinterpret_cast<const Float16*>(body_->data);
  }
  return 0;
}

bool Tensor::requires_grad() const { return detail::is_differentiable(*this); }

const Tensor& Tensor::require_grad(bool required) const {
  detail::TensorBody& body = detail::body_of(*this);
  if (required && !is_floating(body.dtype))
    fail("require_grad: the tensor {} is {}, but only float32 and float64 have gradients", to_string(body.shape),
         name(body.dtype));
  if (body.node)
    fail("require_grad: the tensor {} was computed by {}, so it is no leaf; detach it first", to_string(body.shape),
         body.node->name);
  if (!required) detail::forget_leaf(body);
  body.requires_grad = required;
  return *this;
}

Tensor Tensor::grad() const {
  const detail::TensorBody& body = detail::body_of(*this);
  const detail::GradientLock lock(body);
  detail::TensorBody* gradient = body.grad;
  if (!gradient) return {};
  gradient->references.fetch_add(1, std::memory_order_relaxed);
  return detail::handle(gradient);
}

void Tensor::set_grad(Tensor gradient) const {
  detail::TensorBody& body = detail::body_of(*this);
  if (gradient && (gradient.shape() != shape() || gradient.dtype() != dtype()))
    fail("set_grad: the gradient is {} {}, but the tensor is {} {}", name(gradient.dtype()),
         to_string(gradient.shape()), name(dtype()), to_string(shape()));
  if (gradient && detail::body_of(gradient).node && body.requires_grad) detail::register_gradient_with_graph(*this);
  const detail::GradientLock lock(body);
  std::swap(body.grad, gradient.body_);  // the old one is destroyed after the lock
}

Tensor Tensor::detach() const {
  const detail::TensorBody& body = detail::body_of(*this);
  return view_of(*this, body.data, body.shape, body.strides);
}

}  // namespace heed
