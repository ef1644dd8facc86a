#include "print.h"

#include <algorithm>
#include <cmath>
#include <ostream>

#include "fail.h"

namespace heed {
namespace {

constexpr std::int64_t max_axis_items = 6;   // longer axes show the first three and the last three
constexpr std::int64_t max_elements = 1000;  // tensors with up to this number of elements are shown in full

double value_at(const Tensor& tensor, std::int64_t offset) {
  switch (tensor.dtype()) {
    case DType::float32:
      return read<float>(tensor)[offset];
    case DType::float64:
      return read<double>(tensor)[offset];
    case DType::int32:
      return read<std::int32_t>(tensor)[offset];
    case DType::int64:
      return static_cast<double>(read<std::int64_t>(tensor)[offset]);
    case DType::boolean:
      return read<bool>(tensor)[offset];
    case DType::bfloat16:
      return read<Bfloat16>(tensor)[offset];
    case DType::float16:
      return read<Float16>(tensor)[offset];
  }
  return 0;
}

class Printer {
 public:
  explicit Printer(const Tensor& tensor) : tensor_(tensor), cut_(brackets_and_elements(tensor) > max_elements) {}

  std::string print() {
    visit(0, 0, [&](std::int64_t offset) { choose_format(offset); });
    visit(0, 0, [&](std::int64_t offset) { width_ = std::max(width_, format(offset).size()); });
    axis(0, 0);
    return out_ + fmt::format("  {} {}", name(tensor_.dtype()), to_string(tensor_.shape()));
  }

 private:
  /// Number of elements with axes of length 0 counted as 1: a tensor without elements may have very many brackets.
  static std::int64_t brackets_and_elements(const Tensor& tensor) {
    Shape shape = tensor.shape();
    for (int axis = 0; axis < shape.rank(); ++axis) shape[axis] = std::max<std::int64_t>(shape[axis], 1);
    return shape.elements();
  }
  bool has_fractions() const { return is_floating(tensor_.dtype()) || is_stored_float(tensor_.dtype()); }
  bool cuts(std::int64_t length) const { return cut_ && length > max_axis_items; }

  template <class Visit>
  void visit(int depth, std::int64_t offset, const Visit& at) {
    if (depth == tensor_.rank()) return at(offset);
    const std::int64_t length = tensor_.shape()[depth], step = tensor_.strides()[depth];
    for (std::int64_t i = 0; i < length; ++i) {
      if (cuts(length) && i == 3) i = length - 3;
      visit(depth + 1, offset + i * step, at);
    }
  }

  void choose_format(std::int64_t offset) {
    const double value = std::abs(value_at(tensor_, offset));
    if (!has_fractions() || !std::isfinite(value) || value == 0) return;
    if (value >= 1e5 || value < 1e-4) scientific_ = true;
  }

  std::string format(std::int64_t offset) const {
    const double value = value_at(tensor_, offset);
    if (tensor_.dtype() == DType::boolean) return value != 0 ? "true" : "false";
    if (tensor_.dtype() == DType::int64) return fmt::format("{}", read<std::int64_t>(tensor_)[offset]);
    if (!has_fractions()) return fmt::format("{:.0f}", value);
    return scientific_ ? fmt::format("{:.4e}", value) : fmt::format("{:.4f}", value);
  }

  void axis(int depth, std::int64_t offset) {
    if (depth == tensor_.rank()) {
      out_ += fmt::format("{:>{}}", format(offset), width_);
      return;
    }
    const bool last = depth + 1 == tensor_.rank();
    const std::string between = last ? ", " : ",\n" + std::string(static_cast<std::size_t>(depth) + 1, ' ');
    const std::int64_t length = tensor_.shape()[depth], step = tensor_.strides()[depth];
    out_ += '[';
    for (std::int64_t i = 0; i < length; ++i) {
      if (i > 0) out_ += between;
      if (cuts(length) && i == 3) {
        out_ += "..." + between;
        i = length - 3;
      }
      axis(depth + 1, offset + i * step);
    }
    out_ += ']';
  }

  const Tensor& tensor_;
  const bool cut_;
  bool scientific_ = false;
  std::size_t width_ = 0;
  std::string out_;
};

}  // namespace

std::string to_string(const Tensor& tensor) { return tensor ? Printer(tensor).print() : "an empty Tensor"; }

std::ostream& operator<<(std::ostream& stream, const Tensor& tensor) { return stream << to_string(tensor); }

}  // namespace heed
