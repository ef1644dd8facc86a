#include <algorithm>

#include "catch.h"
#include "ops/table.h"

using namespace heed;
using namespace table;

namespace {

/// Reference:  x [batch, channels, height, width], weight [out, channels / groups, ...], and optionally bias [out].
Array convolved(const std::vector<Array>& x, const Conv2dOptions& o) {
  const Shape &image = x[0].shape, &weight = x[1].shape;
  const auto length = [](std::int64_t in, std::int64_t window, std::int64_t stride, std::int64_t padding,
                         std::int64_t dilation) {
    return (in + 2 * padding - dilation * (window - 1) - 1) / stride + 1;
  };
  const std::int64_t height = length(image[2], weight[2], o.stride.height, o.padding.height, o.dilation.height),
                     width = length(image[3], weight[3], o.stride.width, o.padding.width, o.dilation.width);
  Array y({image[0], weight[0], height, width});
  for (std::int64_t i = 0; i < y.size(); ++i) {
    const Shape at = place_of(i, y.shape);
    if (x.size() > 2) y[i] = x[2][at[1]];
    const std::int64_t first = at[1] / (weight[0] / o.groups) * weight[1];
    for (std::int64_t j = 0; j < weight[1] * weight[2] * weight[3]; ++j) {
      const Shape tap = place_of(j, {weight[1], weight[2], weight[3]});
      const std::int64_t row = at[2] * o.stride.height - o.padding.height + tap[1] * o.dilation.height,
                         column = at[3] * o.stride.width - o.padding.width + tap[2] * o.dilation.width;
      if (row < 0 || row >= image[2] || column < 0 || column >= image[3]) continue;
      y[i] += x[0].at({at[0], first + tap[0], row, column}) * x[1].at({at[1], tap[0], tap[1], tap[2]});
    }
  }
  return y;
}

/// Reference of the transposed convolution, by the outputs that each element of x contributes to:  x [batch, channels,
/// ...], weight [channels, out / groups, ...].
Array transposed(const std::vector<Array>& x, const ConvTranspose2dOptions& o) {
  const Shape &image = x[0].shape, &weight = x[1].shape;
  const auto length = [](std::int64_t in, std::int64_t window, std::int64_t stride, std::int64_t padding,
                         std::int64_t dilation, std::int64_t more) {
    return (in - 1) * stride - 2 * padding + dilation * (window - 1) + 1 + more;
  };
  Array y({image[0], weight[1] * o.groups,
           length(image[2], weight[2], o.stride.height, o.padding.height, o.dilation.height, o.output_padding.height),
           length(image[3], weight[3], o.stride.width, o.padding.width, o.dilation.width, o.output_padding.width)});
  for (std::int64_t i = 0; x.size() > 2 && i < y.size(); ++i) y[i] = x[2][place_of(i, y.shape)[1]];
  for (std::int64_t i = 0; i < x[0].size(); ++i) {
    const Shape at = place_of(i, image);
    const std::int64_t first = at[1] / (image[1] / o.groups) * weight[1];
    for (std::int64_t j = 0; j < weight[1] * weight[2] * weight[3]; ++j) {
      const Shape tap = place_of(j, {weight[1], weight[2], weight[3]});
      const std::int64_t row = at[2] * o.stride.height - o.padding.height + tap[1] * o.dilation.height,
                         column = at[3] * o.stride.width - o.padding.width + tap[2] * o.dilation.width;
      if (row < 0 || row >= y.shape[2] || column < 0 || column >= y.shape[3]) continue;
      y.at({at[0], first + tap[0], row, column}) += x[0][i] * x[1].at({at[1], tap[0], tap[1], tap[2]});
    }
  }
  return y;
}

Array with_height(Array x) {
  x.shape.insert(2, 1);
  return x;
}
Array without_height(Array y) {
  y.shape.erase(2);
  return y;
}

std::vector<Array> as_images(const std::vector<Array>& x) {
  std::vector<Array> images = {with_height(x[0]), with_height(x[1])};
  if (x.size() > 2) images.push_back(x[2]);
  return images;
}

Tensor bias_of(const std::vector<Tensor>& x) { return x.size() > 2 ? x[2] : Tensor{}; }

/// A convolution is linear in each operand, but not with a bias.
bool has_no_bias(const std::vector<std::vector<Shape>>& shapes) {
  return std::ranges::all_of(shapes, [](const auto& of_one) { return of_one.size() == 2; });
}

void check_conv2d(const Conv2dOptions& options, const std::vector<std::vector<Shape>>& shapes) {
  check_op({.op = [&](auto& x) { return conv2d(x[0], x[1], bias_of(x), options); },
            .reference = [&](auto& x) { return convolved(x, options); },
            .multilinear = has_no_bias(shapes),
            .shapes = shapes,
            .float32_tolerance = 5e-6});
}

}  // namespace

