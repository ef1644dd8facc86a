#include <cmath>
#include <limits>

#include "catch.h"
#include "ops/table.h"

using namespace heed;
using namespace table;

namespace {

/// Elements of windows along one axis, of which those outside the axis are padding.
struct Line {
  std::int64_t places;
  std::function<std::vector<std::int64_t>(std::int64_t place)> elements;
};

Line sliding(std::int64_t in, std::int64_t window, std::int64_t stride, std::int64_t padding, std::int64_t dilation) {
  return {(in + 2 * padding - dilation * (window - 1) - 1) / stride + 1, [=](std::int64_t place) {
            std::vector<std::int64_t> all;
            for (std::int64_t i = 0; i < window; ++i) all.push_back(place * stride + i * dilation - padding);
            return all;
          }};
}

Line covering(std::int64_t in, std::int64_t out) {
  return {out, [=](std::int64_t place) {
            std::vector<std::int64_t> all;
            const double n = static_cast<double>(in), parts = static_cast<double>(out), at = static_cast<double>(place);
            for (auto i = static_cast<std::int64_t>(std::floor(at * n / parts));
                 i < static_cast<std::int64_t>(std::ceil((at + 1) * n / parts)); ++i)
              all.push_back(i);
            return all;
          }};
}

enum class Kind { max, mean, mean_without_padding };

Array pooled(Array x, Line down, const Line& along, Kind kind) {
  const bool is_line = x.shape.rank() == 3;
  if (is_line) x.shape.insert(2, 1);
  Array y({x.shape[0], x.shape[1], down.places, along.places});
  for (std::int64_t i = 0; i < y.size(); ++i) {
    const Shape at = place_of(i, y.shape);
    double total = 0, most = -1e9, inside = 0, all = 0;
    for (const std::int64_t row : down.elements(at[2]))
      for (const std::int64_t column : along.elements(at[3])) {
        ++all;
        if (row < 0 || column < 0 || row >= x.shape[2] || column >= x.shape[3]) continue;
        const double value = x.at({at[0], at[1], row, column});
        total += value;
        most = std::max(most, value);
        ++inside;
      }
    y[i] = kind == Kind::max ? most : total / (kind == Kind::mean ? all : inside);
  }
  if (is_line) y.shape.erase(2);
  return y;
}

const Line one = sliding(1, 1, 1, 0, 1);
constexpr std::int64_t w = 3;  // of windows

}  // namespace

TEST_CASE("max_pool1d", "[ops]") {
  check_op({.op = [](auto& x) { return max_pool1d(x[0], w, {.stride = 2, .padding = 1, .dilation = 2}); },
            .reference = [](auto& x) { return pooled(x[0], one, sliding(x[0].shape[2], w, 2, 1, 2), Kind::max); },
            .shapes = {{{2, 3, 7}}, {{1, 1, 33}}, {{0, 2, 5}}},
            .errors = {{[] { max_pool1d(zeros({2, 3}), 2); },
                        "max_pool1d: x is [2, 3], but it must be [batch, channels, length]"},
                       {[] { max_pool1d(zeros({1, 1, 3}), 2, {.padding = 2}); },
                        "max_pool1d: the padding is 2, but it must be between 0 and half the window, which is 2 long"},
                       {[] { max_pool1d(zeros({1, 1, 3}), 4); },
                        "max_pool1d: the window spans 4 elements, but with padding there are only 3"},
                       {[] { max_pool1d(zeros({1, 1, 3}), 0); },
                        "max_pool1d: the window is 0 long, but it must be at least 1"},
                       {[] { max_pool1d(zeros({1, 1, 3}), 2, {.stride = -1}); },
                        "max_pool1d: the stride is -1, but it must not be negative"},
                       {[] { max_pool1d(zeros({1, 1, 3}), 2, {.dilation = 0}); },
                        "max_pool1d: the dilation is 0, but it must be positive"},
                       {[] { max_pool1d(zeros({1, 1, 3}, int64), 2); },
                        "max_pool1d: the tensor is int64, but it must be float32 or float64"}},
            .large = {{40, 20, 50}}});
  const double nan = std::nan("");
  const auto y = max_pool1d(tensor({1.0, nan, 3.0, 4.0, 5.0, 2.0}, {1, 1, 6}), 2).to_vector<double>();
  REQUIRE(std::isnan(y[0]));
  REQUIRE(y[2] == 5);
  const Tensor same = ones({1, 1, 4}).require_grad();  // the first of equal elements gets the gradient
  backward(sum(max_pool1d(same, 4)));
  REQUIRE(same.grad().to_vector<float>() == std::vector<float>{1, 0, 0, 0});
}

