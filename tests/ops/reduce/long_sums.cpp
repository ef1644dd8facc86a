// Accuracy of sums of many numbers; means of equal numbers are exact.
#include <heed/autodiff/backward.h>
#include <heed/graph/create.h>
#include <heed/ops/attention/attention.h>
#include <heed/ops/attention/cached_attention.h>
#include <heed/ops/convolution/convolution.h>
#include <heed/ops/index/gather.h>
#include <heed/ops/index/gather_rows.h>
#include <heed/ops/index/scatter_weighted_sum.h>
#include <heed/ops/linalg/matmul.h>
#include <heed/ops/math/arithmetic.h>
#include <heed/ops/math/softmax.h>
#include <heed/ops/norm/channel_norm.h>
#include <heed/ops/norm/layer_norm.h>
#include <heed/ops/norm/rms_norm.h>
#include <heed/ops/reduce/extremes.h>
#include <heed/ops/reduce/reduce.h>
#include <heed/ops/reduce/statistics.h>
#include <heed/ops/sequences/pairs.h>
#include <heed/ops/shape/shape.h>
#include <heed/ops/shape/view.h>
#include <heed/ops/support/elementwise.h>

#include <cmath>

#include "catch.h"

using namespace heed;
using namespace heed::detail;

namespace {

constexpr std::int64_t many = 1 << 22;
constexpr float tenth = 0.1f;

/// Returns the largest relative difference from a number.
double off(const Tensor& x, double expected) {
  double most = 0;
  for (const double v : cast(x.detach(), float64).to_vector<double>())
    most = std::max(most, std::isfinite(v) ? std::abs(v - expected) / std::abs(expected) : INFINITY);
  return most;
}

}  // namespace

TEST_CASE("sums of many float32 numbers", "[ops]") {
  const double all = static_cast<double>(tenth) * many;
  const Tensor x = full({many}, tenth);
  CHECK(off(sum(x), all) < 2e-6);
  CHECK(off(sum(reshape(x, {1, many}), 1), all) < 2e-6);
  CHECK(off(sum(broadcast_to(full({1}, tenth), {many})), all) < 2e-6);
  CHECK(off(sum(reshape(x, {2, many / 2}), 1), all / 2) < 4e-6);
  CHECK(off(sum(reshape(x, {many / 2, 2}), 0), all / 2) < 4e-6);
  CHECK(off(sum(reshape(x, {many / 2, 2})), all) < 2e-6);
  CHECK(off(sum(transpose(reshape(x, {many / 2, 2})), 1), all / 2) < 4e-6);
  CHECK(off(sum(reshape(x, {many / 4, 2, 2}), {0, 2}), all / 2) < 4e-6);
  CHECK(off(sum(reshape(x, {many / 4, 2, 2}), {0, 1}), all / 2) < 4e-6);
  CHECK(off(sum(reshape(x, {many / 8, 2, 2, 2}), {0, 2}), all / 4) < 4e-6);
  CHECK(off(sum(slice(reshape(x, {many / 4, 4}), 1, 0, 3), {0}), all / 4) < 4e-6);
  CHECK(off(norm(x), tenth * std::sqrt(static_cast<double>(many))) < 2e-6);
  CHECK(off(logsumexp(x), tenth + std::log(static_cast<double>(many))) < 2e-6);
  CHECK(off(softmax(x), 1.0 / many) < 3e-6);
  CHECK(off(matmul(reshape(x, {1, many}), reshape(x, {many, 1})), all * static_cast<double>(tenth)) < 3e-5);
  CHECK(off(rms_norm(x, {}, 0), 1) < 3e-6);
}