TEST_CASE("conv2d", "[ops]") {
  check_conv2d({}, {{{2, 2, 4, 3}, {3, 2, 2, 2}, {3}},
                    {{1, 1, 1, 1}, {1, 1, 1, 1}, {1}},
                    {{2, 3, 2, 3}, {4, 3, 1, 1}, {4}},
                    {{0, 2, 3, 3}, {2, 2, 2, 2}, {2}}});
  check_conv2d({.stride = 2, .padding = 1}, {{{1, 2, 5, 4}, {2, 2, 3, 3}}});
  check_conv2d({.stride = {1, 3}, .padding = {2, 0}, .dilation = {2, 1}}, {{{2, 1, 3, 7}, {2, 1, 2, 3}, {2}}});
  check_conv2d({.padding = {0, 3}, .dilation = {1, 3}}, {{{1, 1, 2, 3}, {2, 1, 1, 3}}});
  check_conv2d({.groups = 2}, {{{1, 4, 3, 3}, {2, 2, 2, 2}, {2}}, {{2, 4, 2, 2}, {6, 2, 1, 1}, {6}}});
  check_conv2d({.padding = 1, .groups = 3}, {{{1, 3, 3, 2}, {3, 1, 3, 3}, {3}}});
  // Depthwise.
  check_conv2d({.groups = 3}, {{{2, 3, 4, 5}, {3, 1, 2, 3}, {3}}, {{1, 3, 2, 2}, {6, 1, 1, 1}}});
  check_conv2d({.padding = {3, 1}, .dilation = {1, 2}, .groups = 2}, {{{2, 2, 3, 4}, {4, 1, 3, 2}, {4}}});
  check_conv2d({.padding = {0, 2}, .dilation = {3, 1}, .groups = 2}, {{{1, 2, 4, 1}, {2, 1, 2, 3}}});
  check_conv2d({.stride = {1, 2}, .padding = 1, .groups = 2}, {{{1, 2, 4, 3}, {2, 1, 3, 2}, {2}}});
  check_conv2d({.stride = 2}, {{{1, 2, 5, 5}, {3, 2, 2, 2}, {3}}});  // patches; the last row and column are ignored
  REQUIRE(conv2d(zeros({1, 0, 2, 2}), zeros({2, 0, 2, 2}), tensor({3.0f, 4.0f})).to_vector<float>() ==
          std::vector<float>{3, 4});  // without channels only the bias remains
  const auto throws = [](const std::string& sentence, const Shape& x, const Shape& weight, const Conv2dOptions& o,
                         const Tensor& bias = {}) {
    REQUIRE_THROWS_WITH(conv2d(zeros(x), zeros(weight), bias, o), sentence);
  };
  throws("conv2d: x is [2, 3, 4] and weight is [2, 3, 1, 1], but both must have 4 axes", {2, 3, 4}, {2, 3, 1, 1}, {});
  throws(
      "conv2d: x is [2, 3, 4, 4] and weight is [2, 2, 1, 1], but with 1 group weight must be [out, channels / "
      "groups, ...], and groups divide channels and out",
      {2, 3, 4, 4}, {2, 2, 1, 1}, {});
  throws(
      "conv2d: x is [2, 4, 4, 4] and weight is [3, 2, 1, 1], but with 2 groups weight must be [out, channels / "
      "groups, ...], and groups divide channels and out",
      {2, 4, 4, 4}, {3, 2, 1, 1}, {.groups = 2});
  throws("conv2d: the window spans 5 elements, but with padding there are only 4", {1, 1, 2, 9}, {1, 1, 3, 1},
         {.padding = 1, .dilation = 2});
  throws("conv2d: the stride is 0, but it must be positive", {1, 1, 2, 2}, {1, 1, 1, 1}, {.stride = 0});
  throws("conv2d: the padding is -1, but it must not be negative", {1, 1, 2, 2}, {1, 1, 1, 1}, {.padding = -1});
  throws("conv2d: the dilation is 0, but it must be positive", {1, 1, 2, 2}, {1, 1, 1, 1}, {.dilation = 0});
  throws("conv2d: the window is 0 long, but it must be at least 1", {1, 1, 2, 2}, {1, 1, 0, 1}, {});
  throws("conv2d: bias is float32 [3], but it must be float32 [1]", {1, 1, 2, 2}, {1, 1, 1, 1}, {}, zeros({3}));
  REQUIRE_THROWS_WITH(
      conv2d(zeros({1, 1, 2, 2}), zeros({1, 1, 1, 1}, float64)),
      "conv2d: x is float32 and weight is float64, but both must have the same dtype; cast one of them");
  REQUIRE_THROWS_WITH(conv2d(zeros({1, 1, 2, 2}, int64), zeros({1, 1, 1, 1}, int64)),
                      "conv2d: the tensor is int64, but it must be float32 or float64");
}

