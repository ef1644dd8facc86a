#include "pooling.h"

#include <algorithm>
#include <limits>

#include "../../graph/create.h"
#include "../../graph/fail.h"
#include "../../graph/support/size.h"
#include "../support/elementwise.h"
#include "../support/reduction.h"

namespace heed {
using namespace heed::detail;

namespace {

/// Windows along one axis.
struct Axis {
  std::int64_t in, out = 0, window = 0, stride = 1, padding = 0, dilation = 1;
  bool adaptive = false;

  /// Elements of the window at a place: first, first + dilation, ... before last.
  std::int64_t first(std::int64_t place) const {
    if (adaptive) return place * in / out;
    const std::int64_t begin = place * stride - padding;
    return begin >= 0 ? begin : begin + (-begin + dilation - 1) / dilation * dilation;
  }
  std::int64_t last(std::int64_t place) const {
    if (adaptive) return ((place + 1) * in + out - 1) / out;
    return std::min(place * stride - padding + (window - 1) * dilation + 1, in);
  }
  std::int64_t count(std::int64_t place) const { return (last(place) - first(place) + dilation - 1) / dilation; }
};

struct Pool {
  std::int64_t batch, channels;
  Axis height, width;
  bool count_include_pad;

  Shape input() const { return {batch, channels, height.in, width.in}; }
  Shape output() const { return {batch, channels, height.out, width.out}; }
  std::int64_t planes() const { return batch * channels; }
  std::int64_t pixels() const { return height.in * width.in; }
  std::int64_t places() const { return height.out * width.out; }
  double nanoseconds() const {  // per plane
    const double each = height.adaptive ? static_cast<double>(pixels()) / static_cast<double>(places()) + 1
                                        : static_cast<double>(height.window) * static_cast<double>(width.window);
    return 1 + static_cast<double>(places()) * (5 + each);
  }
  std::int64_t divisor(std::int64_t y, std::int64_t x) const {
    return count_include_pad && !height.adaptive ? height.window * width.window : height.count(y) * width.count(x);
  }

