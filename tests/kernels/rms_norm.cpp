#include <heed/ops/kernels/rms_norm.h>

#include "harness.h"

namespace heed::kernels {
namespace {

/// Forward and backward of four rows against the formulas; scaled = false passes null for scale.
template <class T>
void check_rms_norm(InstructionSet set, Index width, bool scaled) {
  const Index rows = 4, stride = width + 3;
  const double epsilon = 1e-5, n = double(width);
  Buffer<T> x = numbers<T>((rows - 1) * stride + width, 1, 5), dy = numbers<T>((rows - 1) * stride + width, -1, 1, 2);
  Buffer<T> scale = numbers<T>(width, 0.5, 2, 3), y = x, dx = dy, inverse(4), dscale = numbers<T>(width, -1, 1, 5);
  std::vector<double> expected_dscale(dscale.begin(), dscale.end());
  const T* s = scaled ? scale.data() : nullptr;
  get<RmsNormKernels<T>>(set).rms_norm(
      {rows, width},
      {.x = {y.data(), stride}, .scale = s, .epsilon = T(epsilon), .y = {y.data(), stride}, .inverse = inverse.data()});
  get<RmsNormKernels<T>>(set).rms_norm_backward({rows, width}, {.x = {x.data(), stride},
                                                                .dy = {dx.data(), stride},
                                                                .scale = s,
                                                                .inverse = inverse.data(),
                                                                .dx = {dx.data(), stride},
                                                                .dscale = scaled ? dscale.data() : nullptr});
  for (Index r = 0; r < rows; ++r) {
    INFO("width = " << width << ", row " << r);
    const T *row = x.begin() + r * stride, *gradient = dy.begin() + r * stride;
    double squares = 0, mean_gh = 0;
    for (Index j = 0; j < width; ++j) squares += double(row[j]) * row[j] / n;
    const double i = 1 / std::sqrt(squares + epsilon);
    std::vector<double> expected, expected_dx;
    const auto g = [&](Index j) { return double(gradient[j]) * (scaled ? double(scale[at(j)]) : 1); };
    for (Index j = 0; j < width; ++j) {
      expected.push_back(row[j] * i * (scaled ? double(scale[at(j)]) : 1));
      mean_gh += g(j) * row[j] * i / n;
      if (scaled) expected_dscale[at(j)] += gradient[j] * row[j] * i;
    }
    for (Index j = 0; j < width; ++j) expected_dx.push_back(i * (g(j) - row[j] * i * mean_gh));
    check_close(std::span(y.begin() + r * stride, at(width)), expected, rounding<T> * 10);
    check_close(std::span(dx.begin() + r * stride, at(width)), expected_dx, rounding<T> * 10);
  }
  check_close(dscale, expected_dscale, rounding<T> * 100);
}

TEMPLATE_TEST_CASE("rms_norm and its gradient", "[kernels]", float, double) {
  on_each_set([](InstructionSet set) {
    for (const Index width : sizes) {
      if (width == 0) continue;
      check_rms_norm<TestType>(set, width, true);
      check_rms_norm<TestType>(set, width, false);
    }
  });
}

}  // namespace
}  // namespace heed::kernels
