// Sums of products in Einstein's notation.
#pragma once

#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "../graph/tensor.h"

namespace heed {

/// A letter names an axis; one that the output lacks is summed over:  einsum("bqd,bkd->bqk", {query, key}).
///   - One term for each operand, separated by commas, and after an arrow the output's. Spaces do not count.
///   - Without an arrow the output has the letters that occur once, in the order of their codes (A-Z, then a-z).
///   - "..." stands for the axes that a term does not name. They are matched from the last, and broadcast. Without an
///     arrow they come first in the output; left out of an output that is given, they are summed over.
///   - A letter twice in one term takes the diagonal:  "ii->i",  and with the sum the trace:  "ii".
///   - Axes of one letter have one length, or length 1, which is repeated.
/// Computed in pairs as matrix products, where possible on the operands' own memory; the pair first whose product
/// saves most elements. float32, float64; all operands have one dtype.
Tensor einsum(std::string_view expression, std::span<const Tensor> operands);
inline Tensor einsum(std::string_view expression, const std::vector<Tensor>& operands) {
  return einsum(expression, std::span(operands));
}
inline Tensor einsum(std::string_view expression, std::initializer_list<Tensor> operands) {
  return einsum(expression, std::span(std::data(operands), operands.size()));
}

}  // namespace heed
