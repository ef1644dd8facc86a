// In-place writes. They are not recorded in the graph: they are for tensors without history, such as buffers, tables
// and masks, for parameters inside no_grad, and for views of these:
//
//   assign(slice(table, 0, 2, 4), rows);      // table[2:4] = rows
//   select(counts, 0, 3) += 1;                // counts[3] += 1
//   no_grad([&] { weight *= 0.5; });          // weight requires a gradient
//
// A write that would make a gradient wrong throws Error, whose message says what to do instead:
//  - into a tensor that an op computed from tensors that require a gradient, or into a view of one: the error names
//    that op;
//  - into a tensor that requires a gradient, outside no_grad;
//  - of values that have a history, outside no_grad: the history would be lost;
//  - into a tensor that the gradient of an earlier op still needs: the gradient throws, and names that op and the
//    write.
// The recorded alternatives are where, slice_scatter, select_scatter, masked_fill, scatter, index_copy and
// x = x + y.
//
// Other handles and views of the memory see the write. Gradients computed by backward may share memory with each
// other, so replace them with set_grad. A target whose elements overlap in memory (a broadcast, an overlapping unfold)
// is an Error. Values that share memory with the target are read before anything is written.
#pragma once

#include "../../graph/number.h"
#include "../../graph/tensor.h"

namespace heed {

/// target = values. The values have the target's dtype and a shape that broadcasts to the target's. Any dtype.
void assign(const Tensor& target, const Tensor& values);
/// Sets every element to value.
void assign(const Tensor& target, Number value);

/// target = values where the mask is true: masked_fill in place. The mask is bool; mask and values broadcast to the
/// target's shape.
void assign_where(const Tensor& target, const Tensor& mask, const Tensor& values);
void assign_where(const Tensor& target, const Tensor& mask, Number value);

/// In-place arithmetic: target = target + values and so on; values as for assign.  float32, float64, int32, int64 (/=:
/// float32, float64). The target may be a temporary view. Returns the target.
const Tensor& operator+=(const Tensor& target, const Tensor& values);
const Tensor& operator-=(const Tensor& target, const Tensor& values);
const Tensor& operator*=(const Tensor& target, const Tensor& values);
const Tensor& operator/=(const Tensor& target, const Tensor& values);
const Tensor& operator+=(const Tensor& target, Number value);
const Tensor& operator-=(const Tensor& target, Number value);
const Tensor& operator*=(const Tensor& target, Number value);
const Tensor& operator/=(const Tensor& target, Number value);

}  // namespace heed
