#include <dirent.h>
#include <heed/graph/executor.h>
#include <heed/ops/kernels/gemm/gemm.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "catch.h"

using heed::kernels::Batch;
using heed::kernels::Bias;
using heed::kernels::Gemm;

namespace {

std::size_t size(std::int64_t n) { return static_cast<std::size_t>(n); }

struct Threads {
  explicit Threads(int n) : before(heed::threads()) { heed::set_threads(n); }
  ~Threads() { heed::set_threads(before); }
  int before;
};

/// A product with its operands. Elements between rows are NaN, and so is c if beta is 0.
template <class T>
struct Product {
  Gemm<T> gemm;
  Batch batch;
  std::vector<T> a, b, c, bias;

  Product(Gemm<T> shape, std::mt19937& random, std::int64_t count = 1, std::int64_t spare = 0) : gemm(shape) {
    const std::int64_t rows_a = gemm.transpose_a ? gemm.k : gemm.m, columns_a = gemm.transpose_a ? gemm.m : gemm.k;
    const std::int64_t rows_b = gemm.transpose_b ? gemm.n : gemm.k, columns_b = gemm.transpose_b ? gemm.k : gemm.n;
    gemm.lda = std::max<std::int64_t>(columns_a + spare, 1);
    gemm.ldb = std::max<std::int64_t>(columns_b + 2 * spare, 1);
    gemm.ldc = std::max<std::int64_t>(gemm.n + 3 * spare, 1);
    batch = {count, rows_a * gemm.lda, rows_b * gemm.ldb, gemm.m * gemm.ldc};
    a = matrices(random, rows_a, columns_a, gemm.lda, false);
    b = matrices(random, rows_b, columns_b, gemm.ldb, false);
    c = matrices(random, gemm.m, gemm.n, gemm.ldc, gemm.beta == 0);
    std::normal_distribution<T> normal;
    bias.resize(size(gemm.bias_of == Bias::none ? 0 : gemm.bias_of == Bias::per_row ? gemm.m : gemm.n));
    for (T& x : bias) x = normal(random);
    point();
  }
  Product(const Product& other)
      : gemm(other.gemm), batch(other.batch), a(other.a), b(other.b), c(other.c), bias(other.bias) {
    point();
  }

  void check() const {
    Product result{*this};
    if (batch.count == 1) {
      heed::kernels::gemm(result.gemm);
    } else {
      heed::kernels::gemm(result.gemm, batch);
    }
    compare(result);
    if (batch.count != 1) return;
    Product sequential{*this};
    heed::kernels::gemm_sequential(sequential.gemm);
    compare(sequential);
  }

 private:
  std::vector<T> matrices(std::mt19937& random, std::int64_t rows, std::int64_t columns, std::int64_t step,
                          bool unset) {
    std::vector<T> all(size(batch.count * rows * step), std::numeric_limits<T>::quiet_NaN());
    std::normal_distribution<T> normal;
    if (unset) return all;
    for (std::int64_t row = 0; row < batch.count * rows; ++row)
      for (std::int64_t column = 0; column < columns; ++column) all[size(row * step + column)] = normal(random);
    return all;
  }

  void point() {
    gemm.a = a.data();
    gemm.b = b.data();
    gemm.c = c.data();
    gemm.bias = bias.data();
  }