TEST_CASE("max_pool2d", "[ops]") {
  check_op({.op = [](auto& x) { return max_pool2d(x[0], 2); },
            .reference =
                [](auto& x) {
                  return pooled(x[0], sliding(x[0].shape[2], 2, 2, 0, 1), sliding(x[0].shape[3], 2, 2, 0, 1),
                                Kind::max);
                },
            .shapes = {{{2, 2, 4, 5}}, {{1, 1, 2, 2}}}});
  check_op({.op = [](auto& x) { return max_pool2d(x[0], {3, 2}, {.stride = {1, 2}, .padding = {1, 0}}); },
            .reference =
                [](auto& x) {
                  return pooled(x[0], sliding(x[0].shape[2], 3, 1, 1, 1), sliding(x[0].shape[3], 2, 2, 0, 1),
                                Kind::max);
                },
            .shapes = {{{1, 2, 4, 5}}},
            .errors = {{[] { max_pool2d(zeros({2, 3, 4}), 2); },
                        "max_pool2d: x is [2, 3, 4], but it must be [batch, channels, height, width]"}}});
}

TEST_CASE("avg_pool1d", "[ops]") {
  for (const bool counts : {true, false})
    check_op(
        {.op = [&](auto& x) { return avg_pool1d(x[0], w, {.stride = 2, .padding = 1, .count_include_pad = counts}); },
         .reference =
             [&](auto& x) {
               return pooled(x[0], one, sliding(x[0].shape[2], w, 2, 1, 1),
                             counts ? Kind::mean : Kind::mean_without_padding);
             },
         .linear = true,
         .shapes = {{{2, 3, 7}}, {{1, 1, 1}}, {{2, 0, 5}}},
         .errors = {{[] { avg_pool1d(zeros({1, 1, 3}), 2, {.dilation = 2}); },
                     "avg_pool1d: the dilation is 2, but it must be 1"}},
         .large = {{40, 20, 50}}});
}

TEST_CASE("avg_pool2d", "[ops]") {
  for (const bool counts : {true, false})
    check_op({.op =
                  [&](auto& x) {
                    return avg_pool2d(x[0], {2, 3}, {.stride = 1, .padding = 1, .count_include_pad = counts});
                  },
              .reference =
                  [&](auto& x) {
                    return pooled(x[0], sliding(x[0].shape[2], 2, 1, 1, 1), sliding(x[0].shape[3], 3, 1, 1, 1),
                                  counts ? Kind::mean : Kind::mean_without_padding);
                  },
              .linear = true,
              .shapes = {{{2, 2, 3, 4}}},
              .errors = {{[] { avg_pool2d(zeros({1, 1, 3, 3}), 2, {.dilation = {1, 2}}); },
                          "avg_pool2d: the dilation is 1 and 2, but it must be 1"}}});
}

TEST_CASE("adaptive_max_pool1d", "[ops]") {
  check_op({.op = [](auto& x) { return adaptive_max_pool1d(x[0], 3); },
            .reference = [](auto& x) { return pooled(x[0], one, covering(x[0].shape[2], 3), Kind::max); },
            .shapes = {{{2, 2, 7}}, {{1, 1, 2}}, {{2, 1, 3}}},
            .errors = {{[] { adaptive_max_pool1d(zeros({1, 1, 0}), 2); },
                        "adaptive_max_pool1d: 0 elements cannot be covered by 2 windows"},
                       {[] { adaptive_max_pool1d(zeros({1, 1, 3}), 0); },
                        "adaptive_max_pool1d: 3 elements cannot be covered by 0 windows"}}});
}

TEST_CASE("adaptive_avg_pool1d", "[ops]") {
  check_op({.op = [](auto& x) { return adaptive_avg_pool1d(x[0], 3); },
            .reference = [](auto& x) { return pooled(x[0], one, covering(x[0].shape[2], 3), Kind::mean); },
            .linear = true,
            .shapes = {{{2, 2, 7}}, {{1, 1, 2}}, {{2, 1, 3}}},
            .errors = {{[] { adaptive_avg_pool1d(zeros({3}), 2); },
                        "adaptive_avg_pool1d: x is [3], but it must be [batch, channels, length]"}}});
}

TEST_CASE("adaptive_max_pool2d", "[ops]") {
  check_op({.op = [](auto& x) { return adaptive_max_pool2d(x[0], {2, 3}); },
            .reference =
                [](auto& x) { return pooled(x[0], covering(x[0].shape[2], 2), covering(x[0].shape[3], 3), Kind::max); },
            .shapes = {{{2, 2, 3, 4}}}});
}

