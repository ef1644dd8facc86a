// Tensors: handles of n-dimensional arrays.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "detail/storage.h"
#include "dtype.h"
#include "number.h"
#include "shape.h"

namespace heed {

class Tensor;

namespace detail {
struct Node;
struct TensorBody;
struct OptionalData;
void release(TensorBody* body) noexcept;  // gives up a handle's reference
void check_read(const TensorBody& body);
void count_write(Storage& storage, const char* op);
[[noreturn]] void no_tensor(const TensorBody* body);
TensorBody& body_of(const Tensor& tensor);
Tensor handle(TensorBody* body) noexcept;  // takes over one reference
bool is_valid(const Tensor& tensor);
const std::string* invalid_reason(const Tensor& tensor);  // null unless its creation failed
}  // namespace detail

/// Handle of an n-dimensional array: one pointer, cheap to copy. Copies share the values and the gradient. Tensor{} is
/// an empty handle that refers to no tensor.
class Tensor {
 public:
  Tensor() = default;
  Tensor(const Tensor& other);
  Tensor(Tensor&& other) noexcept : body_(std::exchange(other.body_, nullptr)) {}
  Tensor& operator=(Tensor other) noexcept {
    std::swap(body_, other.body_);
    return *this;
  }
  ~Tensor();

  /// Returns true unless the handle is empty.
  explicit operator bool() const { return body_ != nullptr; }
  /// Returns true if both handles refer to the same tensor.
  bool is(const Tensor& other) const { return body_ == other.body_; }

  /// Lengths of the axes.
  const Shape& shape() const;
  /// Strides in elements; 0 for a broadcast axis, negative for a reversed one.
  const Shape& strides() const;
  /// Type of the elements.
  DType dtype() const;
  /// Number of axes.
  int rank() const { return shape().rank(); }
  /// Length of an axis; negative indices count from the last axis.
  std::int64_t size(int axis) const;
  /// Number of elements.
  std::int64_t elements() const { return shape().elements(); }
  /// Returns true if the elements lie in row-major order without gaps.
  bool is_contiguous() const { return heed::is_contiguous(shape(), strides()); }

  /// Elements in row-major order, for reading. Throws Error unless the tensor is contiguous and of dtype T.
  template <class T>
  std::span<const T> data() const {
    return {static_cast<const T*>(readable(dtype_of<T>)), static_cast<std::size_t>(elements())};
  }
  /// Elements in row-major order, for writing. This counts as an in-place write: a gradient that still needs the old
  /// values throws Error.
  template <class T>
  std::span<T> mutable_data() const {
    return {static_cast<T*>(writable(dtype_of<T>)), static_cast<std::size_t>(elements())};
  }
  /// Value of a tensor with one element, of any dtype, as a T; rounded if T is a floating point type. Throws Error if T
  /// cannot represent it (0.5 as an int, NaN as a bool).
  template <class T = double>
  T item() const {
    return only_element().as<T>("item");
  }
  /// Copy of the elements in row-major order, for any strides. Throws Error unless the tensor is of dtype T.
  template <class T>
  std::vector<T> to_vector() const {
    std::vector<T> elements_in_order(vector_length());
    if constexpr (std::is_same_v<T, bool>) {
      for (std::size_t i = 0; i < elements_in_order.size(); ++i)
        elements_in_order[i] = *static_cast<const bool*>(address(static_cast<std::int64_t>(i), dtype_of<T>));
    } else {
      copy_to(elements_in_order.data(), dtype_of<T>);
    }
    return elements_in_order;
  }

  /// Returns true if ops on the tensor are recorded: after require_grad(), or if it was computed from such tensors.
  bool requires_grad() const;
  /// Makes the tensor a leaf whose gradient backward() accumulates in grad(). Throws Error unless it is a floating
  /// point tensor that was not computed by a recorded op.
  const Tensor& require_grad(bool required = true) const;
  /// Gradient accumulated by backward(); empty if there is none.
  Tensor grad() const;
  /// Replaces the gradient. Throws Error unless it has the tensor's shape and dtype, or is empty.
  void set_grad(Tensor gradient) const;
  /// Removes the gradient.
  void clear_grad() const { set_grad({}); }
  /// Returns a tensor that shares the values but not the graph: ops on it are not recorded.
  Tensor detach() const;