  void compare(const Product& result) const {
    const Gemm<T>& g = gemm;
    const double tolerance = std::numeric_limits<T>::epsilon() * (4 + std::sqrt(static_cast<double>(g.k)));
    double worst = 0;
    bool outside = false;
    for (std::int64_t p = 0; p < batch.count; ++p)
      for (std::int64_t i = 0; i < g.m; ++i) {
        for (std::int64_t j = 0; j < g.n; ++j) {
          double sum = 0, sum_of_sizes = 0;
          for (std::int64_t l = 0; l < g.k; ++l) {
            const double x = a[size(p * batch.step_a + (g.transpose_a ? l * g.lda + i : i * g.lda + l))];
            const double y = b[size(p * batch.step_b + (g.transpose_b ? j * g.ldb + l : l * g.ldb + j))];
            sum += x * y;
            sum_of_sizes += std::abs(x * y);
          }
          const std::size_t at = size(p * batch.step_c + i * g.ldc + j);
          double expected = g.alpha * sum, magnitude = 1 + std::abs(g.alpha) * sum_of_sizes;
          if (g.beta != 0) expected += g.beta * static_cast<double>(c[at]);
          if (g.bias_of == Bias::per_row) expected += bias[size(i)];
          if (g.bias_of == Bias::per_column) expected += bias[size(j)];
          const double error = std::abs(result.c[at] - expected) / magnitude;
          worst = error <= worst ? worst : error;  // NaN counts
        }
        for (std::int64_t j = g.n; j < g.ldc; ++j)
          outside |= !std::isnan(result.c[size(p * batch.step_c + i * g.ldc + j)]);
      }
    INFO((g.transpose_a ? "T" : "N") << (g.transpose_b ? "T " : "N ") << g.m << " x " << g.n << " x " << g.k
                                     << ", rows " << g.lda << " " << g.ldb << " " << g.ldc << ", alpha " << g.alpha
                                     << ", beta " << g.beta << ", bias " << static_cast<int>(g.bias_of) << ", batch "
                                     << batch.count);
    REQUIRE(worst <= tolerance);
    REQUIRE_FALSE(outside);
  }
};

template <class T>
bool same_bits(const std::vector<T>& x, const std::vector<T>& y) {
  return x.size() == y.size() && std::memcmp(x.data(), y.data(), x.size() * sizeof(T)) == 0;
}

template <class T, class Random>
T pick(Random& random, std::initializer_list<T> values) {
  return values.begin()[random() % values.size()];
}

template <class T>
Gemm<T> random_shape(std::mt19937& random, std::initializer_list<std::int64_t> sizes) {
  Gemm<T> g;
  g.transpose_a = random() % 2;
  g.transpose_b = random() % 2;
  g.m = pick(random, sizes);
  g.n = pick(random, sizes);
  g.k = pick(random, sizes);
  g.alpha = pick<T>(random, {1, 1, T(0.5), T(-2)});
  g.beta = pick<T>(random, {0, 0, 1, T(-0.5)});
  g.bias_of = pick(random, {Bias::none, Bias::per_row, Bias::per_column});
  return g;
}

int threads_of_process() {
  int n = 0;
  DIR* tasks = opendir("/proc/self/task");
  while (const dirent* entry = readdir(tasks)) n += entry->d_name[0] != '.';
  closedir(tasks);
  return n;
}

}  // namespace

TEMPLATE_TEST_CASE("products of any shape agree with loops in double", "", float, double) {
  std::mt19937 random{1};
  for (int i = 0; i < 400; ++i) {
    const auto shape = random_shape<TestType>(random, {0, 1, 2, 3, 7, 8, 16, 17, 31, 64, 65, 100});
    Product<TestType>{shape, random, 1, pick<std::int64_t>(random, {0, 0, 1, 5})}.check();
  }
}

TEMPLATE_TEST_CASE("products larger than a block agree with loops in double", "", float, double) {
  std::mt19937 random{2};
  for (int i = 0; i < 12; ++i) {
    const auto shape = random_shape<TestType>(random, {1, 96, 193, 256, 391, 512, 777});
    Product<TestType>{shape, random, 1, pick<std::int64_t>(random, {0, 3})}.check();
  }
}

TEMPLATE_TEST_CASE("batches agree with loops in double", "", float, double) {
  std::mt19937 random{3};
  for (int i = 0; i < 40; ++i) {
    const auto shape = random_shape<TestType>(random, {0, 1, 5, 16, 33, 64});
    Product<TestType>{shape, random, pick<std::int64_t>(random, {0, 2, 3, 40}), pick<std::int64_t>(random, {0, 2})}
        .check();
  }
}

TEMPLATE_TEST_CASE("one operand for all products of a batch", "", float, double) {
  std::mt19937 random{4};
  Gemm<TestType> shape;
  shape.m = 20, shape.n = 30, shape.k = 40;
  Product<TestType> product{shape, random, 5};
  product.batch.step_b = 0;
  product.check();
}

TEMPLATE_TEST_CASE("the bits do not depend on the number of threads", "", float, double) {
  std::mt19937 random{5};
  for (const auto& [m, n, k] : {std::array{1000, 700, 300}, {64, 2000, 130}, {2000, 64, 513}, {300, 300, 2000}})
    for (const bool transpose : {false, true}) {
      Gemm<TestType> shape;
      shape.transpose_a = transpose && m != 64, shape.transpose_b = transpose;
      shape.m = m, shape.n = n, shape.k = k;
      const Product<TestType> product{shape, random};
      std::vector<std::vector<TestType>> results;
      for (const int threads : {1, 2, 3, 2, 8}) {
        const Threads use{threads};
        Product<TestType> result{product};
        heed::kernels::gemm(result.gemm);
        results.push_back(result.c);
      }
      for (const auto& result : results) REQUIRE(same_bits(result, results.front()));
    }
}

TEST_CASE("products start no more threads than requested") {
  const Threads use{2};
  std::mt19937 random{6};
  Gemm<float> shape;
  shape.m = shape.n = shape.k = 600;
  const int before = threads_of_process();
  Product<float>{shape, random}.check();
  REQUIRE(threads_of_process() <= std::max(before, 2));
}