TEST_CASE("gradients that are sums over many rows", "[ops]") {
  const std::int64_t rows = 1 << 20, width = 4;
  const Tensor x = tile(tensor({1.0f, -1.0f, 2.0f, -2.0f}, {1, 4}), {rows, 1});
  const Tensor scale = ones({width}).require_grad(), bias = zeros({width}).require_grad();
  const Tensor dy = full({rows, width}, tenth);
  const double all = static_cast<double>(tenth) * static_cast<double>(rows);
  const auto of_norm = grad(layer_norm(x, scale, bias), {scale, bias}, {.output_gradients = {dy}});
  CHECK(off(of_norm[1], all) < 3e-6);
  CHECK(off(abs(slice(of_norm[0], 0, 0, 2)), all / std::sqrt(2.5)) < 1e-5);
  const Tensor of_rms = grad(rms_norm(x, scale), scale, {.output_gradients = {dy}});
  CHECK(off(abs(slice(of_rms, 0, 0, 2)), all / std::sqrt(2.5)) < 1e-5);
  const Tensor repeated = zeros({1, width}).require_grad();
  CHECK(off(grad(x + repeated, repeated, {.output_gradients = {dy}}), all) < 3e-6);
  const Tensor table = zeros({3, 32}).require_grad();
  const Tensor index = full({rows / 4}, 1, int64);
  const Tensor d = grad(embedding(table, index), table, {.output_gradients = {full({rows / 4, 32}, tenth)}});
  CHECK(off(slice(d, 0, 1, 2), all / 4) < 3e-6);
}

TEST_CASE("many values scattered to one place", "[ops]") {
  const double all = static_cast<double>(tenth) * many;
  const Tensor values = full({many}, tenth), index = full({many}, 1, int64);
  const auto at_one = [](const Tensor& x) { return select(x, 0, 1); };
  CHECK(off(at_one(scatter_add(zeros({3}), 0, index, values)), all) < 2e-6);
  CHECK(off(at_one(scatter_reduce(zeros({3}), 0, index, values, ScatterReduce::sum)), all) < 2e-6);
  CHECK(off(at_one(scatter_reduce(full({3}, tenth), 0, index, values, ScatterReduce::mean)), tenth) < 2e-6);
  CHECK(off(scatter_add(zeros({2, 1}), 0, reshape(index, {many, 1}), reshape(values, {many, 1})) +
                tensor({1.0f, 0.0f}, {2, 1}) * all,
            all) < 2e-6);
  const Tensor x = zeros({3}).require_grad();
  const GradOptions options{.output_gradients = {values}};
  CHECK(off(at_one(grad(gather(x, 0, index), x, options)), all) < 2e-6);
  CHECK(off(at_one(grad(take_along_axis(x, index, 0), x, options)), all) < 2e-6);
  // Many places, one of which gets nearly all values.
  const Tensor table = zeros({many / 64, 1}).require_grad();
  const Tensor rows = reshape(values, {many, 1});
  CHECK(off(at_one(grad(gather_rows(table, index), table, {.output_gradients = {rows}})), all) < 2e-6);
  CHECK(off(at_one(scatter_weighted_sum(rows, ones({many}), index, 3)), all) < 3e-6);
  const Tensor wide = full({many / 16, 70}, tenth), of_wide = slice(index, 0, 0, many / 16);
  CHECK(off(at_one(scatter_weighted_sum(wide, ones({many / 16}), of_wide, 3)), all / 16) < 3e-6);
}

TEST_CASE("long sums of products in convolutions and pairs", "[ops]") {
  const double all = static_cast<double>(tenth) * many;
  const Tensor x = full({1, many}, tenth), one = ones({1, many});
  CHECK(off(conv1d(reshape(x, {1, 2, many / 2}), reshape(one, {1, 2, many / 2}), ones({1})) - 1.0, all) < 3e-5);
  CHECK(off(pair_dot(x, one, Sequences{1}, Sequences{1}), all) < 3e-5);
  CHECK(off(pair_weighted_sum(reshape(x, {many}), reshape(one, {many, 1}), Sequences{1}, Sequences{many}), all) < 3e-5);
}

TEST_CASE("depthwise convolutions with a long window", "[ops]") {
  const double all = static_cast<double>(tenth) * many;
  const Tensor x = full({1, 1, many + 2}, tenth), y = conv1d(x, ones({1, 1, many}));
  REQUIRE(y.shape() == Shape{1, 1, 3});
  CHECK(off(y, all) < 3e-5);
  const std::int64_t window = 1 << 14;  // a pixel in the middle is covered by the whole window
  const Tensor image = full({1, 1, 2 * window}, tenth).require_grad(),
               weight = full({1, 1, window}, tenth).require_grad();
  const Tensor places = conv1d(image, weight);
  const auto gradients = grad(places, {image, weight}, {.output_gradients = {ones(places.shape())}});
  CHECK(off(slice(gradients[0], 2, window - 1, window + 1), static_cast<double>(tenth) * window) < 1e-5);
  CHECK(off(gradients[1], static_cast<double>(tenth) * (window + 1)) < 1e-5);
}