 private:
  friend detail::TensorBody& detail::body_of(const Tensor&);
  friend Tensor detail::handle(detail::TensorBody*) noexcept;
  friend bool detail::is_valid(const Tensor&);
  friend const std::string* detail::invalid_reason(const Tensor&);

  const void* readable(DType wanted) const;
  void* writable(DType wanted) const;
  const void* address(std::int64_t element, DType wanted) const;
  void copy_to(void* destination, DType wanted) const;
  std::size_t vector_length() const;  // throws Error if a copy does not fit in memory
  Number only_element() const;

  detail::TensorBody* body_ = nullptr;
};

/// Tensor with uninitialised elements.
Tensor empty(const Shape& shape, DType dtype = float32);

namespace detail {

/// Shared state of all handles of a tensor. It fits in three cache lines: `output` lies in the padding of `shape`.
struct TensorBody {
  std::atomic<std::uint32_t> references{1};
  DType dtype;
  bool requires_grad = false;  // set by require_grad(): backward() accumulates a gradient here
  bool owns_node = false;      // else `node` is a weak reference: this tensor was captured by its own node's gradient
  Node* node = nullptr;        // the op that computed it
  Storage* storage;            // null if the creation of the tensor failed
  std::byte* data;
  [[no_unique_address]] const Shape shape;
  std::int32_t output = 0;  // index among the outputs of the node
  [[no_unique_address]] const Shape strides;
  TensorBody* grad = nullptr;
  OptionalData* extra = nullptr;  // owned; few leaves have one
};

static_assert(sizeof(TensorBody) == 192);

/// Returns true if the handle refers to a tensor that has values.
inline bool is_valid(const Tensor& tensor) { return tensor.body_ && tensor.body_->storage; }
/// Returns the body of a tensor. Throws Error for an empty handle, and for a tensor whose creation failed.
inline TensorBody& body_of(const Tensor& tensor) {
  if (!is_valid(tensor)) [[unlikely]]
    no_tensor(tensor.body_);
  return *tensor.body_;
}

/// Tensor whose creation failed: its handle is not empty, but every use of it throws Error with the sentence.
Tensor invalid_tensor(const std::string& sentence);

}  // namespace detail

/// View on the storage of `base` that starts at `data`, detached from the graph. For the library's ops.
Tensor view_of(const Tensor& base, std::byte* data, const Shape& shape, const Shape& strides);

/// Pointer to element 0 of a tensor, for reading. Checked against in-place writes. For the library's ops.
template <class T>
const T* read(const Tensor& tensor) {
  const detail::TensorBody& body = detail::body_of(tensor);
  detail::check_read(body);
  return reinterpret_cast<const T*>(body.data);
}
/// Pointer to element 0 of a tensor that this op has just created, for writing; not counted as an in-place write.
template <class T>
T* fill(const Tensor& made_here) {
  return reinterpret_cast<T*>(detail::body_of(made_here).data);
}
/// Pointer to element 0 of an existing tensor, for writing: counted as an in-place write of the op.
template <class T>
T* overwrite(const Tensor& tensor, const char* op) {
  const detail::TensorBody& body = detail::body_of(tensor);
  detail::count_write(*body.storage, op);
  return reinterpret_cast<T*>(body.data);
}

inline Tensor::Tensor(const Tensor& other) : body_(other.body_) {
  if (body_) body_->references.fetch_add(1, std::memory_order_relaxed);
}
inline Tensor::~Tensor() {
  if (body_) detail::release(body_);
}
inline const Shape& Tensor::shape() const { return detail::body_of(*this).shape; }
inline const Shape& Tensor::strides() const { return detail::body_of(*this).strides; }
inline DType Tensor::dtype() const { return detail::body_of(*this).dtype; }

}  // namespace heed
