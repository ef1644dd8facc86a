#include <heed/ops/kernels/weighted_rows.h>

#include "harness.h"

namespace heed::kernels {
namespace {

const std::vector<std::int64_t> index_of_rows = {3, 0, 3, 6, 2};

TEMPLATE_TEST_CASE("sum_rows", "[kernels]", float, double) {
  using T = TestType;
  on_each_set([](InstructionSet set) {
    for (const Index width : sizes)
      for (const T beta : {T(0), T(1), T(-2)}) {
        Buffer<T> x = numbers<T>(5 * width), weights = numbers<T>(5, -3, 3, 2), y = numbers<T>(width, -3, 3, 3);
        std::vector<double> expected;
        for (Index j = 0; j < width; ++j) {
          double sum = double(beta) * double(y[at(j)]);
          for (Index k = 0; k < 5; ++k) sum += double(weights[at(k)]) * double(x[at(k * width + j)]);
          expected.push_back(sum);
        }
        if (beta == 0) std::fill_n(y.data(), y.size(), std::numeric_limits<T>::quiet_NaN());
        get<WeightedRowKernels<T>>(set).sum_rows({5, width}, {x.data(), width}, weights.data(), beta, y.data());
        check_close(y, expected, 5 * rounding<T>);
        std::fill_n(y.data(), y.size(), T(1));
        get<WeightedRowKernels<T>>(set).sum_rows({0, width}, {x.data(), width}, nullptr, beta, y.data());
        check_close(y, std::vector<double>(y.size(), double(beta)), 0);
      }
  });
}

TEMPLATE_TEST_CASE("weighted sums of rows", "[kernels]", float, double) {
  using T = TestType;
  on_each_set([](InstructionSet set) {
    for (const Index width : sizes) {
      Buffer<T> x = numbers<T>(7 * width), weights = numbers<T>(7, -3, 3, 2);
      Buffer<T> y(at(width));
      std::vector<double> expected(y.size(), 0);
      for (const Index row : index_of_rows)
        for (Index j = 0; j < width; ++j) expected[at(j)] += double(weights[at(row)]) * double(x[at(row * width + j)]);
      get<WeightedRowKernels<T>>(set).sum_gathered_rows({5, width}, {x.data(), width}, index_of_rows.data(),
                                                        weights.data(), y.data());
      check_close(y, expected, 5 * rounding<T>);
      get<WeightedRowKernels<T>>(set).sum_gathered_rows({0, width}, {x.data(), width}, nullptr, weights.data(),
                                                        y.data());
      check_close(y, std::vector<double>(y.size(), 0), 0);
    }
  });
}

TEMPLATE_TEST_CASE("scale_gathered_rows", "[kernels]", float, double) {
  using T = TestType;
  on_each_set([](InstructionSet set) {
    for (const Index width : sizes) {
      Buffer<T> x = numbers<T>(7 * width), weights = numbers<T>(5, -3, 3, 2);
      Buffer<T> y(at(5 * width));
      std::vector<double> expected;
      for (std::size_t i = 0; i < 5; ++i)
        for (Index j = 0; j < width; ++j)
          expected.push_back(double(weights[i]) * double(x[at(index_of_rows[i] * width + j)]));
      get<WeightedRowKernels<T>>(set).scale_gathered_rows({5, width}, {x.data(), width}, index_of_rows.data(),
                                                          weights.data(), {y.data(), width});
      check_close(y, expected, rounding<T>);
    }
  });
}

TEMPLATE_TEST_CASE("dot_gathered_rows", "[kernels]", float, double) {
  using T = TestType;
  on_each_set([](InstructionSet set) {
    for (const Index width : sizes) {
      Buffer<T> x = numbers<T>(5 * width), other = numbers<T>(7 * width, -3, 3, 2);
      Buffer<T> y(5);
      std::vector<double> expected(5, 0);
      for (std::size_t i = 0; i < 5; ++i)
        for (Index j = 0; j < width; ++j)
          expected[i] += double(x[i * at(width) + at(j)]) * double(other[at(index_of_rows[i] * width + j)]);
      get<WeightedRowKernels<T>>(set).dot_gathered_rows({5, width}, {x.data(), width}, {other.data(), width},
                                                        index_of_rows.data(), y.data());
      check_close(y, expected, 100 * rounding<T>);
    }
  });
}

}  // namespace
}  // namespace heed::kernels
