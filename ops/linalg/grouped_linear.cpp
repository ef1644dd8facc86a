#include "grouped_linear.h"

#include <vector>

#include "../../graph/create.h"
#include "../../graph/fail.h"
#include "../kernels/gemm/gemm.h"
#include "../reduce/reduce.h"
#include "../shape/view.h"
#include "../support/elementwise.h"
#include "../support/matrix_layout.h"

namespace heed {
using namespace heed::detail;

namespace {

using List = std::vector<Tensor>;

/// Batch of the products of all groups.
template <class T>
class Products {
 public:
  void add(const kernels::Gemm<T>& product) { all_.push_back(product); }
  void make() const { kernels::gemm(std::span<const kernels::Gemm<T>>(all_)); }

 private:
  std::vector<kernels::Gemm<T>, arena::Allocator<kernels::Gemm<T>>> all_;
};

/// Operand M or its transpose.
enum class As { stored, transposed };
As other(As as) { return as == As::stored ? As::transposed : As::stored; }

Tensor multiply(const Tensor& x, const Sequences& groups, const List& matrices, As as, std::int64_t out,
                const List& biases);

/// z_g = a[rows of g]^T b[rows of g] for each group g:  a: [rows, m], b: [rows, n]  ->  [m, n] each.
List outer_products(const Tensor& a, const Sequences& groups, const Tensor& b) {
  const std::int64_t m = a.size(1), n = b.size(1);
  List z;
  for (std::int64_t g = 0; g < groups.count(); ++g) z.push_back(empty({m, n}, a.dtype()));
  with_floating("grouped_linear", a.dtype(), [&]<class T>() {
    const Tensor a_rows = readable_rows(a), b_rows = readable_rows(b);
    Products<T> products;
    for (std::int64_t g = 0; g < groups.count(); ++g)  // for an empty group gemm writes zeros
      products.add({.transpose_a = true,
                    .m = m,
                    .n = n,
                    .k = groups.length(g),
                    .a = read<T>(a_rows) + groups.offset(g) * a_rows.strides()[0],
                    .lda = std::max(a_rows.strides()[0], m),
                    .b = read<T>(b_rows) + groups.offset(g) * b_rows.strides()[0],
                    .ldb = std::max(b_rows.strides()[0], n),
                    .c = fill<T>(z[static_cast<std::size_t>(g)]),
                    .ldc = n});
    products.make();
  });
  return differentiable("grouped_outer", {a, b}, z, [a, groups, b](std::span<const Tensor> given) {
    List dz(given.begin(), given.end());
    for (Tensor& one : dz)
      if (!one) one = zeros({a.size(1), b.size(1)}, a.dtype());
    return Gradients{[&] { return multiply(b, groups, dz, As::transposed, a.size(1), {}); },
                     [&] { return multiply(a, groups, dz, As::stored, b.size(1), {}); }};
  });
}

/// Returns the sum of the rows of a group.
Tensor sum_of(const Tensor& rows, const Sequences& groups, std::size_t group) {
  const auto g = static_cast<std::int64_t>(group);
  return sum(slice(rows, 0, groups.offset(g), groups.offset(g + 1)), {0});
}

/// y[r] = x[r] M_g, or x[r] M_g^T, + b_g.
Tensor multiply(const Tensor& x, const Sequences& groups, const List& matrices, As as, std::int64_t out,
                const List& biases) {
  Tensor y = empty({x.size(0), out}, x.dtype());
  with_floating("grouped_linear", x.dtype(), [&]<class T>() {
    const std::int64_t in = x.size(1);
    const Tensor rows = readable_rows(x);
    List readable;  // kept until the products are computed
    Products<T> products;
    for (std::size_t i = 0; i < matrices.size(); ++i) {
      const auto g = static_cast<std::int64_t>(i);
      const Tensor matrix = matrices[i].detach();
      readable.push_back(readable_matrix(as == As::transposed ? transpose(matrix) : matrix));
      const MatrixLayout layout = matrix_layout(readable.back());
      const T *values = read<T>(readable.back()), *bias = nullptr;
      if (!biases.empty()) {
        readable.push_back(no_grad([&] { return contiguous(biases[i]); }));
        bias = read<T>(readable.back());
      }
      products.add({.transpose_b = layout.transposed,
                    .m = groups.length(g),
                    .n = out,
                    .k = in,
                    .a = read<T>(rows) + groups.offset(g) * rows.strides()[0],
                    .lda = std::max(rows.strides()[0], in),
                    .b = values,
                    .ldb = layout.leading,
                    .c = fill<T>(y) + groups.offset(g) * out,
                    .ldc = out,
                    .bias_of = bias ? kernels::Bias::per_column : kernels::Bias::none,
                    .bias = bias});
    }
    products.make();
  });
  List inputs{x};
  inputs.insert(inputs.end(), matrices.begin(), matrices.end());
  inputs.insert(inputs.end(), biases.begin(), biases.end());
  return differentiable("grouped_linear", std::span<const Tensor>(inputs), y,
                        [x, groups, matrices, as, count = inputs.size()](const Tensor& dy) {
                          List of_matrices;  // all are computed when the first one is requested
                          return Gradients::each(count, [&](std::size_t i) -> Tensor {
                            if (i == 0) return multiply(dy, groups, matrices, other(as), x.size(1), {});
                            if (i > matrices.size()) return sum_of(dy, groups, i - 1 - matrices.size());
                            if (of_matrices.empty())
                              of_matrices =
                                  as == As::transposed ? outer_products(dy, groups, x) : outer_products(x, groups, dy);
                            return of_matrices[i - 1];
                          });
                        });
}

}  // namespace

Tensor grouped_linear(const Tensor& x, const Sequences& groups, std::span<const Tensor> weights,
                      std::span<const Tensor> biases) {
  if (x.rank() != 2) fail("grouped_linear: x is {}, but it must be [rows, in]", to_string(x.shape()));
  const auto count = static_cast<std::int64_t>(weights.size());
  if (count == 0 || groups.count() != count || (!biases.empty() && biases.size() != weights.size()))
    fail(
        "grouped_linear: there are {} groups, {} weights and {} biases, but each group must have a weight, and each or "
        "none a bias",
        groups.count(), count, biases.size());
  if (groups.tokens() != x.size(0))
    fail("grouped_linear: x is {}, but the groups have {} rows", to_string(x.shape()), groups.tokens());
  const std::int64_t out = weights[0].rank() == 2 ? weights[0].size(0) : 0;
  for (std::size_t g = 0; g < weights.size(); ++g) {
    check_same_dtype("grouped_linear", "x", x, "a weight", weights[g]);
    if (weights[g].shape() != Shape{out, x.size(1)})
      fail("grouped_linear: x is {} and weight {} is {}, but all weights must be [out, {}] with the same out",
           to_string(x.shape()), g, to_string(weights[g].shape()), x.size(1));
    if (!biases.empty() && (biases[g].shape() != Shape{out} || biases[g].dtype() != x.dtype()))
      fail("grouped_linear: bias {} is {} {}, but with weight {} it must be {} [{}]", g, name(biases[g].dtype()),
           to_string(biases[g].shape()), to_string(weights[g].shape()), name(x.dtype()), out);
  }
  return multiply(x, groups, List(weights.begin(), weights.end()), As::transposed, out,
                  List(biases.begin(), biases.end()));
}

}  // namespace heed
