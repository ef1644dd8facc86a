#include "convolution.h"

#include <algorithm>

#include "../../graph/create.h"
#include "../../graph/fail.h"
#include "../../graph/support/blocked_signals.h"
#include "../../graph/support/size.h"
#include "../kernels/depthwise.h"
#include "../kernels/gemm/gemm.h"
#include "../kernels/unfold.h"
#include "../kernels/workspace.h"
#include "../math/arithmetic.h"
#include "../reduce/reduce.h"
#include "../shape/view.h"
#include "../support/axes.h"
#include "../support/elementwise.h"
#include "image.h"

namespace heed {
using namespace heed::detail;

namespace {

using kernels::Columns;
using kernels::Windows;

/// Sizes of a convolution: x [batch, groups, in, pixels], weight [groups, out, in, taps], y [batch, groups, out,
/// places]. For each image and group it is a product of the weight, [out, in * taps], and the unfolded image.
struct Convolution {
  std::int64_t batch, groups, in, out;  // channels in and out of one group
  Windows windows;

  std::int64_t depth() const { return in * windows.taps(); }
  Shape input() const { return {batch, groups * in, windows.height.in, windows.width.in}; }
  Shape output() const { return {batch, groups * out, windows.height.out, windows.width.out}; }
  Shape weight() const { return {groups * out, in, windows.height.window, windows.width.window}; }
  std::int64_t input_step() const { return in * windows.pixels(); }  // elements of a group of one image
  std::int64_t output_step() const { return out * windows.places(); }
  std::int64_t weight_step() const { return out * depth(); }
  /// Returns true if the matrix of windows is the image itself.
  bool is_pointwise() const {
    const auto same = [](const kernels::WindowAxis& axis) {
      return axis.window == 1 && axis.padding == 0 && axis.in == axis.out;
    };
    return same(windows.height) && same(windows.width) && has_stride_1();
  }
  /// Returns true for depthwise convolutions, whose matrix products would have only one or two rows. Their kernel
  /// copies the padded image, which must not be much larger than the image.
  bool is_depthwise() const {
    const auto padded = [](const kernels::WindowAxis& axis) { return static_cast<double>(axis.in + 2 * axis.padding); };
    return in == 1 && out <= 2 && has_stride_1() &&
           padded(windows.height) * padded(windows.width) <=
               8 * (static_cast<double>(windows.pixels()) + static_cast<double>(windows.places())) + 4096;
  }
  bool has_stride_1() const { return windows.height.stride == 1 && windows.width.stride == 1; }
};

constexpr std::int64_t tasks_wanted = 16;     // enough tasks for many threads
constexpr std::int64_t unfolded = 96 * 1024;  // elements of the matrix of windows at a time, to fit in a cache

std::int64_t ceiling(std::int64_t x, std::int64_t y) { return (x + y - 1) / y; }

/// Length of about equal parts of `all` places, a multiple of 16, where the matrix of windows has `rows` rows.
std::int64_t part_of(std::int64_t all, std::int64_t rows) {
  const std::int64_t most = std::max<std::int64_t>(unfolded / std::max<std::int64_t>(rows, 1), 64);
  const std::int64_t parts = std::max<std::int64_t>(ceiling(all, most), 1);
  return std::max<std::int64_t>(ceiling(ceiling(all, parts), 16) * 16, 16);
}

double nanoseconds(std::int64_t m, std::int64_t n, std::int64_t k) {
  return 0.02 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k) +
         0.3 * static_cast<double>(n) * static_cast<double>(k) + 200;
}

double channel_nanoseconds(const Convolution& c) {
  return 0.05 * static_cast<double>(c.out * c.windows.taps() * c.windows.places()) + 200;
}

Tensor contiguous_data(const Tensor& x) {
  return no_grad([&] { return contiguous(x.detach()); });
}

/// Part of the matrix of windows for gemm: unfolded, or the image itself.
template <class T>
struct Unfolded {
  const T* begin;
  std::int64_t leading;

