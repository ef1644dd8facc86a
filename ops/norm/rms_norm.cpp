#include "rms_norm.h"

#include <algorithm>
#include <cmath>

#include "../../graph/create.h"
#include "../../graph/fail.h"
#include "../../graph/support/expect_number.h"
#include "../kernels/rms_norm.h"
#include "../math/arithmetic.h"
#include "../math/powers.h"
#include "../reduce/reduce.h"
#include "../shape/view.h"
#include "../support/elementwise.h"
#include "../support/rows.h"

namespace heed {
using namespace heed::detail;

namespace {

// Approximate nanoseconds per element; they only determine how finely rows are cut.
constexpr double forward_cost = 0.3, backward_cost = 0.5;

/// Number of rows in one partial sum of the gradient of scale: long chains of additions lose digits.
constexpr std::int64_t rows_of_part = 128;

Tensor contiguous_data(const Tensor& scale) {
  return scale ? no_grad([&] { return contiguous(scale.detach()); }) : scale;
}

template <class T>
void forward(const Tensor& x, const Tensor& scale, double epsilon, const Tensor& y, const Tensor& inverse) {
  const Tensor x_rows = as_rows(x), scale_data = contiguous_data(scale);
  const kernels::RmsNorm<T> all{.x = read_rows<T>(x_rows),
                                .scale = scale ? read<T>(scale_data) : nullptr,
                                .epsilon = static_cast<T>(epsilon),
                                .y = fill_rows<T>(y),
                                .inverse = fill<T>(inverse)};
  const std::int64_t width = x.shape()[-1];
  parallel(x_rows.shape()[0], forward_cost * static_cast<double>(width) + 10, [&](Range part) {
    kernels::RmsNorm<T> block = all;
    block.x = from(all.x, part.begin);
    block.y = from(all.y, part.begin);
    block.inverse += part.begin;
    kernels::get<kernels::RmsNormKernels<T>>().rms_norm({part.size(), width}, block);
  });
}

/// Computes the gradients. Each chunk of rows has separate partial sums of the gradient of scale, which are added in
/// order.
template <class T>
Gradients backward(const Tensor& x, const Tensor& scale, const Tensor& inverse, const Tensor& dy) {
  const Tensor x_rows = as_rows(x), dy_rows = as_rows(dy), scale_data = contiguous_data(scale);
  const std::int64_t width = x.shape()[-1], rows = x_rows.shape()[0];
  const std::int64_t rows_of_chunk = chunk_items(rows, backward_cost * static_cast<double>(width) + 10);
  const std::int64_t chunks = (rows + rows_of_chunk - 1) / rows_of_chunk;
  const std::int64_t parts_of_chunk = (rows_of_chunk + rows_of_part - 1) / rows_of_part;
  Tensor dx = empty(x.shape(), x.dtype());
  const Tensor dscale =
      scale && detail::gradient_is_needed(1) ? zeros({chunks * parts_of_chunk, width}, x.dtype()) : Tensor{};
  const kernels::RmsNormBackward<T> all{.x = read_rows<T>(x_rows),
                                        .dy = read_rows<T>(dy_rows),
                                        .scale = scale ? read<T>(scale_data) : nullptr,
                                        .inverse = read<T>(inverse),
                                        .dx = fill_rows<T>(dx),
                                        .dscale = dscale ? fill<T>(dscale) : nullptr};
  parallel_chunks(chunks, [&](std::int64_t chunk) {
    const std::int64_t end = std::min((chunk + 1) * rows_of_chunk, rows);
    std::int64_t part = chunk * parts_of_chunk;
    for (std::int64_t first = chunk * rows_of_chunk; first < end; first += rows_of_part, ++part) {
      kernels::RmsNormBackward<T> block = all;
      block.x = from(all.x, first);
      block.dy = from(all.dy, first);
      block.dx = from(all.dx, first);
      block.inverse += first;
      if (dscale) block.dscale += part * width;
      kernels::get<kernels::RmsNormKernels<T>>().rms_norm_backward({std::min(rows_of_part, end - first), width}, block);
    }
  });
  return Gradients{dx, [&] { return sum(dscale, {0}); }};
}

}  // namespace

Tensor rms_norm(const Tensor& x, const Tensor& scale, double epsilon) {
  if (x.rank() == 0) fail("rms_norm: x is [], but it must have an axis to normalise along");
  if (scale && (scale.shape() != Shape{x.shape()[-1]} || scale.dtype() != x.dtype()))
    fail("rms_norm: scale is {} {} and x is {} {}, but scale must be {} [{}]", name(scale.dtype()),
         to_string(scale.shape()), name(x.dtype()), to_string(x.shape()), name(x.dtype()), x.shape()[-1]);
  expect_not_negative("rms_norm", "epsilon", epsilon);
  Shape rows = x.shape();
  rows.erase(rows.rank() - 1);
  Tensor y = empty(x.shape(), x.dtype());
  const Tensor inverse = empty({rows.elements()}, x.dtype());
  with_floating("rms_norm", x.dtype(), [&]<class T>() { forward<T>(x, scale, epsilon, y, inverse); });
  return differentiable(
      "rms_norm", {x, scale}, y,
      [x, scale, inverse](const Tensor& dy) {
        return with_floating("rms_norm", dy.dtype(), [&]<class T>() { return backward<T>(x, scale, inverse, dy); });
      },
      [epsilon](const Tensor& of_x, const Tensor& of_scale) {
        const Tensor h = of_x / sqrt(mean(of_x * of_x, {-1}, true) + epsilon);
        return of_scale ? h * of_scale : h;
      });
}

}  // namespace heed
