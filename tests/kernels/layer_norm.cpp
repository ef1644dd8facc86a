#include <heed/ops/kernels/layer_norm.h>

#include "harness.h"

namespace heed::kernels {
namespace {

/// Forward and backward of four rows against the formulas; parameters = false passes null for scale and bias.
template <class T>
void check_layer_norm(InstructionSet set, Index width, bool parameters) {
  const Index rows = 4, stride = width + 3;
  const double epsilon = 1e-5, n = double(width);
  Buffer<T> x = numbers<T>((rows - 1) * stride + width, 5, 9), dy = numbers<T>((rows - 1) * stride + width, -1, 1, 2);
  Buffer<T> scale = numbers<T>(width, 0.5, 2, 3), bias = numbers<T>(width, -1, 1, 4), y = x, dx = dy, mean(4),
            inverse(4);
  Buffer<T> dscale = numbers<T>(width, -1, 1, 5), dbias = numbers<T>(width, -1, 1, 6);
  std::vector<double> expected_dscale(dscale.begin(), dscale.end()), expected_dbias(dbias.begin(), dbias.end());
  const T* s = parameters ? scale.data() : nullptr;
  get<LayerNormKernels<T>>(set).layer_norm({rows, width}, {.x = {y.data(), stride},
                                                           .scale = s,
                                                           .bias = parameters ? bias.data() : nullptr,
                                                           .epsilon = T(epsilon),
                                                           .y = {y.data(), stride},
                                                           .mean = mean.data(),
                                                           .inverse_stddev = inverse.data()});
  get<LayerNormKernels<T>>(set).layer_norm_backward({rows, width}, {.x = {x.data(), stride},
                                                                    .dy = {dx.data(), stride},
                                                                    .scale = s,
                                                                    .mean = mean.data(),
                                                                    .inverse_stddev = inverse.data(),
                                                                    .dx = {dx.data(), stride},
                                                                    .dscale = parameters ? dscale.data() : nullptr,
                                                                    .dbias = parameters ? dbias.data() : nullptr});
  for (Index r = 0; r < rows; ++r) {
    INFO("width = " << width << ", row " << r);
    const T *row = x.begin() + r * stride, *gradient = dy.begin() + r * stride;
    double m = 0, v = 0;
    for (Index j = 0; j < width; ++j) m += row[j] / n;
    for (Index j = 0; j < width; ++j) v += (row[j] - m) * (row[j] - m) / n;
    const double i = 1 / std::sqrt(v + epsilon);
    std::vector<double> expected, expected_dx, h, g;
    double mean_g = 0, mean_gh = 0;
    for (Index j = 0; j < width; ++j) {
      h.push_back((row[j] - m) * i);
      g.push_back(double(gradient[j]) * (parameters ? double(scale[at(j)]) : 1));
      expected.push_back(parameters ? h.back() * double(scale[at(j)]) + double(bias[at(j)]) : h.back());
      mean_g += g.back() / n;
      mean_gh += g.back() * h.back() / n;
      if (!parameters) continue;
      expected_dscale[at(j)] += gradient[j] * h.back();
      expected_dbias[at(j)] += gradient[j];
    }
    for (Index j = 0; j < width; ++j) expected_dx.push_back(i * (g[at(j)] - mean_g - h[at(j)] * mean_gh));
    const double tolerance = rounding<T> * (width == 1 ? 300 : 10);
    check_close(std::span(y.begin() + r * stride, at(width)), expected, tolerance);
    check_close(std::span(dx.begin() + r * stride, at(width)), expected_dx, tolerance);
  }
  check_close(dscale, expected_dscale, rounding<T> * 100);
  check_close(dbias, expected_dbias, rounding<T>);
}

TEMPLATE_TEST_CASE("layer_norm and its gradient", "[kernels]", float, double) {
  on_each_set([](InstructionSet set) {
    for (const Index width : sizes) {
      if (width == 0) continue;
      check_layer_norm<TestType>(set, width, true);
      check_layer_norm<TestType>(set, width, false);
    }
  });
}

}  // namespace
}  // namespace heed::kernels