TEST_CASE("adaptive_avg_pool2d", "[ops]") {
  check_op(
      {.op = [](auto& x) { return adaptive_avg_pool2d(x[0], {2, 3}); },
       .reference =
           [](auto& x) { return pooled(x[0], covering(x[0].shape[2], 2), covering(x[0].shape[3], 3), Kind::mean); },
       .linear = true,
       .shapes = {{{2, 2, 3, 4}}}});
  const Tensor x = to_tensor(random_array({2, 3, 4, 5}, 1));
  require_near(reshape(adaptive_avg_pool2d(x, 1), {2, 3}), to_array(mean(x, {2, 3})), 1e-13);
}

TEST_CASE("the maximum of a window entirely in the padding is -infinity, without a gradient") {
  const float none = -std::numeric_limits<float>::infinity();
  const Tensor whole = tensor({99.0f, 5.0f, 77.0f}, {3});
  const Tensor x = reshape(slice(whole, 0, 1, 2), {1, 1, 1}).detach().require_grad();
  const Tensor y = max_pool1d(x, 2, {.padding = 1, .dilation = 2});
  REQUIRE(y.to_vector<float>() == std::vector<float>{none});
  const Tensor dx = grad(std::array{y}, std::array{x})[0];
  REQUIRE(dx.to_vector<float>() == std::vector<float>{0});
  REQUIRE(whole.to_vector<float>() == std::vector<float>{99, 5, 77});

  // Windows of two elements with dilation 3 on two elements: -1 and 2, 0 and 3; and then both outside in one axis.
  const Tensor image = tensor({1.0, 2.0, 3.0, 4.0}, {1, 1, 2, 2}).require_grad();
  const Tensor pooled_image = max_pool2d(image, 2, {.stride = 1, .padding = 1, .dilation = {1, 3}});
  REQUIRE(pooled_image.shape() == Shape{1, 1, 3, 1});
  for (const double value : pooled_image.to_vector<double>())
    REQUIRE(value == -std::numeric_limits<double>::infinity());
  REQUIRE(grad(std::array{sum(pooled_image)}, std::array{image})[0].to_vector<double>() == std::vector<double>(4, 0));
}

TEST_CASE("pooling agrees with maxima and means of windows for all small options") {
  for (std::int64_t n = 1; n <= 5; ++n)
    for (std::int64_t window = 1; window <= 4; ++window)
      for (std::int64_t stride = 1; stride <= 3; ++stride)
        for (std::int64_t padding = 0; padding <= window / 2; ++padding)
          for (std::int64_t dilation = 1; dilation <= 4; ++dilation) {
            if (dilation * (window - 1) + 1 > n + 2 * padding) continue;
            CAPTURE(n, window, stride, padding, dilation);
            // One element of memory on each side of x, which no window may read.
            const Tensor memory = concat({full({1}, 99, float64), normal({n}, 0, 1, float64), full({1}, 99, float64)});
            const Tensor x = reshape(slice(memory, 0, 1, n + 1), {1, 1, n}).detach().require_grad();
            const auto in = x.detach().to_vector<double>();
            const Tensor most = max_pool1d(x, window, {.stride = stride, .padding = padding, .dilation = dilation});
            std::vector<double> expected, gradient(in.size(), 0.0), means;
            for (std::int64_t begin = -padding; begin + dilation * (window - 1) < n + padding; begin += stride) {
              double best = -std::numeric_limits<double>::infinity(), total = 0;
              std::int64_t at = -1;
              for (std::int64_t i = 0; i < window; ++i) {
                const std::int64_t place = begin + i * dilation;
                if (place < 0 || place >= n) continue;
                total += in[static_cast<std::size_t>(place)];
                if (in[static_cast<std::size_t>(place)] <= best) continue;
                best = in[static_cast<std::size_t>(place)];
                at = place;
              }
              expected.push_back(best);
              means.push_back(total / static_cast<double>(window));
              if (at >= 0) gradient[static_cast<std::size_t>(at)] += static_cast<double>(expected.size());
            }
            REQUIRE(most.to_vector<double>() == expected);
            const Tensor dy = reshape(cast(arange(most.elements()) + 1, float64), most.shape());
            const Tensor dx = grad(std::array{most}, std::array{x}, {.output_gradients = {dy}})[0];
            REQUIRE(dx.to_vector<double>() == gradient);
            if (dilation > 1) continue;
            const auto found = avg_pool1d(x, window, {.stride = stride, .padding = padding}).to_vector<double>();
            REQUIRE(found.size() == means.size());
            for (std::size_t i = 0; i < means.size(); ++i) REQUIRE(found[i] == Approx(means[i]).margin(1e-12));
          }
}
