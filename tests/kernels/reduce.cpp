#include <heed/ops/kernels/reduce.h>

#include "harness.h"

namespace heed::kernels {
namespace {

TEMPLATE_TEST_CASE("sum, max, min, argmax, argmin", "[kernels]", float, double, std::int32_t, std::int64_t) {
  using T = TestType;
  on_each_set([](InstructionSet set) {
    for (const Index n : sizes) {
      for (const Index stride : {1, 0, 3}) {
        INFO("n = " << n << ", stride = " << stride);
        Buffer<T> x = numbers<T>(n ? (n - 1) * stride + 1 : 0, -9, 5);
        const Run<const T> run{x.data(), stride};
        double sum = 0;
        Index place = 0, place_of_min = 0;
        for (Index i = 0; i < n; ++i) {
          sum += double(x[at(i * stride)]);
          if (x[at(i * stride)] > x[at(place * stride)]) place = i;
          if (x[at(i * stride)] < x[at(place_of_min * stride)]) place_of_min = i;
        }
        check_close(std::vector{get<ReduceKernels<T>>(set).sum(run, n)}, std::vector{sum}, rounding<T>);
        const T lowest = std::is_integral_v<T> ? std::numeric_limits<T>::lowest() : -std::numeric_limits<T>::infinity();
        CHECK(get<ReduceKernels<T>>(set).max(run, n) == (n ? x[at(place * stride)] : lowest));
        const T greatest = std::is_integral_v<T> ? std::numeric_limits<T>::max() : std::numeric_limits<T>::infinity();
        CHECK(get<ReduceKernels<T>>(set).min(run, n) == (n ? x[at(place_of_min * stride)] : greatest));
        if (n) CHECK(get<ReduceKernels<T>>(set).argmax(run, n) == place);
        if (n) CHECK(get<ReduceKernels<T>>(set).argmin(run, n) == place_of_min);
      }
    }
  });
}

TEMPLATE_TEST_CASE("NaN is the maximum and the minimum, and ties go to the first", "[kernels]", float, double) {
  using T = TestType;
  on_each_set([](InstructionSet set) {
    for (const std::size_t place : {0u, 5u, 17u, 63u, 98u}) {
      Buffer<T> x = numbers<T>(100);
      x[place] = x[99] = 7;
      CHECK(get<ReduceKernels<T>>(set).argmax({x.data()}, 100) == Index(place));
      x[place] = x[99] = -7;
      CHECK(get<ReduceKernels<T>>(set).argmin({x.data()}, 100) == Index(place));
      x[place] = x[99] = std::numeric_limits<T>::quiet_NaN();
      x[50] = std::numeric_limits<T>::infinity();
      CHECK(std::isnan(get<ReduceKernels<T>>(set).max({x.data()}, 100)));
      CHECK(std::isnan(get<ReduceKernels<T>>(set).min({x.data()}, 100)));
      CHECK(get<ReduceKernels<T>>(set).argmin({x.data()}, 100) == Index(place));
      CHECK(get<ReduceKernels<T>>(set).argmax({x.data()}, 100) == Index(place));
    }
  });
}

TEMPLATE_TEST_CASE("sum_columns", "[kernels]", float, double, std::int32_t, std::int64_t) {
  using T = TestType;
  on_each_set([](InstructionSet set) {
    for (const Index width : sizes) {
      for (const Index rows : {0, 1, 5}) {
        const Index stride = width + 3;
        Buffer<T> x = numbers<T>(rows ? (rows - 1) * stride + width : 0), y = numbers<T>(width, -3, 3, 4);
        std::vector<double> expected(y.begin(), y.end());
        for (Index r = 0; r < rows; ++r) {
          for (Index j = 0; j < width; ++j) expected[at(j)] += double(x[at(r * stride + j)]);
        }
        get<ReduceKernels<T>>(set).sum_columns({rows, width}, {x.data(), stride}, y.data());
        check_close(y, expected, rounding<T>);
      }
    }
  });
}

TEMPLATE_TEST_CASE("sum_of_squares adds in double", "[kernels]", float, double) {
  using T = TestType;
  on_each_set([](InstructionSet set) {
    for (const Index n : sizes) {
      Buffer<T> x = numbers<T>(n, -1e3, 1e3);
      double expected = 0;
      for (const T value : x) expected += double(value) * double(value);
      check_close(std::vector{get<SumOfSquaresKernels<T>>(set).sum_of_squares(x.data(), n)}, std::vector{expected},
                  1e-14);
    }
  });
}

}  // namespace
}  // namespace heed::kernels
