// State of a model: parameters and buffers, cloning, and training mode.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "fields.h"

namespace heed::nn {

/// Returns the parameters in field order; shared ones once.
std::vector<Parameter> parameters(AnyLayer model);
/// Returns the parameters with their field paths: {"layers.0.attention.query.weight", ...}; shared ones once, with
/// their first path.
std::vector<std::pair<std::string, Parameter>> named_parameters(AnyLayer model);
/// Returns the buffers with their field paths; shared ones once.
std::vector<std::pair<std::string, Buffer>> named_buffers(AnyLayer model);

/// Parameter or buffer, with a path.
struct NamedTensor {
  std::string path;
  /// The parameter or buffer.
  Tensor tensor;
  bool trained;       // true for a Parameter, false for a Buffer
  std::size_t first;  // index of the first path of the same tensor
  Role role;          // of a Parameter
};
/// Returns all paths of all parameters and buffers, in field order; a shared tensor has several.
std::vector<NamedTensor> named_tensors(AnyLayer model);

/// Returns the number of elements of all parameters; shared ones count once.
std::int64_t parameter_count(AnyLayer model);

/// Switches all layers between training and evaluation mode, which affects dropout, batch normalisation and others.
void train(AnyMutableLayer model, bool training = true);
/// Switches all layers to evaluation mode.
void eval(AnyMutableLayer model);

namespace detail {
/// Throws Error unless all layers of the model are usable.
void expect_usable(AnyLayer model);
/// Replaces the layer's tensors by copies; tensors shared within the layer stay shared.
void unshare(AnyMutableLayer copy);
void unshare(AnyMutableLayer copy, DType dtype);
}  // namespace detail

/// Returns a deep copy of a model, with the same hyperparameters, modes and values. (A plain copy shares its
/// parameters.) Tensors shared within the model stay shared; gradients are not copied.
template <fields::Layer Model>
Model clone(const Model& model) {
  detail::expect_usable(model);
  Model copy = model;
  detail::unshare(copy);
  return copy;
}

/// Returns a clone whose parameters and floating point buffers are converted to float32 or float64.
template <fields::Layer Model>
Model to(const Model& model, DType dtype) {
  detail::expect_usable(model);
  Model copy = model;
  detail::unshare(copy, dtype);
  return copy;
}

}  // namespace heed::nn
