#include "norm.h"

namespace heed::nn {

Tensor LayerNorm::operator()(const Tensor& x) const {
  expect_usable(*this);
  expect_last_axis(*this, x, width);
  return layer_norm(x, scale, bias, epsilon);
}

Tensor RmsNorm::operator()(const Tensor& x) const {
  expect_usable(*this);
  expect_last_axis(*this, x, width);
  return rms_norm(x, scale, epsilon);
}

Tensor GroupNorm::operator()(const Tensor& x) const {
  expect_usable(*this);
  return group_norm(x, groups, scale, bias, epsilon);
}

void GroupNorm::check() const { expect_divides(*this, groups, channels); }

Tensor BatchNorm::operator()(const Tensor& x) const {
  expect_usable(*this);
  return batch_norm(x, running_mean, running_variance, scale, bias,
                    {.training = mode, .momentum = momentum, .epsilon = epsilon});
}

}  // namespace heed::nn
