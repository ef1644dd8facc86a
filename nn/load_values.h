// For what loads weights: values from a file in the form of a model's tensors, and sentences about those that do not
// fit.
#pragma once

#include <string>
#include <vector>

#include "save.h"

namespace heed::nn::detail {

/// "float32 [2, 3]"
std::string type_of(const Tensor& tensor);
/// "a, b, c and 12 more"
std::string list(const std::vector<std::string>& names);
/// Adds to a sentence "; what a, b and c", if there are any.
void complain(std::string& complaint, const char* what, const std::vector<std::string>& which);

/// Returns true if dtype, shape and bytes are the same; of contiguous tensors.
bool same_bytes(const Tensor& a, const Tensor& b);
/// The value in the dtype of the model's tensor; empty if it does not fit.
Tensor fitted(const Tensor& value, const Tensor& target, const LoadOptions& options);

}  // namespace heed::nn::detail
