// The state of a model: its parameters and buffers, copies of it, and the mode it runs in.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "fields.h"

namespace heed::nn {

/// The parameters in field order; one that is shared comes once.
std::vector<Parameter> parameters(AnyLayer model);
/// The same with their field paths: {"layers.0.attention.query.weight", ...}; a shared one has the path it has first.
std::vector<std::pair<std::string, Parameter>> named_parameters(AnyLayer model);
/// The buffers with their field paths; one that is shared comes once.
std::vector<std::pair<std::string, Buffer>> named_buffers(AnyLayer model);

/// A path of a parameter or buffer.
struct NamedTensor {
  std::string path;
  Tensor tensor;
  bool trained;       // whether it is a Parameter
  std::size_t first;  // the index of the first path of the same tensor
  Role role;          // of a Parameter
};
/// All paths of all parameters and buffers, in field order; a shared one has several.
std::vector<NamedTensor> named_tensors(AnyLayer model);

/// The number of trained numbers; shared ones count once.
std::int64_t parameter_count(AnyLayer model);

/// Sets every Mode in the model: dropout and the like are on, or off.
void train(AnyMutableLayer model, bool training = true);
void eval(AnyMutableLayer model);

namespace detail {
/// Throws Error unless all layers of the model can be used.
void expect_usable(AnyLayer model);
/// Gives the layer tensors of its own with the same values: those that were one stay one.
void unshare(AnyMutableLayer copy);
void unshare(AnyMutableLayer copy, DType dtype);
}  // namespace detail

/// A model with the same hyperparameters, modes and values that shares nothing with this one. (A plain copy shares its
/// parameters.) What is shared inside stays shared inside; gradients are not copied.
template <fields::Layer Model>
Model clone(const Model& model) {
  detail::expect_usable(model);
  Model copy = model;
  detail::unshare(copy);
  return copy;
}

/// A clone whose parameters and floating point buffers are float32 or float64.
template <fields::Layer Model>
Model to(const Model& model, DType dtype) {
  detail::expect_usable(model);
  Model copy = model;
  detail::unshare(copy, dtype);
  return copy;
}

}  // namespace heed::nn