  /// Calls place(index of the place, y, x) for each, in order.
  template <class Place>
  void each_place(const Place& place) const {
    for (std::int64_t y = 0, index = 0; y < height.out; ++y)
      for (std::int64_t x = 0; x < width.out; ++x) place(index++, y, x);
  }
  /// Calls pixel(index of the pixel) for each element of a window, in order.
  template <class Pixel>
  void each_pixel(std::int64_t y, std::int64_t x, const Pixel& pixel) const {
    for (std::int64_t row = height.first(y); row < height.last(y); row += height.dilation)
      for (std::int64_t column = width.first(x); column < width.last(x); column += width.dilation)
        pixel(row * width.in + column);
  }
};

/// Computes a tensor of `shape` from x, plane by plane: body(plane, pointer to a plane of x, to that of y). Each task
/// writes separate planes.
template <class Body>
Tensor by_plane(const char* op, const Pool& pool, const Tensor& x, const Shape& shape, const Body& body) {
  Tensor y = empty(shape, x.dtype());
  with_floating(op, x.dtype(), [&]<class T>() {
    const Tensor contiguous_data = no_grad([&] { return contiguous(x.detach()); });
    const T* from = read<T>(contiguous_data);
    T* to = fill<T>(y);
    const std::int64_t planes = std::max<std::int64_t>(pool.planes(), 1);
    const std::int64_t step_x = x.elements() / planes, step_y = y.elements() / planes;
    parallel(pool.planes(), pool.nanoseconds(), [&](Range part) {
      for (std::int64_t plane = part.begin; plane < part.end; ++plane)
        body(plane, from + plane * step_x, to + plane * step_y);
    });
  });
  return y;
}

Tensor spread(const char* op, const Tensor& dy, const Pool& pool);

Tensor average(const char* op, const Tensor& x, const Pool& pool) {
  const Tensor means = by_plane(op, pool, x, pool.output(), [&]<class T>(std::int64_t, const T* from, T* to) {
    pool.each_place([&](std::int64_t place, std::int64_t row, std::int64_t column) {
      Accumulator<T> total = 0;
      pool.each_pixel(row, column, [&](std::int64_t pixel) { total += static_cast<Accumulator<T>>(from[pixel]); });
      to[place] = static_cast<T>(total / static_cast<Accumulator<T>>(pool.divisor(row, column)));
    });
  });
  return differentiable(op, {x}, means, [op, pool](const Tensor& dy) { return Gradients{spread(op, dy, pool)}; });
}

/// The gradient of average.
Tensor spread(const char* op, const Tensor& dy, const Pool& pool) {
  const Tensor dx = by_plane(op, pool, dy, pool.input(), [&]<class T>(std::int64_t, const T* from, T* to) {
    std::fill_n(to, pool.pixels(), T{0});
    pool.each_place([&](std::int64_t place, std::int64_t row, std::int64_t column) {
      const T share = from[place] / static_cast<T>(pool.divisor(row, column));
      pool.each_pixel(row, column, [&](std::int64_t pixel) { to[pixel] += share; });
    });
  });
  return differentiable(op, {dy}, dx, [op, pool](const Tensor& ddx) { return Gradients{average(op, ddx, pool)}; });
}

constexpr std::int64_t no_pixel = -1;  // index for a window entirely in the padding

Tensor put(const char* op, const Tensor& dy, const Tensor& chosen, const Pool& pool);

/// Takes the pixels of each plane with the indices `chosen`, int64 of the shape of the output; `otherwise` for
/// no_pixel.
Tensor take(const char* op, const Tensor& x, const Tensor& chosen, const Pool& pool, double otherwise) {
  const std::int64_t* pixels = read<std::int64_t>(chosen);
  const Tensor y = by_plane(op, pool, x, pool.output(), [&]<class T>(std::int64_t plane, const T* from, T* to) {
    const std::int64_t* of_plane = pixels + plane * pool.places();
    for (std::int64_t place = 0; place < pool.places(); ++place)
      to[place] = of_plane[place] == no_pixel ? static_cast<T>(otherwise) : from[of_plane[place]];
  });
  return differentiable(op, {x}, y,
                        [op, chosen, pool](const Tensor& dy) { return Gradients{put(op, dy, chosen, pool)}; });
}

/// The gradient of take.
Tensor put(const char* op, const Tensor& dy, const Tensor& chosen, const Pool& pool) {
  const std::int64_t* pixels = read<std::int64_t>(chosen);
  const Tensor dx = by_plane(op, pool, dy, pool.input(), [&]<class T>(std::int64_t plane, const T* from, T* to) {
    std::fill_n(to, pool.pixels(), T{0});
    const std::int64_t* of_plane = pixels + plane * pool.places();
    for (std::int64_t place = 0; place < pool.places(); ++place)
      if (of_plane[place] != no_pixel) to[of_plane[place]] += from[place];
  });
  return differentiable(op, {dy}, dx,
                        [op, chosen, pool](const Tensor& ddx) { return Gradients{take(op, ddx, chosen, pool, 0)}; });
}

Tensor maximum(const char* op, const Tensor& x, const Pool& pool) {
  const Tensor chosen = empty(pool.output(), int64);
  std::int64_t* const all = fill<std::int64_t>(chosen);
  by_plane(op, pool, x, {pool.batch, pool.channels}, [&]<class T>(std::int64_t plane, const T* from, T*) {
    pool.each_place([&](std::int64_t place, std::int64_t row, std::int64_t column) {
      std::int64_t best = no_pixel;
      pool.each_pixel(row, column, [&](std::int64_t pixel) {
        if (best == no_pixel || from[pixel] > from[best] || (from[pixel] != from[pixel] && from[best] == from[best]))
          best = pixel;
      });
      all[plane * pool.places() + place] = best;
    });
  });
  return take(op, x, chosen, pool, -std::numeric_limits<double>::infinity());
}

void check_input(const char* op, const Tensor& x, int axes) {
  if (!is_floating(x.dtype())) wrong_dtype(op, x.dtype(), "float32 or float64");
  if (x.rank() != axes + 2)
    fail("{}: x is {}, but it must be {}", op, to_string(x.shape()),
         axes == 1 ? "[batch, channels, length]" : "[batch, channels, height, width]");
}

Axis sliding(const char* op, const Tensor& x, std::int64_t in, std::int64_t window, std::int64_t stride,
             std::int64_t padding, std::int64_t dilation) {
  if (window < 1) fail("{}: the window is {} long, but it must be at least 1", op, window);
  if (stride < 0) fail("{}: the stride is {}, but it must not be negative", op, stride);
  if (dilation < 1) fail("{}: the dilation is {}, but it must be positive", op, dilation);
  if (padding < 0 || padding > window / 2)
    fail("{}: the padding is {}, but it must be between 0 and half the window, which is {} long", op, padding, window);
  const std::int64_t span = add_sizes(op, multiply_sizes(op, dilation, window - 1, x), 1, x);
  const std::int64_t room = add_sizes(op, in, 2 * padding, x);
  if (span > room || in == 0)
    fail("{}: the window spans {} elements, but with padding there are only {}", op, span, room);
  if (stride == 0) stride = window;
  if (window == 1) dilation = 1;  // it has no effect
  return {.in = in,
          .out = (room - span) / stride + 1,
          .window = window,
          .stride = stride,
          .padding = padding,
          .dilation = dilation};
}

Axis covering(const char* op, const Tensor& x, std::int64_t in, std::int64_t out) {
  if (out < 1 || in < 1) fail("{}: {} elements cannot be covered by {} windows", op, in, out);
  multiply_sizes(op, in, add_sizes(op, out, 1, x), x);  // the bounds of windows are computed from such products
  return {.in = in, .out = out, .adaptive = true};
}

using Values = Tensor (*)(const char* op, const Tensor& x, const Pool& pool);

Tensor pool1d(const char* op, Values values, const Tensor& x, std::int64_t window, const Pool1dOptions& options) {
  check_input(op, x, 1);
  const Axis width = sliding(op, x, x.size(2), window, options.stride, options.padding, options.dilation);
  const Pool pool{x.size(0), x.size(1), sliding(op, x, 1, 1, 1, 0, 1), width, options.count_include_pad};
  return detail::without_height(values(op, detail::with_height(x), pool));
}

Tensor pool2d(const char* op, Values values, const Tensor& x, Pair window, const Pool2dOptions& options) {
  check_input(op, x, 2);
  const Axis height =
      sliding(op, x, x.size(2), window.height, options.stride.height, options.padding.height, options.dilation.height);
  const Axis width =
      sliding(op, x, x.size(3), window.width, options.stride.width, options.padding.width, options.dilation.width);
  multiply_sizes(op, height.window, width.window, x);  // the divisor of a mean
  return values(op, x, {x.size(0), x.size(1), height, width, options.count_include_pad});
}

Tensor adaptive1d(const char* op, Values values, const Tensor& x, std::int64_t length) {
  check_input(op, x, 1);
  const Pool pool{x.size(0), x.size(1), covering(op, x, 1, 1), covering(op, x, x.size(2), length), false};
  return detail::without_height(values(op, detail::with_height(x), pool));
}

Tensor adaptive2d(const char* op, Values values, const Tensor& x, Pair lengths) {
  check_input(op, x, 2);
  const Axis height = covering(op, x, x.size(2), lengths.height), width = covering(op, x, x.size(3), lengths.width);
  return values(op, x, {x.size(0), x.size(1), height, width, false});
}

}  // namespace

Tensor max_pool1d(const Tensor& x, Size window, const Pool1dOptions& options) {
  return pool1d("max_pool1d", maximum, x, window, options);
}

Tensor max_pool2d(const Tensor& x, Pair window, const Pool2dOptions& options) {
  return pool2d("max_pool2d", maximum, x, window, options);
}

Tensor avg_pool1d(const Tensor& x, Size window, const Pool1dOptions& options) {
  if (options.dilation != 1) fail("avg_pool1d: the dilation is {}, but it must be 1", options.dilation);
  return pool1d("avg_pool1d", average, x, window, options);
}

Tensor avg_pool2d(const Tensor& x, Pair window, const Pool2dOptions& options) {
  if (options.dilation.height != 1 || options.dilation.width != 1)
    fail("avg_pool2d: the dilation is {} and {}, but it must be 1", options.dilation.height, options.dilation.width);
  return pool2d("avg_pool2d", average, x, window, options);
}

Tensor adaptive_max_pool1d(const Tensor& x, Size length) {
  return adaptive1d("adaptive_max_pool1d", maximum, x, length);
}

Tensor adaptive_avg_pool1d(const Tensor& x, Size length) {
  return adaptive1d("adaptive_avg_pool1d", average, x, length);
}

Tensor adaptive_max_pool2d(const Tensor& x, Pair lengths) {
  return adaptive2d("adaptive_max_pool2d", maximum, x, lengths);
}

Tensor adaptive_avg_pool2d(const Tensor& x, Pair lengths) {
  return adaptive2d("adaptive_avg_pool2d", average, x, lengths);
}

}  // namespace heed
