#include "loss.h"

#include <algorithm>

#include "../graph/create.h"
#include "../graph/fail.h"
#include "arithmetic.h"
#include "elementwise.h"
#include "index.h"
#include "indices.h"
#include "kernels/gemm.h"
#include "matmul.h"
#include "reduce.h"
#include "rows.h"
#include "softmax.h"
#include "view.h"

namespace heed {
namespace {

// Nanoseconds an element, roughly: they only decide how finely rows are cut.
constexpr double forward_cost = 0.6, backward_cost = 0.6;

/// How many rows' logits are held at once: 16 MB of float32, or as many as the weight has elements if that is more.
/// Each chunk packs the weight and goes over its gradient once, so with few rows that would cost more than the
/// products: of 1024 x 768 x 30522, forward and backward, chunks of 137 rows take 1.15 times as long as those of 512.
std::int64_t rows_at_a_time(std::int64_t width, std::int64_t classes) {
  constexpr std::int64_t logits = 1 << 22;
  return std::clamp(std::max(logits / std::max<std::int64_t>(classes, 1), width), std::int64_t{16}, std::int64_t{1024});
}

/// -1 stands for a row that does not count.
Tensor checked_targets(const char* op, const Tensor& targets, const Shape& expected, std::int64_t classes,
                       const CrossEntropyOptions& options) {
  if (targets.shape() != expected)
    fail("{}: targets are {}, but there must be one for each row: {}", op, to_string(targets.shape()),
         to_string(expected));
  return checked_indices(op, "target", targets, classes, "a row", "classes", options.ignore);
}

std::int64_t count_of(const Tensor& targets) {
  const auto all = targets.data<std::int64_t>();
  return std::count_if(all.begin(), all.end(), [](std::int64_t target) { return target >= 0; });
}

Shape without_last(Shape shape) {
  shape.erase(shape.rank() - 1);
  return shape;
}

/// Fills losses and logsumexps, [rows], of logits [rows, classes].
template <class T>
void losses_of(const Tensor& logits, const std::int64_t* targets, T* losses, T* logsumexps) {
  const auto input = read_rows<T>(logits);
  const std::int64_t classes = logits.shape()[1];
  parallel(logits.shape()[0], forward_cost * static_cast<double>(classes) + 10, [&](Range part) {
    kernels::of<T>().cross_entropy({part.size(), classes}, from(input, part.begin), targets + part.begin,
                                   losses + part.begin, logsumexps + part.begin);
  });
}

/// dlogits, which may be logits, where the gradient of each row's loss is `scale`.
template <class T>
void gradients_of(const Tensor& logits, const std::int64_t* targets, const T* logsumexps, T scale,
                  const Tensor& dlogits) {
  const auto input = read_rows<T>(logits);
  const auto output = fill_rows<T>(dlogits);
  const std::int64_t classes = logits.shape()[1];
  parallel(logits.shape()[0], backward_cost * static_cast<double>(classes) + 10, [&](Range part) {
    kernels::of<T>().cross_entropy_backward({part.size(), classes}, from(input, part.begin), targets + part.begin,
                                            logsumexps + part.begin, {&scale, 0}, from(output, part.begin));
  });
}

/// The same in ops, of logits [..., classes].
Tensor composed(const Tensor& logits, const Tensor& targets, std::int64_t counted) {
  const auto all = targets.data<std::int64_t>();
  const std::int64_t classes = logits.shape()[-1];
  Tensor places = empty({counted}, int64);
  std::int64_t* place = fill<std::int64_t>(places);
  for (std::size_t row = 0; row < all.size(); ++row)
    if (all[row] >= 0) *place++ = static_cast<std::int64_t>(row) * classes + all[row];
  Tensor right = gather_rows(reshape(log_softmax(logits), {logits.elements()}), places);
  return sum(right) / -static_cast<double>(std::max<std::int64_t>(counted, 1));
}

/// The mean of rows' losses; each of `count` counts.
Tensor mean_of(const Tensor& losses, std::int64_t count) {
  return no_grad([&] { return sum(losses) / static_cast<double>(std::max<std::int64_t>(count, 1)); });
}

}  // namespace

Tensor cross_entropy(const Tensor& logits, const Tensor& targets, const CrossEntropyOptions& options) {
  if (logits.rank() == 0) fail("cross_entropy: logits are [], but they must have an axis of classes");
  const Tensor target =
      checked_targets("cross_entropy", targets, without_last(logits.shape()), logits.shape()[-1], options);
  const std::int64_t counted = count_of(target);
  const Tensor losses = empty(target.shape(), logits.dtype()), logsumexps = empty(target.shape(), logits.dtype());
  with_floating("cross_entropy", logits.dtype(), [&]<class T>() {
    losses_of<T>(as_rows(logits), read<std::int64_t>(target), fill<T>(losses), fill<T>(logsumexps));
  });
  return differentiable(
      "cross_entropy", {logits}, mean_of(losses, counted),
      [logits, target, logsumexps, counted](const Tensor& dy) {
        Tensor dlogits = empty(logits.shape(), logits.dtype());
        with_floating("cross_entropy", logits.dtype(), [&]<class T>() {
          const T scale = *read<T>(dy) / static_cast<T>(std::max<std::int64_t>(counted, 1));
          gradients_of<T>(as_rows(logits), read<std::int64_t>(target), read<T>(logsumexps), scale, dlogits);
        });
        return Gradients{dlogits};
      },
      [target, counted](const Tensor& of_logits) { return composed(of_logits, target, counted); });
}

namespace {

/// What the forward pass of linear_cross_entropy leaves; a gradient that is not wanted is empty.
struct LinearLoss {
  Tensor loss, dx, dweight, dbias;
};

/// x [rows, width], weight [classes, width], bias [classes] or empty; every row counts. The chunks follow from the
/// shape alone and come one after the other; inside one, products and rows run on all threads.
template <class T>
LinearLoss linear_loss(const Tensor& x, const Tensor& weight, const Tensor& bias, const Tensor& targets) {
  const std::int64_t rows = x.shape()[0], width = x.shape()[1], classes = weight.shape()[0];
  const bool recorded = detail::is_recorded({x, weight, bias});
  const auto wanted = [&](const Tensor& input) {
    if (!recorded || !detail::is_differentiable(input)) return Tensor{};
    return rows > 0 ? empty(input.shape(), x.dtype()) : zeros(input.shape(), x.dtype());
  };
  LinearLoss result{{}, wanted(x), wanted(weight), wanted(bias)};

  NoGrad scope;
  const Tensor x_rows = as_rows(x), weight_rows = as_rows(weight);
  const Tensor bias_in_order = bias ? contiguous(bias.detach()) : bias;
  const Tensor losses = empty({rows}, x.dtype()), logsumexps = empty({rows}, x.dtype());
  const auto x_of = read_rows<T>(x_rows), weight_of = read_rows<T>(weight_rows);
  const std::int64_t* target = read<std::int64_t>(targets);
  const std::int64_t most = rows_at_a_time(width, classes);
  const std::int64_t chunks = (rows + most - 1) / most;
  const std::int64_t rows_of_chunk = chunks > 0 ? (rows + chunks - 1) / chunks : 0;
  const Tensor memory = empty({rows_of_chunk, classes}, x.dtype());

  for (std::int64_t first = 0; first < rows; first += rows_of_chunk) {
    const std::int64_t count = std::min(rows_of_chunk, rows - first);
    const Tensor logits = slice(memory, 0, 0, count);
    kernels::gemm(kernels::Gemm<T>{.transpose_b = true,
                                   .m = count,
                                   .n = classes,
                                   .k = width,
                                   .a = x_of[first],
                                   .lda = x_of.stride,
                                   .b = weight_of.begin,
                                   .ldb = weight_of.stride,
                                   .c = fill<T>(logits),
                                   .ldc = classes,
                                   .bias_of = bias ? kernels::Bias::per_column : kernels::Bias::none,
                                   .bias = bias ? read<T>(bias_in_order) : nullptr});
    losses_of<T>(logits, target + first, fill<T>(losses) + first, fill<T>(logsumexps) + first);
    if (!recorded) continue;
    const Tensor& dlogits = logits;
    gradients_of<T>(logits, target + first, read<T>(logsumexps) + first, 1 / static_cast<T>(rows), dlogits);
    if (result.dx)
      kernels::gemm(kernels::Gemm<T>{.m = count,
                                     .n = width,
                                     .k = classes,
                                     .a = read<T>(dlogits),
                                     .lda = classes,
                                     .b = weight_of.begin,
                                     .ldb = weight_of.stride,
                                     .c = fill<T>(result.dx) + first * width,
                                     .ldc = width});
    if (result.dweight)
      kernels::gemm(kernels::Gemm<T>{.transpose_a = true,
                                     .m = classes,
                                     .n = width,
                                     .k = count,
                                     .a = read<T>(dlogits),
                                     .lda = classes,
                                     .b = x_of[first],
                                     .ldb = x_of.stride,
                                     .c = fill<T>(result.dweight),
                                     .ldc = width,
                                     .beta = first == 0 ? T{0} : T{1}});
    if (result.dbias && first == 0)
      result.dbias = sum(dlogits, {0});
    else if (result.dbias)
      add_in_place(result.dbias, sum(dlogits, {0}), "linear_cross_entropy");
  }
  result.loss = mean_of(losses, rows);
  return result;
}

}  // namespace

Tensor linear_cross_entropy(const Tensor& x, const Tensor& weight, const Tensor& bias, const Tensor& targets,
                            const CrossEntropyOptions& options) {
  const char* op = "linear_cross_entropy";
  check_same_dtype(op, "x", x, "weight", weight);
  if (weight.rank() != 2 || x.rank() == 0 || x.shape()[-1] != weight.shape()[1])
    fail("{}: x is {} and weight is {}, but the last axis of x must be as long as that of weight, [classes, width]", op,
         to_string(x.shape()), to_string(weight.shape()));
  const std::int64_t classes = weight.shape()[0];
  if (bias && (bias.shape() != Shape{classes} || bias.dtype() != x.dtype()))
    fail("{}: bias is {} {}, but with weight {} it must be {} [{}]", op, name(bias.dtype()), to_string(bias.shape()),
         to_string(weight.shape()), name(x.dtype()), classes);
  const Tensor all_targets = checked_targets(op, targets, without_last(x.shape()), classes, options);
  const auto all = all_targets.data<std::int64_t>();
  const std::int64_t rows = all_targets.elements(), counted = count_of(all_targets);
  Tensor x_counted = reshape(x, {rows, x.shape()[-1]}), target = all_targets;
  if (counted < rows) {
    const Tensor places = empty({counted}, int64);
    target = empty({counted}, int64);
    for (std::int64_t row = 0, to = 0; row < rows; ++row)
      if (const std::int64_t value = all[static_cast<std::size_t>(row)]; value >= 0) {
        fill<std::int64_t>(places)[to] = row;
        fill<std::int64_t>(target)[to++] = value;
      }
    x_counted = gather_rows(x_counted, places);
  }
  const LinearLoss made =
      with_floating(op, x.dtype(), [&]<class T>() { return linear_loss<T>(x_counted, weight, bias, target); });
  return differentiable(
      op, {x_counted, weight, bias}, made.loss,
      [dx = made.dx, dweight = made.dweight, dbias = made.dbias](const Tensor& dy) {
        const auto scaled = [&](const Tensor& gradient) {
          return [&] { return dy.item() == 1 ? gradient : gradient * dy; };
        };
        return Gradients{scaled(dx), scaled(dweight), scaled(dbias)};
      },
      [target, counted](const Tensor& of_x, const Tensor& of_weight, const Tensor& of_bias) {
        return composed(linear(of_x, of_weight, of_bias), target, counted);
      });
}

}  // namespace heed
