#include "layer_norm.h"

#include <algorithm>
#include <cmath>

#include "../../graph/create.h"
#include "../../graph/fail.h"
#include "../../graph/support/expect_number.h"
#include "../kernels/layer_norm.h"
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
constexpr double forward_cost = 0.4, backward_cost = 0.7;

/// Number of rows in one partial sum of the gradients of scale and bias: long chains of additions lose digits.
constexpr std::int64_t rows_of_part = 128;

void check_factor(const char* name_of, const Tensor& factor, const Tensor& x) {
  if (factor && (factor.shape() != Shape{x.shape()[-1]} || factor.dtype() != x.dtype()))
    fail("layer_norm: {} is {} {} and x is {} {}, but {} must be {} [{}]", name_of, name(factor.dtype()),
         to_string(factor.shape()), name(x.dtype()), to_string(x.shape()), name_of, name(x.dtype()), x.shape()[-1]);
}

Tensor contiguous_data(const Tensor& factor) {
  return factor ? no_grad([&] { return contiguous(factor.detach()); }) : factor;
}

struct Saved {
  Tensor mean, inverse_stddev;  // [rows]
};

template <class T>
const T* values(const Tensor& factor) {
  return factor ? read<T>(factor) : nullptr;
}

template <class T>
void forward(const Tensor& x, const Tensor& scale, const Tensor& bias, double epsilon, const Tensor& y,
             const Saved& saved) {
  const Tensor x_rows = as_rows(x), scale_data = contiguous_data(scale), bias_data = contiguous_data(bias);
  const kernels::LayerNorm<T> all{.x = read_rows<T>(x_rows),
                                  .scale = values<T>(scale_data),
                                  .bias = values<T>(bias_data),
                                  .epsilon = static_cast<T>(epsilon),
                                  .y = fill_rows<T>(y),
                                  .mean = fill<T>(saved.mean),
                                  .inverse_stddev = fill<T>(saved.inverse_stddev)};
  const std::int64_t width = x.shape()[-1];
  parallel(x_rows.shape()[0], forward_cost * static_cast<double>(width) + 10, [&](Range part) {
    kernels::LayerNorm<T> block = all;
    block.x = from(all.x, part.begin);
    block.y = from(all.y, part.begin);
    block.mean += part.begin;
    block.inverse_stddev += part.begin;
    kernels::get<kernels::LayerNormKernels<T>>().layer_norm({part.size(), width}, block);
  });
}

/// Computes the gradients of all inputs in one pass over the rows. Each chunk of rows has separate partial sums of the
/// gradients of scale and bias, which are added in order.
template <class T>
Gradients backward(const Tensor& x, const Tensor& scale, const Saved& saved, const Tensor& dy) {
  const Tensor x_rows = as_rows(x), dy_rows = as_rows(dy), scale_data = contiguous_data(scale);
  const std::int64_t width = x.shape()[-1], rows = x_rows.shape()[0];
  const std::int64_t rows_of_chunk = chunk_items(rows, backward_cost * static_cast<double>(width) + 10);
  const std::int64_t chunks = (rows + rows_of_chunk - 1) / rows_of_chunk;
  const std::int64_t parts_of_chunk = (rows_of_chunk + rows_of_part - 1) / rows_of_part;
  const auto parts = [&](std::size_t input) {
    return detail::gradient_is_needed(input) ? zeros({chunks * parts_of_chunk, width}, x.dtype()) : Tensor{};
  };
  Tensor dx = empty(x.shape(), x.dtype()), dscale = parts(1), dbias = parts(2);
  const kernels::LayerNormBackward<T> all{.x = read_rows<T>(x_rows),
                                          .dy = read_rows<T>(dy_rows),
                                          .scale = values<T>(scale_data),
                                          .mean = read<T>(saved.mean),
                                          .inverse_stddev = read<T>(saved.inverse_stddev),
                                          .dx = fill_rows<T>(dx),
                                          .dscale = dscale ? fill<T>(dscale) : nullptr,
                                          .dbias = dbias ? fill<T>(dbias) : nullptr};
  parallel_chunks(chunks, [&](std::int64_t chunk) {
    const std::int64_t end = std::min((chunk + 1) * rows_of_chunk, rows);
    std::int64_t part = chunk * parts_of_chunk;
    for (std::int64_t first = chunk * rows_of_chunk; first < end; first += rows_of_part, ++part) {
      kernels::LayerNormBackward<T> block = all;
      block.x = from(all.x, first);
      block.dy = from(all.dy, first);
      block.dx = from(all.dx, first);
      block.mean += first;
      block.inverse_stddev += first;
      if (dscale) block.dscale += part * width;
      if (dbias) block.dbias += part * width;
      kernels::get<kernels::LayerNormKernels<T>>().layer_norm_backward({std::min(rows_of_part, end - first), width},
                                                                       block);
    }
  });
  return Gradients{dx, [&] { return sum(dscale, {0}); }, [&] { return sum(dbias, {0}); }};
}

/// Layer normalisation composed of ops.
Tensor composed(const Tensor& x, const Tensor& scale, const Tensor& bias, double epsilon) {
  Tensor centred = x - mean(x, {-1}, true);
  Tensor y = centred / sqrt(mean(centred * centred, {-1}, true) + epsilon);
  if (scale) y = y * scale;
  return bias ? y + bias : y;
}

}  // namespace

Tensor layer_norm(const Tensor& x, const Tensor& scale, const Tensor& bias, double epsilon) {
  if (x.rank() == 0) fail("layer_norm: x is [], but it must have an axis to normalise along");
  check_factor("scale", scale, x);
  check_factor("bias", bias, x);
  expect_not_negative("layer_norm", "epsilon", epsilon);
  Shape rows = x.shape();
  rows.erase(rows.rank() - 1);
  Tensor y = empty(x.shape(), x.dtype());
  const Saved saved{empty({rows.elements()}, x.dtype()), empty({rows.elements()}, x.dtype())};
  with_floating("layer_norm", x.dtype(), [&]<class T>() { forward<T>(x, scale, bias, epsilon, y, saved); });
  return differentiable(
      "layer_norm", {x, scale, bias}, y,
      [x, scale, saved](const Tensor& dy) {
        return with_floating("layer_norm", dy.dtype(), [&]<class T>() { return backward<T>(x, scale, saved, dy); });
      },
      [epsilon](const Tensor& of_x, const Tensor& of_scale, const Tensor& of_bias) {
        return composed(of_x, of_scale, of_bias, epsilon);
      });
}

}  // namespace heed
