#include "convolution.h"

namespace heed::nn {
namespace {

template <class Convolution>
void check_convolution(const Convolution& layer) {
  expect_at_least(layer, 1, layer.kernel_size, layer.stride, layer.dilation);
  expect_at_least(layer, 0, layer.in, layer.out, layer.padding);
  for (const Size& step : {layer.kernel_size, layer.stride, layer.dilation, layer.padding})
    if (step > detail::max_step) detail::too_long_steps(layer);
  expect_divides(layer, layer.groups, layer.in);
  expect_divides(layer, layer.groups, layer.out);
}

}  // namespace

Tensor Conv1d::operator()(const Tensor& x) const {
  expect_usable(*this);
  return conv1d(x, weight, bias ? Tensor(*bias) : Tensor{},
                {.stride = stride, .padding = padding, .dilation = dilation, .groups = groups});
}

void Conv1d::check() const { check_convolution(*this); }

Tensor Conv2d::operator()(const Tensor& x) const {
  expect_usable(*this);
  return conv2d(x, weight, bias ? Tensor(*bias) : Tensor{},
                {.stride = stride, .padding = padding, .dilation = dilation, .groups = groups});
}

void Conv2d::check() const { check_convolution(*this); }

}  // namespace heed::nn
