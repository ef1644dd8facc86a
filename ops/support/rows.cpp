#include "rows.h"

#include "../../graph/ambient.h"
#include "../shape/view.h"

namespace heed::detail {

Tensor as_rows(const Tensor& x, std::int64_t rows, std::int64_t width) {
  NoGrad scope;
  Tensor matrix = reshape(x.detach(), {rows, width});
  return matrix.strides()[1] == 1 || width <= 1 ? matrix : contiguous(matrix);
}

Tensor as_rows(const Tensor& x) {
  Shape outer = x.shape();
  outer.erase(outer.rank() - 1);
  return as_rows(x, outer.elements(), x.shape()[-1]);
}

}  // namespace heed::detail