TEST_CASE("conv2d in several parts gives the same bits for any number of threads", "[ops]") {
  for (const Shape& x : {Shape{1, 3, 70, 90}, Shape{20, 8, 9, 11}}) {
    const Shape weight{6, x[1], 3, 3};
    const std::vector<Array> inputs = {random_array(x, 1), random_array(weight, 2)};
    require_near(conv2d(to_tensor(inputs[0]), to_tensor(inputs[1]), {}, {.padding = 1}),
                 convolved(inputs, {.padding = 1}), 1e-12);
    check_op({.op = [&](auto& t) { return conv2d(t[0], t[1], {}, {.padding = 1}); },
              .multilinear = true,
              .shapes = {{{1, 1, 2, 2}, {1, 1, 3, 3}}},
              .large = {x, weight}});
  }
}

TEST_CASE("depthwise convolutions of many channels give the same bits for any number of threads", "[ops]") {
  const Shape x{3, 40, 17, 19}, weight{40, 1, 3, 5};
  const Conv2dOptions options{.padding = {1, 2}, .groups = 40};
  const std::vector<Array> inputs = {random_array(x, 1), random_array(weight, 2)};
  require_near(conv2d(to_tensor(inputs[0]), to_tensor(inputs[1]), {}, options), convolved(inputs, options), 1e-12);
  check_op({.op = [&](auto& t) { return conv2d(t[0], t[1], {}, {.padding = {1, 2}, .groups = t[0].size(1)}); },
            .multilinear = true,
            .shapes = {{{1, 2, 2, 2}, {2, 1, 3, 5}}},
            .large = {x, weight}});
}

TEST_CASE("the gradients of a large conv2d agree with those of a sum of small ones", "[ops]") {
  const Tensor x = to_tensor(random_array({5, 4, 40, 40}, 1)).require_grad(),
               weight = to_tensor(random_array({3, 4, 3, 3}, 2)).require_grad(),
               dy = to_tensor(random_array({5, 3, 40, 40}, 3));
  const auto of_all = grad(sum(conv2d(x, weight, {}, {.padding = 1}) * dy), {x, weight});
  Tensor dx = zeros(x.shape(), float64), dweight = zeros(weight.shape(), float64);
  for (std::int64_t tap = 0; tap < 9; ++tap) {  // the convolution with one element of the window is a matrix product
    const std::int64_t down = tap / 3 - 1, along = tap % 3 - 1;
    const auto d = to_array(dy), image = to_array(x), w = to_array(weight);
    for (std::int64_t i = 0; i < d.size(); ++i) {
      const Shape at = place_of(i, d.shape);
      const std::int64_t row = at[2] + down, column = at[3] + along;
      if (row < 0 || row >= 40 || column < 0 || column >= 40) continue;
      for (std::int64_t c = 0; c < 4; ++c) {
        const auto pixel = static_cast<std::size_t>(image.offset({at[0], c, row, column}));
        const auto element = static_cast<std::size_t>(w.offset({at[1], c, tap / 3, tap % 3}));
        dx.mutable_data<double>()[pixel] += d[i] * w.values[element];
        dweight.mutable_data<double>()[element] += d[i] * image.values[pixel];
      }
    }
  }
  require_near(of_all[0], to_array(dx), 1e-11);
  require_near(of_all[1], to_array(dweight), 1e-10);
}

