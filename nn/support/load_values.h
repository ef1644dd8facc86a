// Internal functions for loading weights: conversion of values to a model's tensors, and error messages.
#pragma once

#include <string>
#include <vector>

#include "../fields/save.h"

namespace heed::nn::detail {

/// Returns dtype and shape as text: "float32 [2, 3]".
std::string type_of(const Tensor& tensor);
/// Returns a shortened list: "a, b, c and 12 more".
std::string list(const std::vector<std::string>& names);
/// Appends "; what a, b and c" to a message, unless the list is empty.
void complain(std::string& complaint, const char* what, const std::vector<std::string>& which);

/// Returns true if two contiguous tensors have equal dtypes, shapes and bytes.
bool same_bytes(const Tensor& a, const Tensor& b);
/// Returns the value in the dtype of the model's tensor; an empty Tensor if it does not fit.
Tensor fitted(const Tensor& value, const Tensor& target, const LoadOptions& options);

}  // namespace heed::nn::detail
