// Sums of products in Einstein notation.
#pragma once

#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "../../graph/tensor.h"

namespace heed {

/// Einstein summation:  einsum("bqd,bkd->bqk", {query, key}). A letter names an axis; axes that the output lacks are
/// summed over.
///   - One term for each operand, separated by commas, and after an arrow the output's. Spaces are ignored.
///   - Without an arrow the output has the letters that occur once, in alphabetical order (A-Z, then a-z).
///   - "..." stands for the axes that a term does not name. They are broadcast. Without an arrow they come first in the
///     output; if a given output lacks them, they are summed over.
///   - A letter twice in one term takes the diagonal:  "ii->i",  and with the sum the trace:  "ii".
///   - Axes with the same letter have the same length, or length 1, which is repeated.
/// Computed pair by pair as matrix products, without copies where strides allow; the pair whose product saves the most
/// elements comes first. float32, float64; all operands have the same dtype.
Tensor einsum(std::string_view expression, std::span<const Tensor> operands);
inline Tensor einsum(std::string_view expression, const std::vector<Tensor>& operands) {
  return einsum(expression, std::span(operands));
}
inline Tensor einsum(std::string_view expression, std::initializer_list<Tensor> operands) {
  return einsum(expression, std::span(std::data(operands), operands.size()));
}

}  // namespace heed
