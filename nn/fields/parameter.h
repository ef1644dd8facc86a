// The kinds of state that a layer has as fields: trained, kept, and the mode it runs in.
#pragma once

#include <cstdint>

#include "../../graph/create.h"
#include "../../graph/tensor.h"

namespace heed::nn {

/// Role of a parameter in its layer, by which init.h initialises it.
enum class Role : std::uint8_t {
  unspecified,  // of a parameter with two axes or more: weight
  weight,       // of a product or a table: drawn at random
  bias,         // added to features: 0
  scale         // multiplied with features one by one, as in a norm: keeps its first value
};

namespace detail {

/// Function that makes a tensor of a shape, by reference.
struct Maker {
  const void* function;
  Tensor (*call)(const void* function, const Shape& shape);

  template <class Make>
  explicit Maker(const Make& make)
      : function(&make),
        call([](const void* of, const Shape& shape) -> Tensor { return (*static_cast<const Make*>(of))(shape); }) {}
};

Tensor as_parameter(Tensor tensor);
Tensor as_buffer(Tensor tensor);
/// make(shape), or if that throws Error a tensor that throws it whenever it is used.
Tensor make_parameter(const Shape& shape, const Maker& make);
Tensor make_buffer(const Shape& shape, const Maker& make);

inline auto in_float32(Tensor (*make)(const Shape&, DType)) {
  return [make](const Shape& shape) { return make(shape, float32); };
}

}  // namespace detail

/// A tensor that is trained and saved. Made from a tensor, it shares it and asks for its gradient; copies share it too,
/// so that assigning one layer's parameter to another's ties them.
///
/// As a field it is made from a shape and what begins it: zeros, ones, normal_with(deviation), uniform_by_inputs(in),
/// or any function of a shape that returns a tensor of it.
///   Parameter weight{{out, in}, uniform_by_inputs(in)}, bias{{out}, zeros, Role::bias};
/// If that throws Error, for the shape has a negative length or asks for more memory than there is, the layer is built
/// nevertheless, and every use of the parameter throws. (An exception that leaves the initializer of a field is no way
/// to say it: GCC destroys fields that were not built yet, if a field before is written as {...} without its type.)
///
/// The role belongs to the field: assigning a parameter that was made without a role keeps it.
struct Parameter : Tensor {
  /// Shares the tensor.
  Parameter(Tensor tensor, Role role = Role::unspecified)
      : Tensor(detail::as_parameter(std::move(tensor))), role_(role) {}
  /// Makes the tensor from its shape.
  template <class Make>
  Parameter(const Shape& shape, const Make& make, Role role = Role::unspecified)
      : Tensor(detail::make_parameter(shape, detail::Maker(make))), role_(role) {}
  Parameter(const Shape& shape, Tensor (*make)(const Shape&, DType), Role role = Role::unspecified)
      : Parameter(shape, detail::in_float32(make), role) {}

  Parameter(const Parameter&) = default;
  Parameter(Parameter&&) noexcept = default;
  Parameter& operator=(const Parameter& other) {
    if (other.role_ != Role::unspecified) role_ = other.role_;
    Tensor::operator=(other);
    return *this;
  }
  Parameter& operator=(Parameter&& other) noexcept {
    if (other.role_ != Role::unspecified) role_ = other.role_;
    Tensor::operator=(std::move(other));
    return *this;
  }
  ~Parameter() = default;

  /// Returns the role that was given, or Role::weight if none was and the parameter has two axes or more.
  Role role() const { return role_ == Role::unspecified && rank() >= 2 ? Role::weight : role_; }

 private:
  Role role_;
};

/// A tensor that is saved but not trained: a table of positions, running statistics. As a field it is made like a
/// Parameter.
struct Buffer : Tensor {
  /// Shares the tensor.
  Buffer(Tensor tensor) : Tensor(detail::as_buffer(std::move(tensor))) {}
  /// Makes the tensor from its shape.
  template <class Make>
  Buffer(const Shape& shape, const Make& make) : Tensor(detail::make_buffer(shape, detail::Maker(make))) {}
  Buffer(const Shape& shape, Tensor (*make)(const Shape&, DType)) : Buffer(shape, detail::in_float32(make)) {}
};

/// Mode of a layer, training or evaluation, set by nn::train and nn::eval. Not saved. As a field it is written
/// `Mode mode{};`: compilers warn where a field without an initializer is left out.
struct Mode {
  /// True in training.
  bool training = true;

  /// Returns true in training.
  constexpr operator bool() const { return training; }
  friend constexpr bool operator==(Mode, Mode) = default;
};

}  // namespace heed::nn