  Unfolded(const Convolution& c, const T* image, const Columns& part) {
    if (c.is_pointwise()) {
      begin = image + part.row * c.windows.pixels() + part.place;
      leading = c.windows.pixels();
    } else {
      T* columns = kernels::workspace<kernels::Workspace::unfold, T>(part.rows * part.places);
      kernels::unfold(c.windows, part, image, columns);
      begin = columns;
      leading = part.places;
    }
  }
};

Tensor convolve(const char* op, const Tensor& x, const Tensor& weight, const Tensor& bias, const Convolution& c);
Tensor input_gradient(const char* op, const Tensor& dy, const Tensor& weight, const Convolution& c);
Tensor weight_gradient(const Tensor& x, const Tensor& dy, const Convolution& c);

/// Each task computes all channels of one group at some places of one image.
template <class T>
void forward(const Convolution& c, const T* x, const T* weight, const T* bias, T* y) {
  if (c.is_depthwise()) {
    parallel(c.batch * c.groups, channel_nanoseconds(c), [&](Range range) {
      for (std::int64_t image = range.begin; image < range.end; ++image) {
        const std::int64_t group = image % c.groups;
        kernels::convolve_channel(c.windows, x + image * c.input_step(), weight + group * c.weight_step(),
                                  bias ? bias + group * c.out : nullptr, c.out, y + image * c.output_step());
      }
    });
    return;
  }
  const std::int64_t places = c.windows.places(), width = part_of(places, c.depth()), parts = ceiling(places, width);
  parallel(c.batch * c.groups * parts, nanoseconds(c.out, width, c.depth()), [&](Range range) {
    const detail::BlockedSignals for_all;
    for (std::int64_t task = range.begin; task < range.end; ++task) {
      const std::int64_t image = task / parts, group = image % c.groups, first = task % parts * width;
      const Columns part{0, c.depth(), first, std::min(width, places - first)};
      const Unfolded<T> columns(c, x + image * c.input_step(), part);
      kernels::gemm_sequential(kernels::Gemm<T>{.m = c.out,
                                                .n = part.places,
                                                .k = c.depth(),
                                                .a = weight + group * c.weight_step(),
                                                .lda = c.depth(),
                                                .b = columns.begin,
                                                .ldb = columns.leading,
                                                .c = y + image * c.output_step() + first,
                                                .ldc = places,
                                                .bias_of = bias ? kernels::Bias::per_row : kernels::Bias::none,
                                                .bias = bias ? bias + group * c.out : nullptr});
    }
  });
}

/// Each task computes separate channels of one image.
template <class T>
void backward_input(const Convolution& c, const T* dy, const T* weight, T* dx) {
  if (c.is_depthwise()) {
    parallel(c.batch * c.groups, channel_nanoseconds(c), [&](Range range) {
      for (std::int64_t image = range.begin; image < range.end; ++image)
        kernels::channel_gradient(c.windows, dy + image * c.output_step(), weight + image % c.groups * c.weight_step(),
                                  c.out, dx + image * c.input_step());
    });
    return;
  }
  const std::int64_t places = c.windows.places(), taps = c.windows.taps(), images = c.batch * c.groups;
  const std::int64_t blocks = std::clamp<std::int64_t>(ceiling(tasks_wanted, std::max<std::int64_t>(images, 1)), 1,
                                                       std::max<std::int64_t>(c.in, 1));
  const std::int64_t channels = ceiling(c.in, blocks), width = part_of(places, channels * taps);
  parallel(images * blocks, nanoseconds(channels * taps, places, c.out), [&](Range range) {
    const detail::BlockedSignals for_all;
    for (std::int64_t task = range.begin; task < range.end; ++task) {
      const std::int64_t image = task / blocks, group = image % c.groups;
      const std::int64_t first = std::min(task % blocks * channels, c.in), count = std::min(channels, c.in - first);
      T* to = dx + image * c.input_step() + first * c.windows.pixels();
      std::fill_n(to, count * c.windows.pixels(), T{0});
      for (std::int64_t place = 0; place < places; place += width) {
        const Columns part{0, count * taps, place, std::min(width, places - place)};
        T* columns = kernels::workspace<kernels::Workspace::unfold, T>(part.rows * part.places);
        kernels::gemm_sequential(kernels::Gemm<T>{.transpose_a = true,
                                                  .m = part.rows,
                                                  .n = part.places,
                                                  .k = c.out,
                                                  .a = weight + group * c.weight_step() + first * taps,
                                                  .lda = c.depth(),
                                                  .b = dy + image * c.output_step() + place,
                                                  .ldb = places,
                                                  .c = columns,
                                                  .ldc = part.places});
        kernels::fold(c.windows, part, columns, to);
      }
    }
  });
}

/// Each task computes some columns of one group's weight gradient from some images; dw [parts, ...] has one sum for
/// each part of the batch.
template <class T>
void backward_weight(const Convolution& c, std::int64_t parts, std::int64_t blocks, const T* x, const T* dy, T* dw) {
  const std::int64_t places = c.windows.places(), depth = c.depth(), rows = ceiling(depth, blocks);
  const std::int64_t images = ceiling(c.batch, parts), width = part_of(places, rows);
  const double cost = static_cast<double>(images) * nanoseconds(c.out, rows, places);
  if (c.is_depthwise()) {
    parallel(parts * c.groups, static_cast<double>(images) * channel_nanoseconds(c), [&](Range range) {
      for (std::int64_t task = range.begin; task < range.end; ++task) {
        const std::int64_t group = task % c.groups, part = task / c.groups;
        T* to = dw + task * c.weight_step();
        std::fill_n(to, c.weight_step(), T{0});
        for (std::int64_t n = part * images; n < std::min((part + 1) * images, c.batch); ++n) {
          const std::int64_t image = n * c.groups + group;
          kernels::add_channel_weight_gradient(c.windows, x + image * c.input_step(), dy + image * c.output_step(),
                                               c.out, to);
        }
      }
    });
    return;
  }
  parallel(parts * c.groups * blocks, cost, [&](Range range) {
    const detail::BlockedSignals for_all;
    for (std::int64_t task = range.begin; task < range.end; ++task) {
      const std::int64_t block = task % blocks, group = task / blocks % c.groups, part = task / blocks / c.groups;
      const std::int64_t first = std::min(block * rows, depth), count = std::min(rows, depth - first);
      T* to = dw + (part * c.groups + group) * c.weight_step() + first;
      for (std::int64_t o = 0; o < c.out; ++o) std::fill_n(to + o * depth, count, T{0});
      for (std::int64_t n = part * images; n < std::min((part + 1) * images, c.batch); ++n) {
        const std::int64_t image = n * c.groups + group;
        for (std::int64_t place = 0; place < places; place += width) {
          const Columns columns{first, count, place, std::min(width, places - place)};
          const Unfolded<T> unfolded_part(c, x + image * c.input_step(), columns);
          kernels::gemm_sequential(kernels::Gemm<T>{.transpose_b = true,
                                                    .m = c.out,
                                                    .n = count,
                                                    .k = columns.places,
                                                    .a = dy + image * c.output_step() + place,
                                                    .lda = places,
                                                    .b = unfolded_part.begin,
                                                    .ldb = unfolded_part.leading,
                                                    .c = to,
                                                    .ldc = depth,
                                                    .beta = 1});
        }
      }
    }
  });
}

Tensor convolve(const char* op, const Tensor& x, const Tensor& weight, const Tensor& bias, const Convolution& c) {
  Tensor y = empty(c.output(), x.dtype());
  with_floating(op, x.dtype(), [&]<class T>() {
    const Tensor of_x = contiguous_data(x), of_weight = contiguous_data(weight),
                 of_bias = bias ? contiguous_data(bias) : bias;
    forward(c, read<T>(of_x), read<T>(of_weight), bias ? read<T>(of_bias) : nullptr, fill<T>(y));
  });
  const auto dx = [op, weight, c](const Tensor& dy) { return input_gradient(op, dy, weight, c); };
  const auto dweight = [x, c](const Tensor& dy) { return weight_gradient(x, dy, c); };
  if (!bias)
    return differentiable(op, {x, weight}, y, [dx, dweight](const Tensor& dy) {
      return Gradients{[&] { return dx(dy); }, [&] { return dweight(dy); }};
    });
  return differentiable(op, {x, weight, bias}, y, [dx, dweight](const Tensor& dy) {
    return Gradients{[&] { return dx(dy); }, [&] { return dweight(dy); }, [&] { return sum(dy, {0, 2, 3}); }};
  });
}

Tensor input_gradient(const char* op, const Tensor& dy, const Tensor& weight, const Convolution& c) {
  Tensor dx = empty(c.input(), dy.dtype());
  with_floating(op, dy.dtype(), [&]<class T>() {
    const Tensor of_dy = contiguous_data(dy), of_weight = contiguous_data(weight);
    backward_input(c, read<T>(of_dy), read<T>(of_weight), fill<T>(dx));
  });
  return differentiable(op, {dy, weight}, dx, [op, dy, weight, c](const Tensor& ddx) {
    return Gradients{[&] { return convolve(op, ddx, weight, {}, c); }, [&] { return weight_gradient(ddx, dy, c); }};
  });
}

Tensor weight_gradient(const Tensor& x, const Tensor& dy, const Convolution& c) {
  // The batch is cut first, as long as the partial weight gradients stay small compared with the work, then the weight:
  // narrow products are slow.
  constexpr std::int64_t most_partial = 1 << 20;  // elements
  const std::int64_t weights = std::max<std::int64_t>(c.groups * c.weight_step(), 1);
  const std::int64_t parts = std::max<std::int64_t>(
      std::min({c.batch, ceiling(tasks_wanted, c.groups), std::max<std::int64_t>(most_partial / weights, 1)}), 1);
  const std::int64_t blocks =
      std::clamp<std::int64_t>(ceiling(tasks_wanted, c.groups * parts), 1, std::max<std::int64_t>(c.depth() / 64, 1));
  Shape shape = c.weight();
  shape.insert(0, parts);
  const Tensor partial = empty(shape, x.dtype());
  with_floating("conv_weight_gradient", x.dtype(), [&]<class T>() {
    const Tensor of_x = contiguous_data(x), of_dy = contiguous_data(dy);
    backward_weight(c, parts, blocks, read<T>(of_x), read<T>(of_dy), fill<T>(partial));
  });
  const Tensor dweight = parts == 1 ? reshape(partial, c.weight()) : sum(partial, 0);
  return differentiable("conv_weight_gradient", {x, dy}, dweight, [x, dy, c](const Tensor& ddw) {
    return Gradients{[&] { return input_gradient("conv_weight_gradient", dy, ddw, c); },
                     [&] { return convolve("conv_weight_gradient", x, ddw, {}, c); }};
  });
}

/// Window along one axis, without the lengths of image and output.
kernels::WindowAxis axis_of(const char* op, std::int64_t window, std::int64_t stride, std::int64_t padding,
                            std::int64_t dilation) {
  if (stride < 1) fail("{}: the stride is {}, but it must be positive", op, stride);
  if (padding < 0) fail("{}: the padding is {}, but it must not be negative", op, padding);
  if (dilation < 1) fail("{}: the dilation is {}, but it must be positive", op, dilation);
  if (window < 1) fail("{}: the window is {} long, but it must be at least 1", op, window);
  return {.window = window, .stride = stride, .padding = padding, .dilation = dilation};
}

/// Number of elements that a window covers.
std::int64_t span_of(const char* op, const kernels::WindowAxis& axis, const Tensor& x) {
  return add_sizes(op, multiply_sizes(op, axis.dilation, axis.window - 1, x), 1, x);
}

void check_operands(const char* op, const Tensor& x, const Tensor& weight, int axes, std::int64_t groups,
                    bool transposed) {
  check_same_dtype(op, "x", x, "weight", weight);
  if (!is_floating(x.dtype())) wrong_dtype(op, x.dtype(), "float32 or float64");
  if (x.rank() != axes + 2 || weight.rank() != axes + 2)
    fail("{}: x is {} and weight is {}, but both must have {} axes", op, to_string(x.shape()),
         to_string(weight.shape()), axes + 2);
  const std::int64_t channels = x.size(1);
  if (groups < 1 || groups > std::max({weight.size(0), channels, std::int64_t{1}}) || weight.size(0) % groups != 0 ||
      (transposed ? weight.size(0) != channels : weight.size(1) != channels / groups || channels % groups != 0))
    fail("{}: x is {} and weight is {}, but with {} {} weight must be {}, and groups divide channels and out", op,
         to_string(x.shape()), to_string(weight.shape()), groups, groups == 1 ? "group" : "groups",
         transposed ? "[channels, out / groups, ...]" : "[out, channels / groups, ...]");
}

void check_bias(const char* op, const Tensor& bias, std::int64_t out, DType dtype) {
  if (bias && (bias.shape() != Shape{out} || bias.dtype() != dtype))
    fail("{}: bias is {} {}, but it must be {} [{}]", op, name(bias.dtype()), to_string(bias.shape()), name(dtype),
         out);
}

/// x and weight have height and width.
Tensor convolution(const char* op, const Tensor& x, const Tensor& weight, const Tensor& bias,
                   const Conv2dOptions& options) {
  const std::int64_t groups = options.groups;
  check_bias(op, bias, weight.size(0), x.dtype());
  Convolution c{
      .batch = x.size(0),
      .groups = groups,
      .in = weight.size(1),
      .out = weight.size(0) / groups,
      .windows = {axis_of(op, weight.size(2), options.stride.height, options.padding.height, options.dilation.height),
                  axis_of(op, weight.size(3), options.stride.width, options.padding.width, options.dilation.width)}};
  c.windows.height.in = x.size(2);
  c.windows.width.in = x.size(3);
  for (kernels::WindowAxis* axis : {&c.windows.height, &c.windows.width}) {
    const std::int64_t span = span_of(op, *axis, x),
                       room = add_sizes(op, axis->in, multiply_sizes(op, 2, axis->padding, x), x);
    if (span > room) fail("{}: the window spans {} elements, but with padding there are only {}", op, span, room);
    axis->out = (room - span) / axis->stride + 1;
    axis->stride = std::min(axis->stride, room);  // any longer stride gives the same single place
  }
  return convolve(op, x, weight, bias, c);
}

Tensor transposed_convolution(const char* op, const Tensor& x, const Tensor& weight, const Tensor& bias,
                              const ConvTranspose2dOptions& options) {
  const std::int64_t groups = options.groups;
  check_bias(op, bias, multiply_sizes(op, weight.size(1), groups), x.dtype());
  Convolution c{
      .batch = x.size(0),
      .groups = groups,
      .in = weight.size(1),
      .out = weight.size(0) / groups,
      .windows = {axis_of(op, weight.size(2), options.stride.height, options.padding.height, options.dilation.height),
                  axis_of(op, weight.size(3), options.stride.width, options.padding.width, options.dilation.width)}};
  const auto lengths = [&](kernels::WindowAxis& axis, std::int64_t length, std::int64_t more) {
    if (more < 0 || more >= std::max(axis.stride, axis.dilation))
      fail("{}: the output padding is {}, but it must not be negative, and must be less than stride or dilation", op,
           more);
    axis.out = length;
    const std::int64_t steps = multiply_sizes(op, length - 1, axis.stride, x);
    const std::int64_t begin = subtract_sizes(op, steps, multiply_sizes(op, 2, axis.padding, x), x);
    axis.in = add_sizes(op, begin, add_sizes(op, span_of(op, axis, x), more, x), x);
    if (length == 1 && axis.in > 0) axis.stride = std::min(axis.stride, axis.in + 2 * axis.padding);
    if (length < 1 || axis.in < 1) fail("{}: x is {}, so the output would be empty", op, to_string(x.shape()));
  };
  lengths(c.windows.height, x.size(2), options.output_padding.height);
  lengths(c.windows.width, x.size(3), options.output_padding.width);
  const Tensor y = input_gradient(op, x, weight, c);
  return bias ? y + reshape(bias, {bias.elements(), 1, 1}) : y;
}

}  // namespace