TEST_CASE("conv1d", "[ops]") {
  for (const Conv1dOptions& o :
       {Conv1dOptions{}, Conv1dOptions{.stride = 2, .padding = 1}, Conv1dOptions{.padding = 2, .dilation = 2}}) {
    check_op({.op = [&](auto& x) { return conv1d(x[0], x[1], x[2], o); },
              .reference =
                  [&](auto& x) {
                    return without_height(
                        convolved(as_images(x),
                                  {.stride = {1, o.stride}, .padding = {0, o.padding}, .dilation = {1, o.dilation}}));
                  },
              .shapes = {{{2, 3, 7}, {2, 3, 3}, {2}}, {{1, 1, 5}, {1, 1, 1}, {1}}},
              .float32_tolerance = 5e-6,
              .large = {{3, 20, 200}, {30, 20, 3}, {30}}});
  }
  check_op({.op = [&](auto& x) { return conv1d(x[0], x[1], {}, {.groups = 3}); },
            .reference = [&](auto& x) { return without_height(convolved(as_images(x), {.groups = 3})); },
            .multilinear = true,
            .shapes = {{{2, 3, 5}, {3, 1, 2}}},
            .errors = {{[] { conv1d(zeros({2, 3}), zeros({2, 3, 1})); },
                        "conv1d: x is [2, 3] and weight is [2, 3, 1], but both must have 3 axes"},
                       {[] { conv1d(zeros({1, 1, 2}), zeros({1, 1, 3})); },
                        "conv1d: the window spans 3 elements, but with padding there are only 2"}}});
}

TEST_CASE("conv_transpose2d", "[ops]") {
  const auto check = [](const ConvTranspose2dOptions& o, const std::vector<std::vector<Shape>>& shapes) {
    check_op({.op = [&](auto& x) { return conv_transpose2d(x[0], x[1], bias_of(x), o); },
              .reference = [&](auto& x) { return transposed(x, o); },
              .multilinear = has_no_bias(shapes),
              .shapes = shapes,
              .float32_tolerance = 5e-6});
  };
  check({}, {{{2, 3, 2, 3}, {3, 2, 2, 2}, {2}}, {{1, 1, 1, 1}, {1, 1, 1, 1}}});
  check({.stride = 2, .padding = 1, .output_padding = {1, 0}}, {{{1, 2, 3, 2}, {2, 2, 3, 3}, {2}}});
  check({.dilation = {1, 2}, .groups = 2}, {{{1, 4, 2, 3}, {4, 1, 2, 2}, {2}}});
  const auto throws = [](const std::string& sentence, const Shape& x, const Shape& weight,
                         const ConvTranspose2dOptions& o) {
    REQUIRE_THROWS_WITH(conv_transpose2d(zeros(x), zeros(weight), {}, o), sentence);
  };
  throws(
      "conv_transpose2d: x is [1, 2, 3, 3] and weight is [3, 2, 1, 1], but with 1 group weight must be [channels, "
      "out / groups, ...], and groups divide channels and out",
      {1, 2, 3, 3}, {3, 2, 1, 1}, {});
  throws(
      "conv_transpose2d: the output padding is 1, but it must not be negative, and must be less than stride or "
      "dilation",
      {1, 2, 3, 3}, {2, 2, 1, 1}, {.output_padding = 1});
  throws("conv_transpose2d: x is [1, 1, 1, 3], so the output would be empty", {1, 1, 1, 3}, {1, 1, 1, 1},
         {.padding = 1});
}

TEST_CASE("conv_transpose1d", "[ops]") {
  check_op(
      {.op =
           [](auto& x) { return conv_transpose1d(x[0], x[1], x[2], {.stride = 2, .padding = 1, .output_padding = 1}); },
       .reference =
           [](auto& x) {
             return without_height(
                 transposed(as_images(x), {.stride = {1, 2}, .padding = {0, 1}, .output_padding = {0, 1}}));
           },
       .shapes = {{{2, 3, 4}, {3, 2, 3}, {2}}},
       .errors = {{[] { conv_transpose1d(zeros({2, 3}), zeros({3, 2, 1})); },
                   "conv_transpose1d: x is [2, 3] and weight is [3, 2, 1], but both must have 3 axes"}},
       .float32_tolerance = 5e-6});
}
