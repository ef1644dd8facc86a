// Writing into tensors in place. Nothing of this is recorded: a write is for tensors that carry no history, such as
// buffers, tables and masks, parameters inside no_grad, and views of them:
//
//   assign(slice(table, 0, 2, 4), rows);      // table[2:4] = rows
//   select(counts, 0, 3) += 1;                // counts[3] += 1
//   no_grad([&] { weight *= 0.5; });          // weight requires a gradient
//
// A write that would make a gradient wrong is an Error that says what to do instead:
//  - into a tensor that an op has computed from what requires a gradient, or a view of one: the error names that op;
//  - into a tensor that requires a gradient, outside no_grad;
//  - of values that have a history, outside no_grad: it would be lost;
//  - into what the gradient of an earlier op still needs: the gradient throws, and names that op and the write.
// What such a write would compute is recorded by where, slice_scatter, select_scatter, masked_fill, scatter,
// index_copy, and by x = x + y.
//
// Other handles and views of the memory see the write; gradients that backward left may share memory with each other,
// so replace them by set_grad. A target in which one element stands for several (a broadcast, an overlapping unfold) is
// an Error too. Values that lie in the target's own memory are read before anything is written.
#pragma once

#include "../graph/number.h"
#include "../graph/tensor.h"

namespace heed {

/// target = values, which have the target's dtype, and its shape or one that broadcasts to it. Any dtype.
void assign(const Tensor& target, const Tensor& values);
/// Every element = value.
void assign(const Tensor& target, Number value);

/// target = values where the mask is true: masked_fill in place. The mask is bool; it and values are repeated to the
/// target's shape.
void assign_where(const Tensor& target, const Tensor& mask, const Tensor& values);
void assign_where(const Tensor& target, const Tensor& mask, Number value);

/// target = target + values, and so on, in place; values as for assign.  float32, float64, int32, int64 (but /=:
/// float32, float64). The target may be a view made on the spot. Returns the target.
const Tensor& operator+=(const Tensor& target, const Tensor& values);
const Tensor& operator-=(const Tensor& target, const Tensor& values);
const Tensor& operator*=(const Tensor& target, const Tensor& values);
const Tensor& operator/=(const Tensor& target, const Tensor& values);
const Tensor& operator+=(const Tensor& target, Number value);
const Tensor& operator-=(const Tensor& target, Number value);
const Tensor& operator*=(const Tensor& target, Number value);
const Tensor& operator/=(const Tensor& target, Number value);

}  // namespace heed
