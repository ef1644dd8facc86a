#include <heed/ops/kernels/gemm/gemm.h>
#include <heed/ops/kernels/gemm/gemm_transposed.h>

#include "harness.h"

namespace heed::kernels {
namespace {

// Products of a few rows with a transposed b: whole and partial tiles, and more terms than one block.
TEMPLATE_TEST_CASE("multiply_transposed", "[kernels]", float, double) {
  using T = TestType;
  struct Shape {
    Index m, n, k;
  };
  on_each_set([](InstructionSet set) {
    for (const auto& [m, n, k] : {Shape{1, 1, 1}, {4, 4, 16}, {13, 6, 33}, {32, 64, 128}, {3, 5, 2500}, {17, 1, 1024}})
      for (const T beta : {T(0), T(1), T(-0.5)})
        for (const bool biased : {false, true}) {
          Buffer<T> a = numbers<T>(m * k), b = numbers<T>(n * k, -3, 3, 2), bias = numbers<T>(n, -3, 3, 3);
          Buffer<T> c = numbers<T>(m * n, -3, 3, 4);
          std::vector<double> expected;
          for (Index i = 0; i < m; ++i)
            for (Index j = 0; j < n; ++j) {
              double sum = 0;
              for (Index p = 0; p < k; ++p) sum += double(a[at(i * k + p)]) * double(b[at(j * k + p)]);
              expected.push_back(2 * sum + double(beta) * double(c[at(i * n + j)]) +
                                 (biased ? double(bias[at(j)]) : 0));
            }
          if (beta == 0) std::fill_n(c.data(), c.size(), std::numeric_limits<T>::quiet_NaN());
          get<TransposedKernels<T>>(set).multiply_transposed({.transpose_b = true,
                                                              .m = m,
                                                              .n = n,
                                                              .k = k,
                                                              .a = a.data(),
                                                              .lda = k,
                                                              .b = b.data(),
                                                              .ldb = k,
                                                              .c = c.data(),
                                                              .ldc = n,
                                                              .alpha = 2,
                                                              .beta = beta,
                                                              .bias_of = biased ? Bias::per_column : Bias::none,
                                                              .bias = bias.data()});
          check_close(c, expected, 100 * rounding<T>);
        }
  });
}

}  // namespace
}  // namespace heed::kernels