TEST_CASE("attention of one query to many keys", "[ops]") {
  const Tensor query = zeros({1, 1, 5}), key = zeros({many, 1, 5}), value = full({many, 1, 5}, tenth);
  CHECK(off(attention(query, key, value, Sequences{1}, Sequences{many}), static_cast<double>(tenth)) < 1e-4);
  const KeysAndValues cached{key, value, many};
  CHECK(off(cached_attention(query, std::span(&cached, 1), Sequences{1}), static_cast<double>(tenth)) < 1e-4);
}

TEST_CASE("the gradient of a value that many queries attend to", "[ops]") {
  const std::int64_t queries = 1 << 20;
  const Tensor query = zeros({queries, 1, 3}), key = zeros({1, 1, 3}), value = zeros({1, 1, 2}).require_grad();
  const Tensor y = attention(query, key, value, Sequences{queries}, Sequences{1});
  const Tensor dy = full({queries, 1, 2}, tenth);
  CHECK(off(grad(y, value, {.output_gradients = {dy}}), static_cast<double>(tenth) * queries) < 1e-4);
}

TEST_CASE("the mean of equal numbers is exact, and their variance is 0", "[ops]") {
  for (const DType dtype : {float32, float64})
    for (const double value : {0.1, 1.0 / 3, -7.7, 1e10, 123456.789})
      for (const std::int64_t n : {2, 3, 5, 7, 63, 768, 1000, 5000, 100'000}) {
        INFO(name(dtype) << ", " << n << " times " << value);
        const Tensor x = full({n}, value, dtype);
        const double exact = cast(slice(x, 0, 0, 1), float64).item<double>();
        CHECK(cast(mean(x), float64).item<double>() == exact);
        CHECK(cast(max(mean(broadcast_to(reshape(x, {n, 1}), {n, 3}), 0)), float64).item<double>() == exact);
        CHECK(cast(min(mean(broadcast_to(x, {3, n}), {0, 1})), float64).item<double>() == exact);
        const Tensor input = full({n}, value, dtype).require_grad();
        for (const bool through_ops : {false, true}) {
          for (const Tensor& y : {variance(input), standard_deviation(input)}) {
            CHECK(cast(y.detach(), float64).item<double>() == 0);
            CHECK(cast(max(abs(grad(y, input, {.create_graph = through_ops}).detach())), float64).item<double>() == 0);
          }
        }
        CHECK(cast(max(abs(layer_norm(x, {}, {}, 1e-12))), float64).item<double>() == 0);
        CHECK(cast(max(abs(group_norm(broadcast_to(x, {1, 2, n}), 2, {}, {}, 1e-12))), float64).item<double>() == 0);
        CHECK(
            cast(max(abs(batch_norm(broadcast_to(x, {2, 2, n}), {}, {}, {}, {}, {.training = true, .epsilon = 1e-12}))),
                 float64)
                .item<double>() == 0);
      }
  CHECK(max(abs(layer_norm(full({1, many}, tenth), {}, {}, 1e-12))).item() == 0);
}

TEST_CASE("layer norm of rows with a large mean", "[ops]") {
  // Alternating deviations of exactly -1 and 1 from numbers that float32 represents.
  for (const float far : {0.0f, 100.0f, 4096.0f, 100'000.0f}) {
    const std::int64_t n = 1000;
    Tensor x = empty({n}, float32);
    for (std::int64_t i = 0; i < n; ++i) fill<float>(x)[i] = far + (i % 2 == 0 ? 1.0f : -1.0f);
    CHECK(off(abs(layer_norm(x, {}, {}, 1e-12)), 1) < 1e-5);
    CHECK(off(variance(x, -1, false, 0), 1) < 1e-5);
  }
}
