// Tensors and shapes as text.
#pragma once

#include <iosfwd>
#include <string>

#include "tensor.h"

namespace heed {

/// Formats a tensor: values in nested brackets, aligned, long axes shortened in the middle, with dtype and shape:
///   [[ 1.0000, -2.5000],
///    [ 0.0000, 10.0000]]  float32 [2, 2]
std::string to_string(const Tensor& tensor);
/// Writes to_string(tensor).
std::ostream& operator<<(std::ostream& stream, const Tensor& tensor);

}  // namespace heed
