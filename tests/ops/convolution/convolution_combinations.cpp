// Convolutions with random options, which cover all code paths, compared with loops over the terms x * weight of each
// element of y, which give the gradients too.
// Also tests ops/convolution/image.h.

#include <heed/autodiff/backward.h>
#include <heed/graph/create.h>
#include <heed/ops/convolution/convolution.h>
#include <heed/ops/random/random.h>

#include <random>

#include "catch.h"

using namespace heed;

namespace {

/// One axis of a convolution: the long side is x of conv, or y of conv_transpose.
struct Line {
  std::int64_t long_side, short_side, window, stride, padding, output_padding, dilation;
};

struct Combination {
  bool transposed;
  std::int64_t batch, groups, in, out;  // channels of one group, on the long and the short side
  Line height, width;
};

/// Calls term(place on the long side, place of the weight, place on the short side), as offsets, for each product.
template <class Term>
void each_term(const Combination& c, const Term& term) {
  const Line &height = c.height, &width = c.width;
  for (std::int64_t n = 0; n < c.batch; ++n)
    for (std::int64_t g = 0; g < c.groups; ++g)
      for (std::int64_t o = 0; o < c.out; ++o)
        for (std::int64_t i = 0; i < c.in; ++i)
          for (std::int64_t y = 0; y < height.short_side; ++y)
            for (std::int64_t x = 0; x < width.short_side; ++x)
              for (std::int64_t v = 0; v < height.window; ++v)
                for (std::int64_t h = 0; h < width.window; ++h) {
                  const std::int64_t row = y * height.stride - height.padding + v * height.dilation;
                  const std::int64_t column = x * width.stride - width.padding + h * width.dilation;
                  if (row < 0 || row >= height.long_side || column < 0 || column >= width.long_side) continue;
                  const std::int64_t of_long = (n * c.groups + g) * c.in + i, of_short = (n * c.groups + g) * c.out + o;
                  term((of_long * height.long_side + row) * width.long_side + column,
                       (((g * c.out + o) * c.in + i) * height.window + v) * width.window + h,
                       (of_short * height.short_side + y) * width.short_side + x);
                }
}

Tensor call(const Combination& c, bool one_axis, const Tensor& x, const Tensor& weight) {
  const Line &height = c.height, &width = c.width;
  if (one_axis && c.transposed)
    return conv_transpose1d(x, weight, {},
                            {width.stride, width.padding, width.output_padding, width.dilation, c.groups});
  if (one_axis) return conv1d(x, weight, {}, {width.stride, width.padding, width.dilation, c.groups});
  const Pair stride{height.stride, width.stride}, padding{height.padding, width.padding},
      dilation{height.dilation, width.dilation}, more{height.output_padding, width.output_padding};
  if (c.transposed) return conv_transpose2d(x, weight, {}, {stride, padding, more, dilation, c.groups});
  return conv2d(x, weight, {}, {stride, padding, dilation, c.groups});
}

Shape shape_of(bool one_axis, std::int64_t a, std::int64_t b, std::int64_t height, std::int64_t width) {
  return one_axis ? Shape{a, b, width} : Shape{a, b, height, width};
}

void require_close(const Tensor& found, const std::vector<double>& expected) {
  const auto values = found.to_vector<double>();
  REQUIRE(values.size() == expected.size());
  for (std::size_t i = 0; i < values.size(); ++i) REQUIRE(values[i] == Approx(expected[i]).margin(1e-9));
}

void check(const Combination& c, bool one_axis) {
  CAPTURE(c.transposed, one_axis, c.batch, c.groups, c.in, c.out);
  for (const Line* line : {&c.height, &c.width})
    UNSCOPED_INFO("long " << line->long_side << " short " << line->short_side << " window " << line->window
                          << " stride " << line->stride << " padding " << line->padding << " output_padding "
                          << line->output_padding << " dilation " << line->dilation);
  const Tensor long_side = normal(shape_of(one_axis, c.batch, c.groups * c.in, c.height.long_side, c.width.long_side),
                                  0, 1, float64),
               short_side =
                   normal(shape_of(one_axis, c.batch, c.groups * c.out, c.height.short_side, c.width.short_side), 0, 1,
                          float64),
               weight =
                   normal(shape_of(one_axis, c.groups * c.out, c.in, c.height.window, c.width.window), 0, 1, float64);
  const Tensor &x = c.transposed ? short_side : long_side, &dy = c.transposed ? long_side : short_side;
  x.require_grad();
  weight.require_grad();
  const Tensor y = call(c, one_axis, x, weight);
  REQUIRE(y.shape() == dy.shape());
  const auto gradients = grad(std::array{y}, std::array{x, weight}, {.output_gradients = {dy}});

  const auto in_x = x.to_vector<double>(), in_weight = weight.to_vector<double>(), in_dy = dy.to_vector<double>();
  std::vector<double> out(in_dy.size()), dx(in_x.size()), dweight(in_weight.size());
  each_term(c, [&](std::int64_t of_long, std::int64_t of_weight, std::int64_t of_short) {
    const auto w = static_cast<std::size_t>(of_weight);
    const auto i = static_cast<std::size_t>(c.transposed ? of_short : of_long);
    const auto o = static_cast<std::size_t>(c.transposed ? of_long : of_short);
    out[o] += in_x[i] * in_weight[w];
    dx[i] += in_dy[o] * in_weight[w];
    dweight[w] += in_dy[o] * in_x[i];
  });
  require_close(y, out);
  require_close(gradients[0], dx);
  require_close(gradients[1], dweight);
}

class Chooser {
 public:
  std::int64_t from(std::int64_t least, std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(least, most)(engine_);
  }
  /// Draws an axis; window 1 and stride 1 are frequent, since the fast paths need them.
  Line line(bool transposed) {
    for (;;) {
      Line line{.long_side = 0,
                .short_side = 0,
                .window = from(0, 2) == 0 ? 1 : from(1, 4),
                .stride = from(0, 1) == 0 ? 1 : from(1, 3),
                .padding = from(0, 1) == 0 ? 0 : from(0, 4),
                .output_padding = 0,
                .dilation = from(0, 1) == 0 ? 1 : from(1, 3)};
      const std::int64_t span = line.dilation * (line.window - 1) + 1;
      if (transposed) {
        line.short_side = from(1, 5);
        line.output_padding = from(0, std::max(line.stride, line.dilation) - 1);
        line.long_side = (line.short_side - 1) * line.stride - 2 * line.padding + span + line.output_padding;
        if (line.long_side > 0) return line;
      } else {
        line.long_side = from(1, 7);
        if (line.long_side + 2 * line.padding < span) continue;
        line.short_side = (line.long_side + 2 * line.padding - span) / line.stride + 1;
        return line;
      }
    }
  }

