// Sinusoids of position embeddings and of Transformer-XL's distances.
#pragma once

#include "../../graph/tensor.h"

namespace heed::nn::detail {

/// Sinusoids: y[i, j] = sin(numbers[i] f_j) for even j and cos(numbers[i] f_j) for odd j, with f_j = base^(-(j - j % 2)
/// / width);  numbers: int64 [n], may be negative  ->  y: [n, width]. Vaswani et al. 2017, arXiv:1706.03762, section
/// 3.5.
Tensor sinusoids(const char* op, const Tensor& numbers, std::int64_t width, double base, DType dtype);

}  // namespace heed::nn::detail
