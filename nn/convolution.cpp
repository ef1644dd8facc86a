#include "convolution.h"

namespace heed::nn {

Tensor Conv1d::operator()(const Tensor& x) const {
  expect_usable(*this);
  return conv1d(x, weight, bias ? Tensor(*bias) : Tensor{},
                {.stride = stride, .padding = padding, .dilation = dilation, .groups = groups});
}

void Conv1d::check() const {
  expect_at_least(*this, 1, window, stride, dilation);
  expect_at_least(*this, 0, in, out, padding);
  if (window > detail::longest_step || stride > detail::longest_step || dilation > detail::longest_step ||
      padding > detail::longest_step)
    detail::too_long_steps(*this);
  expect_divides(*this, groups, in);
  expect_divides(*this, groups, out);
}

Tensor Conv2d::operator()(const Tensor& x) const {
  expect_usable(*this);
  return conv2d(x, weight, bias ? Tensor(*bias) : Tensor{},
                {.stride = stride, .padding = padding, .dilation = dilation, .groups = groups});
}

void Conv2d::check() const {
  expect_at_least(*this, 1, window, stride, dilation);
  expect_at_least(*this, 0, in, out, padding);
  if (window > detail::longest_step || stride > detail::longest_step || dilation > detail::longest_step ||
      padding > detail::longest_step)
    detail::too_long_steps(*this);
  expect_divides(*this, groups, in);
  expect_divides(*this, groups, out);
}

}  // namespace heed::nn
