// Convolution layers.
#pragma once

#include "../../ops/convolution/convolution.h"
#include "../fields/expect.h"
#include "../fields/init.h"
#include "../fields/parameter.h"
#include "../fields/repeat.h"

namespace heed::nn {
namespace detail {

/// Number of input channels of each output channel. groups = 0, which check() refuses, gives 0 instead of a division by
/// zero.
inline std::int64_t inputs_per_group(Size in, Size groups) { return groups > 0 ? in / groups : std::int64_t{in}; }

constexpr std::int64_t max_step = std::int64_t{1} << 31;
[[noreturn, gnu::cold]] void too_long_steps(AnyLayer layer);

}  // namespace detail

/// 1-D convolution with a kernel of `kernel_size` elements:
///   y[n, o, p] = b[o] + sum over c, i of W[o, c, i] x[n, g + c, p stride + i dilation - padding],  0 outside x;
///   x: [batch, in, length], W = weight: [out, in / groups, kernel_size], b = bias: [out], y: [batch, out, places]
/// With several groups, each group of output channels reads its own group of in / groups input channels, the first of
/// which is g. Weights are initialised as in Linear.
struct Conv1d {
  Size in, out, kernel_size;
  Size stride = 1, padding = 0, dilation = 1, groups = 1;
  bool biased = true;
  Parameter weight{{out, detail::inputs_per_group(in, groups), kernel_size},
                   uniform_by_inputs(detail::inputs_per_group(in, groups) * kernel_size)};
  std::optional<Parameter> bias = when(biased, [&] {
    return Parameter({out}, uniform_by_inputs(detail::inputs_per_group(in, groups) * kernel_size), Role::bias);
  });

  Tensor operator()(const Tensor& x) const;
  void check() const;
};

/// 2-D convolution with a square kernel of kernel_size x kernel_size elements:
///   x: [batch, in, height, width], W = weight: [out, in / groups, kernel_size, kernel_size], y: [batch, out, ..., ...]
/// With stride = kernel_size it is a patch embedding: Dosovitskiy et al. 2020, arXiv:2010.11929, section 3.1.
struct Conv2d {
  Size in, out, kernel_size;
  Size stride = 1, padding = 0, dilation = 1, groups = 1;
  bool biased = true;
  Parameter weight{{out, detail::inputs_per_group(in, groups), kernel_size, kernel_size},
                   uniform_by_inputs(detail::inputs_per_group(in, groups) * kernel_size * kernel_size)};
  std::optional<Parameter> bias = when(biased, [&] {
    return Parameter({out}, uniform_by_inputs(detail::inputs_per_group(in, groups) * kernel_size * kernel_size),
                     Role::bias);
  });

  Tensor operator()(const Tensor& x) const;
  void check() const;
};

}  // namespace heed::nn
