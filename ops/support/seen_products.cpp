#include "seen_products.h"

#include <cmath>

#include "../../graph/create.h"
#include "../index/where.h"
#include "../linalg/matmul.h"
#include "../math/arithmetic.h"
#include "../math/compare.h"
#include "../math/finite.h"
#include "../math/logical.h"
#include "../shape/view.h"
#include "elementwise.h"

namespace heed::detail {
namespace {

/// Returns the shape with the last two axes of another.
Shape with_matrices(Shape shape, const Shape& of) {
  shape[-2] = of[-2];
  shape[-1] = of[-1];
  return shape;
}

/// y[..., i, :] += x[..., i, j] times the non-finite elements of rows[..., j, :], for the pairs that are seen.
template <class T>
void add_non_finite(const Tensor& seen, const Tensor& x, const Tensor& rows, const Tensor& y) {
  const std::int64_t m = y.shape()[-2], width = y.shape()[-1], count = seen.size(1);
  const Tensor all_x = contiguous(broadcast_to(x, with_matrices(y.shape(), x.shape())));
  const Tensor all_rows = contiguous(broadcast_to(rows, with_matrices(y.shape(), rows.shape())));
  const bool* const is_seen = read<bool>(seen);
  const T *const factors = read<T>(all_x), *const from = read<T>(all_rows);
  T* const to = fill<T>(y);
  for (std::int64_t row = 0; row < (count > 0 ? all_rows.elements() / std::max<std::int64_t>(width, 1) : 0); ++row)
    for (std::int64_t c = 0; c < width; ++c) {
      const T value = from[row * width + c];
      if (std::isfinite(value)) continue;
      const std::int64_t matrix = row / count, j = row % count;
      for (std::int64_t i = 0; i < m; ++i)
        if (is_seen[i * count + j]) to[(matrix * m + i) * width + c] += factors[(matrix * m + i) * count + j] * value;
    }
}

Tensor values_of_sum(const Tensor& seen, const Tensor& x, const Tensor& rows) {
  const NoGrad scope;
  const Tensor none = zeros({}, x.dtype()), finite = isfinite(rows);
  const Tensor factors = where(seen, x, none);
  if (all(finite).item<bool>()) return matmul(factors, rows);
  Tensor y = matmul(factors, where(finite, rows, none));
  with_floating("attention", x.dtype(), [&]<class T>() { add_non_finite<T>(contiguous(seen), factors, rows, y); });
  return y;
}

}  // namespace

Tensor masked_dot(const Tensor& seen, const Tensor& a, const Tensor& b) {
  if (!seen) return matmul(a, transpose(b));
  const Tensor y = no_grad([&] { return where(seen, matmul(a, transpose(b)), zeros({}, a.dtype())); });
  return differentiable("attention", {a, b}, y, [seen, a, b](const Tensor& dy) {
    return Gradients{[&] { return sum_to(masked_weighted_sum(seen, dy, b), a.shape()); },
                     [&] { return sum_to(masked_weighted_sum(transpose(seen), transpose(dy), a), b.shape()); }};
  });
}

Tensor masked_weighted_sum(const Tensor& seen, const Tensor& x, const Tensor& rows) {
  if (!seen) return matmul(x, rows);
  return differentiable(
      "attention", {x, rows}, values_of_sum(seen, x.detach(), rows.detach()), [seen, x, rows](const Tensor& dy) {
        return Gradients{[&] { return sum_to(masked_dot(seen, dy, rows), x.shape()); },
                         [&] { return sum_to(masked_weighted_sum(transpose(seen), transpose(x), dy), rows.shape()); }};
      });
}

}  // namespace heed::detail
