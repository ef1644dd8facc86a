#include "reduction.h"

#include "../shape/view.h"

namespace heed::detail {

Shape reduced_shape(const Shape& shape, unsigned axes, bool keepdims) {
  Shape rest;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (!(axes >> axis & 1u))
      rest.push_back(shape[axis]);
    else if (keepdims)
      rest.push_back(1);
  }
  return rest;
}

Tensor axes_to_last(const Tensor& x, unsigned axes) {
  Shape order, shape;
  for (int axis = 0; axis < x.rank(); ++axis) {
    if (axes >> axis & 1u) continue;
    order.push_back(axis);
    shape.push_back(x.shape()[axis]);
  }
  shape.push_back(1);
  for (int axis = 0; axis < x.rank(); ++axis) {
    if (!(axes >> axis & 1u)) continue;
    order.push_back(axis);
    shape[-1] *= x.shape()[axis];
  }
  return reshape(permute(x, order), shape);
}

}  // namespace heed::detail
