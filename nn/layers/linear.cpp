#include "linear.h"

namespace heed::nn {

Tensor Linear::operator()(const Tensor& x) const {
  expect_usable(*this);
  expect_last_axis(*this, x, in);
  return bias ? linear(x, weight, *bias) : linear(x, weight);
}

}  // namespace heed::nn
