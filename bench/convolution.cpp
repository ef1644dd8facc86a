// Convolutions forward and backward, with the gradients of x and weight: a block of an image network, the patches of a
// vision transformer, a text classifier, and depthwise convolutions. gflops counts 1 product in forward and 2 in
// backward; peak_share is the share of the cores' peak, measured in alternation.
#include <benchmark/benchmark.h>
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <heed/autodiff/backward.h>
#include <heed/graph/ambient.h>
#include <heed/ops/convolution/convolution.h>
#include <heed/ops/math/arithmetic.h>
#include <heed/ops/reduce/reduce.h>

#include <vector>

#include "numbers.h"
#include "rate.h"
#include "task.h"

namespace {

using heed::Shape;
using heed::Tensor;

struct Convolution {
  Shape x;           // [batch, channels, length], or height and width
  std::int64_t out;  // channels
  std::int64_t window, stride, groups = 1;

  bool is_flat() const { return x.rank() == 3; }
  /// Symmetric padding, none if the stride is the window's length.
  std::int64_t padding() const { return stride == 1 ? window / 2 : 0; }
  Shape weight() const {
    const std::int64_t in = x[1] / groups;
    return is_flat() ? Shape{out, in, window} : Shape{out, in, window, window};
  }
  Tensor operator()(const Tensor& input, const Tensor& weights) const {
    if (is_flat()) return heed::conv1d(input, weights, {}, {.stride = stride, .padding = padding(), .groups = groups});
    return heed::conv2d(input, weights, {}, {.stride = stride, .padding = padding(), .groups = groups});
  }
  std::string name() const {
    return fmt::format("conv{}d/{}/{}x{}/{}/{}", x.rank() - 2, fmt::join(x.begin(), x.end(), "x"), out,
                       is_flat() ? fmt::format("{}", window) : fmt::format("{}x{}", window, window), stride, groups);
  }
};

const Convolution convolutions[] = {
    {.x = {8, 64, 56, 56}, .out = 64, .window = 3, .stride = 1},
    {.x = {8, 256, 14, 14}, .out = 256, .window = 3, .stride = 1},
    {.x = {8, 3, 224, 224}, .out = 768, .window = 16, .stride = 16},
    {.x = {32, 256, 128}, .out = 256, .window = 3, .stride = 1},
    {.x = {32, 256, 128}, .out = 256, .window = 7, .stride = 1, .groups = 256},
    {.x = {8, 128, 28, 28}, .out = 128, .window = 3, .stride = 1, .groups = 128},
};

/// Value: mean square of y.
bench::Work work(const Convolution& convolution) {
  const Tensor x = bench::numbers(convolution.x, 1).require_grad(),
               weight = bench::numbers(convolution.weight(), 2).require_grad();
  const Tensor dy = bench::numbers(heed::no_grad([&] { return convolution(x, weight); }).shape(), 4);
  return {[=] {
            const heed::NoGrad scope;
            const Tensor y = convolution(x, weight);
            return heed::mean(y * y).item();
          },
          [=] {
            heed::backward(convolution(x, weight), dy);
            x.clear_grad();
            weight.clear_grad();
          }};
}

double operations(const Convolution& convolution) {
  const heed::NoGrad scope;
  const Shape weight = convolution.weight();
  const Tensor y = convolution(bench::numbers(convolution.x, 1), bench::numbers(weight, 2));
  return 3 * 2.0 * static_cast<double>(y.elements()) * static_cast<double>(weight.elements()) /
         static_cast<double>(convolution.out);
}

const bool added = [] {
  for (const Convolution& convolution : convolutions)
    benchmark::RegisterBenchmark(convolution.name().c_str(),
                                 [&](benchmark::State& state) {
                                   bench::run_beside_peak(state, operations(convolution), work(convolution).step);
                                 })
        ->UseManualTime()
        ->Unit(benchmark::kMillisecond);
  return true;
}();

}  // namespace

std::vector<bench::Task> bench::convolution_tasks() {
  std::vector<Task> tasks;
  for (const Convolution& convolution : convolutions)
    tasks.push_back({convolution.name(), convolution.x[0], [&](const std::string&) { return work(convolution); }});
  return tasks;
}
