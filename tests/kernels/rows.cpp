#include <heed/ops/kernels/rows.h>

#include "harness.h"

namespace heed::kernels {
namespace {

TEMPLATE_TEST_CASE("gather_rows", "[kernels]", float, double, std::int32_t, std::int64_t, bool) {
  using T = TestType;
  const std::vector<std::int64_t> index = {3, 0, 3, 6, 2};
  on_each_set([&](InstructionSet set) {
    for (const Index width : sizes) {
      Buffer<T> x = numbers<T>(7 * width), y(at(5 * width));
      std::vector<double> expected;
      for (const Index row : index)
        expected.insert(expected.end(), x.begin() + row * width, x.begin() + (row + 1) * width);
      get<RowKernels<T>>(set).gather_rows({5, width}, {x.data(), width}, index.data(), {y.data(), width});
      check_close(y, expected, 0);
    }
  });
}

TEMPLATE_TEST_CASE("add_gathered_rows", "[kernels]", float, double, std::int32_t, std::int64_t) {
  using T = TestType;
  const std::vector<std::int64_t> index = {3, 0, 3, 6, 2};
  on_each_set([&](InstructionSet set) {
    for (const Index width : sizes) {
      Buffer<T> x = numbers<T>(7 * width), y = numbers<T>(width, -3, 3, 2);
      std::vector<double> expected(y.begin(), y.end());
      for (const Index row : index) {
        for (Index j = 0; j < width; ++j) expected[at(j)] += double(x[at(row * width + j)]);
      }
      get<RowSumKernels<T>>(set).add_gathered_rows({5, width}, {x.data(), width}, index.data(), y.data());
      check_close(y, expected, rounding<T>);
    }
  });
}

TEMPLATE_TEST_CASE("transpose", "[kernels]", float, double, std::int32_t, std::int64_t, bool) {
  using T = TestType;
  on_each_set([](InstructionSet set) {
    for (const Index rows : {1, 15, 16, 33}) {
      for (const Index width : sizes) {
        const Index x_stride = width + 2, y_stride = rows + 1;
        Buffer<T> x = numbers<T>((rows - 1) * x_stride + width);
        Buffer<T> y(at(width ? (width - 1) * y_stride + rows : 0));
        std::vector<double> expected(y.size(), 0);
        for (Index i = 0; i < rows; ++i) {
          for (Index j = 0; j < width; ++j) expected[at(j * y_stride + i)] = double(x[at(i * x_stride + j)]);
        }
        get<RowKernels<T>>(set).transpose({rows, width}, {x.data(), x_stride}, {y.data(), y_stride});
        check_close(y, expected, 0);
      }
    }
  });
}

}  // namespace
}  // namespace heed::kernels