Tensor conv1d(const Tensor& x, const Tensor& weight, const Tensor& bias, const Conv1dOptions& options) {
  check_operands("conv1d", x, weight, 1, options.groups, false);
  return detail::without_height(convolution("conv1d", detail::with_height(x), detail::with_height(weight), bias,
                                            {.stride = {1, options.stride},
                                             .padding = {0, options.padding},
                                             .dilation = {1, options.dilation},
                                             .groups = options.groups}));
}

Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias, const Conv2dOptions& options) {
  check_operands("conv2d", x, weight, 2, options.groups, false);
  return convolution("conv2d", x, weight, bias, options);
}

Tensor conv_transpose1d(const Tensor& x, const Tensor& weight, const Tensor& bias,
                        const ConvTranspose1dOptions& options) {
  check_operands("conv_transpose1d", x, weight, 1, options.groups, true);
  return detail::without_height(transposed_convolution("conv_transpose1d", detail::with_height(x),
                                                       detail::with_height(weight), bias,
                                                       {.stride = {1, options.stride},
                                                        .padding = {0, options.padding},
                                                        .output_padding = {0, options.output_padding},
                                                        .dilation = {1, options.dilation},
                                                        .groups = options.groups}));
}

Tensor conv_transpose2d(const Tensor& x, const Tensor& weight, const Tensor& bias,
                        const ConvTranspose2dOptions& options) {
  check_operands("conv_transpose2d", x, weight, 2, options.groups, true);
  return transposed_convolution("conv_transpose2d", x, weight, bias, options);
}

}  // namespace heed
