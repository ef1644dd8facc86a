// Internal: dispatch by dtype, broadcasting and iteration over inputs of any shape and strides.
#pragma once

#include <array>
#include <utility>

#include "../../graph/differentiable.h"
#include "../../graph/executor.h"
#include "../kernels/elementwise.h"

namespace heed::detail {

/// Calls body.template operator()<float>() or <double>() by the dtype. Throws Error for other dtypes.
template <class Body>
decltype(auto) with_floating(const char* op, DType dtype, const Body& body);
/// Calls body for float32, float64, int32 or int64. Throws Error for other dtypes.
template <class Body>
decltype(auto) with_number(const char* op, DType dtype, const Body& body);
/// Calls body for any dtype.
template <class Body>
decltype(auto) with_any(DType dtype, const Body& body);

[[noreturn]] void wrong_dtype(const char* op, DType dtype, const char* expected);

/// Throws Error unless a and b have the same dtype: "add: a is float32 and b is int64, but both must have the same
/// dtype".
void check_same_dtype(const char* op, const char* name_a, const Tensor& a, const char* name_b, const Tensor& b);

/// Returns the shape that a and b broadcast to: axes are aligned from the last, and missing axes and axes of length 1
/// are repeated. Throws Error if they do not match.
Shape broadcast(const char* op, const char* name_a, const Shape& a, const char* name_b, const Shape& b);

/// Returns the strides of a tensor broadcast to a larger shape: 0 where it is repeated.
Shape broadcast_strides(const Tensor& tensor, const Shape& to);

/// Iteration over an output in row-major order in runs along its innermost axis; axes are merged where all inputs allow
/// it.
template <std::size_t count>
class Runs {
 public:
  Runs(const Shape& out, const std::array<Shape, count>& strides) {
    for (int axis = 0; axis < out.rank(); ++axis) {
      if (out[axis] == 1) continue;
      bool merges = shape_.rank() > 0;
      for (std::size_t i = 0; merges && i < count; ++i) merges = strides_[i][-1] == strides[i][axis] * out[axis];
      if (merges) {
        shape_[-1] *= out[axis];
        for (std::size_t i = 0; i < count; ++i) strides_[i][-1] = strides[i][axis];
      } else {
        shape_.push_back(out[axis]);
        for (std::size_t i = 0; i < count; ++i) strides_[i].push_back(strides[i][axis]);
      }
    }
    if (shape_.rank() == 0) {
      shape_ = {1};
      strides_.fill(Shape{0});
    }
    length_ = shape_[-1];
    rows_ = 1;
    for (int axis = 0; axis + 1 < shape_.rank(); ++axis) rows_ *= shape_[axis];
  }

  std::int64_t rows() const { return rows_; }
  std::int64_t length() const { return length_; }
  /// Stride of input i along a run.
  std::int64_t stride(std::size_t i) const { return strides_[i][-1]; }
  /// Offset of row `row` of input i, in elements.
  std::int64_t offset(std::size_t i, std::int64_t row) const {
    std::int64_t at = 0;
    for (int axis = shape_.rank() - 2; axis >= 0; --axis) {
      at += row % shape_[axis] * strides_[i][axis];
      row /= shape_[axis];
    }
    return at;
  }

  /// Calls run(offsets of the inputs, offset of the output, n) for pieces that cover the output, in parallel, cut by
  /// shape alone. Each task writes a separate part of the output.
  template <class Run>
  void each(double nanoseconds_per_element, const Run& run) const {
    if (length_ == 0 || rows_ == 0) return;
    if (rows_ == 1) {
      parallel(length_, nanoseconds_per_element, [&](Range part) {
        std::array<std::int64_t, count> at;
        for (std::size_t i = 0; i < count; ++i) at[i] = part.begin * stride(i);
        run(at, part.begin, part.size());
      });
    } else {
      parallel(rows_, nanoseconds_per_element * static_cast<double>(length_) + 5, [&](Range part) {
        for (std::int64_t row = part.begin; row < part.end; ++row) {
          std::array<std::int64_t, count> at;
          for (std::size_t i = 0; i < count; ++i) at[i] = offset(i, row);
          run(at, row * length_, length_);
        }
      });
    }
  }

 private:
  Shape shape_;
  std::array<Shape, count> strides_;
  std::int64_t length_, rows_;
};

/// Calls run(begin, n) in parallel for pieces of n elements, where all inputs and the output are contiguous.
template <class Run>
void each_piece(std::int64_t elements, double nanoseconds_per_element, const Run& run) {
  parallel(elements, nanoseconds_per_element, [&](Range part) { run(part.begin, part.size()); });
}

/// Elementwise y = f(x), without history.
Tensor map(const char* op, const Tensor& x, kernels::Unary f);
/// Elementwise dx = dy * f'(x), where `saved` is the kernel's second argument (see kernels::Backward); dy and saved
/// have the same shape.
Tensor map(const char* op, const Tensor& dy, const Tensor& saved, kernels::Backward f);
/// y = f(a, b) with broadcasting, without history.
Tensor map(const char* op, const Tensor& a, const Tensor& b, kernels::Binary f);
Tensor map(const char* op, const Tensor& a, Number b, kernels::Binary f);
Tensor map(const char* op, Number a, const Tensor& b, kernels::Binary f);
/// Elementwise comparison of a and b, as bool, with broadcasting.
Tensor map(const char* op, const Tensor& a, const Tensor& b, kernels::Compare f);

/// Elementwise comparison with the exact value of b, even if a's dtype cannot represent it (number.h).
Tensor map(const char* op, const Tensor& a, Number b, kernels::Compare f);

/// total += part, in place, without history. Same shape and dtype; total is contiguous.
void add_in_place(const Tensor& total, const Tensor& part, const char* op);

/// Sums the gradient x of a broadcast input back to the input's shape.
Tensor sum_to(const Tensor& x, const Shape& shape);

// ---------------------------------------------------------------------------------------------------------------------

template <class Body>
decltype(auto) with_floating(const char* op, DType dtype, const Body& body) {
  switch (dtype) {
    case DType::float32:
      return body.template operator()<float>();
    case DType::float64:
      return body.template operator()<double>();
    default:
      wrong_dtype(op, dtype, "float32 or float64");
  }
}

template <class Body>
decltype(auto) with_number(const char* op, DType dtype, const Body& body) {
  switch (dtype) {
    case DType::float32:
      return body.template operator()<float>();
    case DType::float64:
      return body.template operator()<double>();
    case DType::int32:
      return body.template operator()<std::int32_t>();
    case DType::int64:
      return body.template operator()<std::int64_t>();
    default:
      wrong_dtype(op, dtype, "a number");
  }
}

template <class Body>
decltype(auto) with_any(DType dtype, const Body& body) {
  switch (dtype) {
    case DType::float32:
      return body.template operator()<float>();
    case DType::float64:
      return body.template operator()<double>();
    case DType::int32:
      return body.template operator()<std::int32_t>();
    case DType::int64:
      return body.template operator()<std::int64_t>();
    case DType::bfloat16:
      return body.template operator()<Bfloat16>();
    case DType::float16:
      return body.template operator()<Float16>();
    case DType::boolean:
      break;
  }
  return body.template operator()<bool>();
}

}  // namespace heed::detail
