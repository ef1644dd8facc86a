#include "grouped_matmul.h"

#include <algorithm>
#include <vector>

#include "../../graph/create.h"
#include "../../graph/fail.h"
#include "../kernels/gemm/gemm.h"
#include "../shape/view.h"
#include "../support/elementwise.h"
#include "../support/matrix_layout.h"

namespace heed {
using namespace heed::detail;

namespace {

/// Computes product(g) for each group.
template <class T, class Product>
void multiply_groups(const Sequences& groups, const Product& product) {
  std::vector<kernels::Gemm<T>, arena::Allocator<kernels::Gemm<T>>> all;
  all.reserve(static_cast<std::size_t>(groups.count()));
  for (std::int64_t group = 0; group < groups.count(); ++group) all.push_back(product(group));
  kernels::gemm(std::span<const kernels::Gemm<T>>(all));
}

/// x[rows of g]^T y[rows of g] for each group g:  x: [rows, in], y: [rows, out]  ->  [groups, in, out].
Tensor grouped_outer(const Tensor& x, const Sequences& groups, const Tensor& y);

Tensor multiply(const Tensor& x, const Sequences& groups, const Tensor& weights) {
  const std::int64_t in = x.size(1), out = weights.size(2);
  Tensor y = empty({x.size(0), out}, x.dtype());
  with_floating("grouped_matmul", x.dtype(), [&]<class T>() {
    const Tensor rows = readable_rows(x), matrices = readable_matrix(weights);
    const MatrixLayout layout = matrix_layout(matrices);
    const T *of_x = read<T>(rows), *of_weights = read<T>(matrices);
    T* to = fill<T>(y);
    multiply_groups<T>(groups, [&](std::int64_t group) {
      const std::int64_t first = groups.offset(group);
      return kernels::Gemm<T>{.transpose_b = layout.transposed,
                              .m = groups.length(group),
                              .n = out,
                              .k = in,
                              .a = of_x + first * rows.strides()[0],
                              .lda = std::max(rows.strides()[0], in),
                              .b = of_weights + group * matrices.strides()[0],
                              .ldb = layout.leading,
                              .c = to + first * out,
                              .ldc = out};
    });
  });
  return differentiable("grouped_matmul", {x, weights}, y, [x, groups, weights](const Tensor& dy) {
    return Gradients{[&] { return multiply(dy, groups, transpose(weights)); },
                     [&] { return grouped_outer(x, groups, dy); }};
  });
}

Tensor grouped_outer(const Tensor& x, const Sequences& groups, const Tensor& y) {
  const std::int64_t in = x.size(1), out = y.size(1);
  Tensor z = empty({groups.count(), in, out}, x.dtype());
  with_floating("grouped_matmul", x.dtype(), [&]<class T>() {
    const Tensor x_rows = readable_rows(x), y_rows = readable_rows(y);
    const T *of_x = read<T>(x_rows), *of_y = read<T>(y_rows);
    T* to = fill<T>(z);
    multiply_groups<T>(groups, [&](std::int64_t group) {  // for an empty group gemm writes zeros
      const std::int64_t first = groups.offset(group);
      return kernels::Gemm<T>{.transpose_a = true,
                              .m = in,
                              .n = out,
                              .k = groups.length(group),
                              .a = of_x + first * x_rows.strides()[0],
                              .lda = std::max(x_rows.strides()[0], in),
                              .b = of_y + first * y_rows.strides()[0],
                              .ldb = std::max(y_rows.strides()[0], out),
                              .c = to + group * in * out,
                              .ldc = out};
    });
  });
  return differentiable("grouped_outer", {x, y}, z, [x, groups, y](const Tensor& dz) {
    return Gradients{[&] { return multiply(y, groups, transpose(dz)); }, [&] { return multiply(x, groups, dz); }};
  });
}

}  // namespace

Tensor grouped_matmul(const Tensor& x, const Sequences& groups, const Tensor& weights) {
  check_same_dtype("grouped_matmul", "x", x, "weights", weights);
  if (x.rank() != 2 || weights.rank() != 3 || x.size(1) != weights.size(1))
    fail("grouped_matmul: x is {} and weights are {}, but they must be [rows, in] and [groups, in, out]",
         to_string(x.shape()), to_string(weights.shape()));
  if (groups.count() != weights.size(0) || groups.tokens() != x.size(0))
    fail("grouped_matmul: x is {} and weights are {}, but there are {} groups with {} rows", to_string(x.shape()),
         to_string(weights.shape()), groups.count(), groups.tokens());
  return multiply(x, groups, weights);
}

Tensor grouped_matmul(const Tensor& x, const Tensor& offsets, const Tensor& weights) {
  if (offsets.rank() != 1 || offsets.elements() == 0 || (offsets.dtype() != int64 && offsets.dtype() != int32))
    fail("grouped_matmul: offsets are {} {}, but they must be int64 or int32, [groups + 1]", name(offsets.dtype()),
         to_string(offsets.shape()));
  const auto all = no_grad([&] { return cast(offsets, int64); }).to_vector<std::int64_t>();
  std::vector<std::int64_t> lengths;
  for (std::size_t i = 0; i + 1 < all.size(); ++i) {
    if (all[0] != 0 || all[i + 1] < all[i])
      fail("grouped_matmul: offset {} is {} and offset {} is {}, but offsets must ascend from 0", i, all[i], i + 1,
           all[i + 1]);
    lengths.push_back(all[i + 1] - all[i]);
  }
  return grouped_matmul(x, Sequences(std::span<const std::int64_t>(lengths)), weights);
}

}  // namespace heed