 private:
  std::mt19937_64 engine_{1};
};

}  // namespace

TEST_CASE("convolutions with any combination of options agree with the sums of their terms") {
  Chooser choose;
  for (int i = 0; i < 1200; ++i) {
    const bool transposed = i % 2 == 0, one_axis = i % 3 == 0;
    const bool depthwise = choose.from(0, 2) == 0;
    Combination c{.transposed = transposed,
                  .batch = choose.from(1, 2),
                  .groups = choose.from(1, 3),
                  .in = depthwise ? 1 : choose.from(1, 3),
                  .out = choose.from(1, depthwise ? 2 : 3),
                  .height = {1, 1, 1, 1, 0, 0, 1},
                  .width = choose.line(transposed)};
    if (!one_axis) c.height = choose.line(transposed);
    check(c, one_axis);
  }
}

TEST_CASE("a transposed convolution with a window of one element and padding has the right gradients") {
  check({.transposed = true,
         .batch = 1,
         .groups = 1,
         .in = 2,
         .out = 3,
         .height = {1, 1, 1, 1, 0, 0, 1},
         .width = {5, 5, 1, 1, 1, 2, 3}},
        true);
}

TEST_CASE("windows entirely in the padding give the bias") {
  const Tensor x = tensor({2.0f}, {1, 1, 1}), weight = tensor({3.0f, 5.0f}, {1, 1, 2}), bias = tensor({7.0f});
  const Tensor y = conv1d(x, weight, bias, {.padding = 3, .dilation = 2});
  REQUIRE(y.to_vector<float>() == std::vector<float>{7, 17, 7, 13, 7});
}
