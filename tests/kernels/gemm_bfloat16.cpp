// Products of bfloat16 compared with sums in double of the rounded operands.
#include <heed/graph/executor.h>
#include <heed/ops/kernels/gemm/gemm.h>
#include <heed/ops/kernels/gemm/gemm_bfloat16.h>

#include "harness.h"

using namespace heed;
using namespace heed::kernels;

namespace {

double rounded(float x) { return double(float(Bfloat16(x))); }

struct Case {
  Index m, n, k;
  bool transpose_a, transpose_b;
  Index gap;  // between rows
  float alpha, beta;
  Bias bias;
};

/// Returns the product of a case with a number of threads; the reference is written to `expected`.
Buffer<float> made(const Case& of, int thread_count, std::vector<double>* expected) {
  const int before = threads();
  set_threads(thread_count);
  const Index lda = (of.transpose_a ? of.m : of.k) + of.gap, ldb = (of.transpose_b ? of.k : of.n) + of.gap,
              ldc = of.n + of.gap;
  Buffer<float> a = numbers<float>((of.transpose_a ? of.k : of.m) * lda, -1, 1, 1);
  Buffer<float> b = numbers<float>((of.transpose_b ? of.n : of.k) * ldb, -1, 1, 2);
  Buffer<float> c = numbers<float>(of.m * ldc, -1, 1, 3), bias = numbers<float>(std::max(of.m, of.n), -1, 1, 4);
  if (expected) {
    expected->assign(c.begin(), c.end());
    for (Index i = 0; i < of.m; ++i)
      for (Index j = 0; j < of.n; ++j) {
        double sum = 0;
        for (Index p = 0; p < of.k; ++p)
          sum += rounded(a[at(of.transpose_a ? p * lda + i : i * lda + p)]) *
                 rounded(b[at(of.transpose_b ? j * ldb + p : p * ldb + j)]);
        double& y = (*expected)[at(i * ldc + j)];
        y = double(of.alpha) * sum + double(of.beta) * y;
        if (of.bias == Bias::per_row) y += double(bias[at(i)]);
        if (of.bias == Bias::per_column) y += double(bias[at(j)]);
      }
  }
  gemm_bfloat16(Gemm<float>{.transpose_a = of.transpose_a,
                            .transpose_b = of.transpose_b,
                            .m = of.m,
                            .n = of.n,
                            .k = of.k,
                            .a = a.data(),
                            .lda = lda,
                            .b = b.data(),
                            .ldb = ldb,
                            .c = c.data(),
                            .ldc = ldc,
                            .alpha = of.alpha,
                            .beta = of.beta,
                            .bias_of = of.bias,
                            .bias = bias.data()});
  set_threads(before);
  return c;
}

}  // namespace

TEST_CASE("products of bfloat16 agree with products of the rounded operands", "[kernels]") {
  if (!has_bfloat16()) return;
  struct Sizes {
    Index m, n, k;
  };
  struct Rest {
    Index gap;
    float alpha, beta;
    Bias bias;
  };
  for (const auto& [m, n, k] : {Sizes{0, 5, 3},
                                {3, 5, 0},
                                {1, 1, 1},
                                {3, 5, 7},
                                {16, 64, 32},
                                {65, 66, 67},
                                {7, 300, 100},
                                {17, 64, 4200},
                                {130, 1100, 10},
                                {1024, 33, 20}})
    for (const bool transpose_a : {false, true})
      for (const bool transpose_b : {false, true})
        for (const auto& [gap, alpha, beta, bias] :
             {Rest{0, 1, 0, Bias::none}, Rest{0, 1, 1, Bias::per_column}, Rest{3, 0.5f, 0.25f, Bias::per_row}}) {
          const Case of{m, n, k, transpose_a, transpose_b, gap, alpha, beta, bias};
          std::vector<double> expected;
          const Buffer<float> one = made(of, 1, &expected);
          INFO("[" << m << ", " << k << "] with [" << k << ", " << n << "]");
          check_close(one, expected, 1e-6 * (1 + std::sqrt(double(k))));
          for (const int more : {2, 8}) {
            const Buffer<float> other = made(of, more, nullptr);
            REQUIRE(std::memcmp(one.begin(), other.begin(), one.size() * sizeof(float)) == 0);
          }
        }
}
