#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "dtype.h"
#include "number.h"
#include "shape.h"
#include "storage.h"

namespace heed {

class Tensor;

namespace detail {
struct Node;
struct TensorBody;
struct Extra;
void release(TensorBody* body) noexcept;  // gives up a handle's reference
void check_read(const TensorBody& body);
void count_write(Storage& storage, const char* op);
[[noreturn]] void no_tensor(const TensorBody* body);
TensorBody& body_of(const Tensor& tensor);
Tensor handle(TensorBody* body) noexcept;  // takes over one reference
bool is_made(const Tensor& tensor);
const std::string* why_unmade(const Tensor& tensor);  // null unless it could not be made
}  // namespace detail

/// A handle to an n-dimensional array: one pointer, cheap to copy. Handles to one tensor share its values and its
/// gradient. A handle made by Tensor{} is empty: it refers to no tensor.
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

  /// Whether it refers to a tensor.
  explicit operator bool() const { return body_ != nullptr; }
  /// Whether both refer to one tensor.
  bool is(const Tensor& other) const { return body_ == other.body_; }

  const Shape& shape() const;
  /// In elements; 0 where an axis is repeated, negative where it is reversed.
  const Shape& strides() const;
  DType dtype() const;
  int rank() const { return shape().rank(); }
  /// The length of an axis; negative ones count from the last.
  std::int64_t size(int axis) const;
  std::int64_t elements() const { return shape().elements(); }
  bool is_contiguous() const { return heed::is_contiguous(shape(), strides()); }

  /// The elements in row-major order, for reading. The tensor must be contiguous, with elements of type T.
  template <class T>
  std::span<const T> data() const {
    return {static_cast<const T*>(readable(dtype_of<T>)), static_cast<std::size_t>(elements())};
  }
  /// The same for writing. It counts as an in-place write: a gradient that still needs the old values will throw.
  template <class T>
  std::span<T> mutable_data() const {
    return {static_cast<T*>(writable(dtype_of<T>)), static_cast<std::size_t>(elements())};
  }
  /// The only element, of any dtype, as a T: exactly, but rounded to a floating point T. Throws Error where T has no
  /// such value (0.5 as an int, NaN as a bool).
  template <class T = double>
  T item() const {
    return only_element().as<T>("item");
  }
  /// A copy of the elements in row-major order, whatever the strides; T must be the dtype's type.
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

  /// Whether ops on it are recorded: it was asked for with require_grad, or it was computed from such tensors.
  bool requires_grad() const;
  /// From now on backward() leaves its gradient in grad(). Only for floating point tensors that no op computed.
  const Tensor& require_grad(bool required = true) const;
  /// The gradient that backward() left; empty if none.
  Tensor grad() const;
  void set_grad(Tensor gradient) const;
  void clear_grad() const { set_grad({}); }
  /// The same values (shared) without history: ops on it are not recorded.
  Tensor detach() const;

 private:
  friend detail::TensorBody& detail::body_of(const Tensor&);
  friend Tensor detail::handle(detail::TensorBody*) noexcept;
  friend bool detail::is_made(const Tensor&);
  friend const std::string* detail::why_unmade(const Tensor&);

  const void* readable(DType wanted) const;
  void* writable(DType wanted) const;
  const void* address(std::int64_t element, DType wanted) const;
  void copy_to(void* destination, DType wanted) const;
  std::size_t vector_length() const;  // Error if a copy of the elements cannot be had
  Number only_element() const;

  detail::TensorBody* body_ = nullptr;
};

/// Uninitialised elements.
Tensor empty(const Shape& shape, DType dtype = float32);

namespace detail {

/// The data of a tensor, shared by the copies of a handle. Three cache lines: `output` lies in the padding of `shape`.
struct TensorBody {
  std::atomic<std::uint32_t> references{1};
  DType dtype;
  bool requires_grad = false;  // asked for by the user: backward leaves a gradient here
  bool owns_node = false;      // else `node` is a weak reference: this handle was captured by its own node's gradient
  Node* node = nullptr;        // the op that computed it
  Storage* storage;            // null if the tensor could not be made
  std::byte* data;
  [[no_unique_address]] const Shape shape;
  std::int32_t output = 0;  // index among the outputs of the node
  [[no_unique_address]] const Shape strides;
  TensorBody* grad = nullptr;
  Extra* extra = nullptr;  // owned; few leaves have one
};

static_assert(sizeof(TensorBody) == 192);

/// Returns true if the handle refers to a tensor that has values.
inline bool is_made(const Tensor& tensor) { return tensor.body_ && tensor.body_->storage; }
/// Throws Error for an empty handle, and for a tensor that could not be made.
inline TensorBody& body_of(const Tensor& tensor) {
  if (!is_made(tensor)) [[unlikely]]
    no_tensor(tensor.body_);
  return *tensor.body_;
}

/// A tensor that could not be made: its handle is not empty, but every use of it throws Error with the sentence.
Tensor unmade(const std::string& sentence);

}  // namespace detail

/// For the library's ops: a new tensor on the storage of `base`, beginning at `data`, without history.
Tensor view_of(const Tensor& base, std::byte* data, const Shape& shape, const Shape& strides);

/// For the library's ops: where element 0 of a tensor lies. Reading is checked against in-place writes.
template <class T>
const T* read(const Tensor& tensor) {
  const detail::TensorBody& body = detail::body_of(tensor);
  detail::check_read(body);
  return reinterpret_cast<const T*>(body.data);
}
/// Where to write the elements of a tensor that this op has just made; not counted as an in-place write.
template <class T>
T* fill(const Tensor& made_here) {
  return reinterpret_cast<T*>(detail::body_of(made_here).data);
}
/// Where to write the elements of a tensor that existed before: counted, under the name of the op that writes.
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
