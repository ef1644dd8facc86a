#include "linear_cross_entropy.h"

#include <algorithm>
#include <array>

#include "../../graph/create.h"
#include "../../graph/fail.h"
#include "../index/gather_rows.h"
#include "../kernels/gemm/gemm.h"
#include "../linalg/matmul.h"
#include "../math/arithmetic.h"
#include "../shape/view.h"
#include "../support/class_loss.h"
#include "../support/elementwise.h"
#include "../support/matrix_layout.h"

namespace heed {
using namespace heed::detail;

namespace {

/// Number of rows whose logits are stored at once: 32 MB of float32, or the number of elements of the weight if that is
/// more. Each chunk packs the weight and traverses its gradient once, which for few rows would cost more than the
/// products: of 1024 x 768 x 30522, forward and backward, chunks of 137 rows take 1.15 times as long as those of 512.
std::int64_t rows_at_a_time(std::int64_t width, std::int64_t classes) {
  constexpr std::int64_t logits = 1 << 23;
  return std::clamp(std::max(logits / std::max<std::int64_t>(classes, 1), width), std::int64_t{16}, std::int64_t{1024});
}

/// Rows x [rows, width], weight [classes, width], bias [classes] or empty; no row is ignored.
struct LinearRows {
  Tensor x, weight, bias, targets;
};

/// Losses [rows], and the requested gradients; the others are empty.
struct LinearLosses {
  Tensor losses, dx, dweight, dbias;
};

/// Computes losses and gradients. `dloss` is the gradient of each row's loss, [rows] or [] for all; empty: no
/// gradients. The chunks depend on the shape alone and run one after the other; in a chunk, products and rows run on
/// all threads.
template <class T>
LinearLosses linear_losses(const ClassLoss& loss, const LinearRows& input, const Tensor& dloss,
                           const std::array<bool, 3>& wanted) {
  const Tensor &x = input.x, &weight = input.weight, &bias = input.bias;
  const std::int64_t rows = x.shape()[0], width = x.shape()[1], classes = weight.shape()[0];
  const auto room = [&](std::size_t which, const Tensor& of) {
    if (!wanted[which]) return Tensor{};
    return rows > 0 ? empty(of.shape(), x.dtype()) : zeros(of.shape(), x.dtype());
  };
  LinearLosses result{empty({rows}, x.dtype()), room(0, x), room(1, weight), room(2, bias)};

  NoGrad scope;
  const Tensor x_rows = readable_rows(as_rows(x)), weight_rows = readable_rows(as_rows(weight));
  const Tensor bias_data = bias ? contiguous(bias.detach()) : bias;
  const Tensor logsumexps = empty({2, rows}, x.dtype());
  const auto x_of = read_rows<T>(x_rows), weight_of = read_rows<T>(weight_rows);
  const std::int64_t x_step = std::max(x_of.stride, width), weight_step = std::max(weight_of.stride, width);
  const std::int64_t* target = read<std::int64_t>(input.targets);
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
                                   .lda = x_step,
                                   .b = weight_of.begin,
                                   .ldb = weight_step,
                                   .c = fill<T>(logits),
                                   .ldc = classes,
                                   .bias_of = bias ? kernels::Bias::per_column : kernels::Bias::none,
                                   .bias = bias ? read<T>(bias_data) : nullptr});
    losses_of(loss, logits, target + first, fill<T>(result.losses) + first, fill_logsumexps<T>(logsumexps).from(first));
    if (!dloss) continue;
    const std::int64_t step = dloss.rank();
    const Tensor& dlogits = logits;
    gradients_of<T>(loss, logits, target + first, read_logsumexps<T>(logsumexps).from(first),
                    {read<T>(dloss) + first * step, step}, dlogits);
    if (result.dx)
      kernels::gemm(kernels::Gemm<T>{.m = count,
                                     .n = width,
                                     .k = classes,
                                     .a = read<T>(dlogits),
                                     .lda = classes,
                                     .b = weight_of.begin,
                                     .ldb = weight_step,
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
                                     .ldb = x_step,
                                     .c = fill<T>(result.dweight),
                                     .ldc = width,
                                     .beta = first == 0 ? T{0} : T{1}});
    if (result.dbias && first == 0)
      result.dbias = sum(dlogits, {0});
    else if (result.dbias)
      add_in_place(result.dbias, sum(dlogits, {0}), "linear_cross_entropy");
  }
  return result;
}

LinearLosses linear_losses(const ClassLoss& loss, const LinearRows& rows, const Tensor& dloss,
                           const std::array<bool, 3>& wanted) {
  return with_floating("linear_cross_entropy", rows.x.dtype(),
                       [&]<class T>() { return linear_losses<T>(loss, rows, dloss, wanted); });
}

/// Mean or sum of the losses, with the gradients computed in forward.
Tensor one_loss(const ClassLoss& loss, const LinearRows& rows) {
  const auto& [x, weight, bias, targets] = rows;
  const bool recorded = detail::is_recorded({x, weight, bias});
  const auto wanted = [&](const Tensor& input) { return recorded && detail::is_differentiable(input); };
  const Tensor dloss = recorded ? full({}, 1 / loss.divisor(targets), x.dtype()) : Tensor{};
  const LinearLosses made = linear_losses(loss, rows, dloss, {wanted(x), wanted(weight), wanted(bias)});
  return differentiable(
      "linear_cross_entropy", {x, weight, bias}, no_grad([&] { return loss.reduced(made.losses, targets); }),
      [dx = made.dx, dweight = made.dweight, dbias = made.dbias](const Tensor& dy) {
        const auto scaled = [&](const Tensor& gradient) {
          return [&] { return dy.item() == 1 ? gradient : gradient * dy; };
        };
        return Gradients{scaled(dx), scaled(dweight), scaled(dbias)};
      },
      [loss, target = targets](const Tensor& of_x, const Tensor& of_weight, const Tensor& of_bias) {
        return loss.reduced(loss.composed(linear(of_x, of_weight, of_bias), target), target);
      });
}

/// Unreduced losses; their gradients are computed in backward, as the incoming gradient is not known before.
Tensor loss_by_row(const ClassLoss& loss, const LinearRows& rows) {
  return differentiable(
      "linear_cross_entropy", {rows.x, rows.weight, rows.bias}, linear_losses(loss, rows, {}, {}).losses,
      [loss, rows](const Tensor& dy) {
        const auto needed = [](std::size_t input) { return detail::gradient_is_needed(input); };
        const LinearLosses made = linear_losses(loss, rows, no_grad([&] { return contiguous(dy); }),
                                                {needed(0), needed(1), rows.bias && needed(2)});
        return Gradients{made.dx, made.dweight, made.dbias};
      },
      [loss, target = rows.targets](const Tensor& of_x, const Tensor& of_weight, const Tensor& of_bias) {
        return loss.composed(linear(of_x, of_weight, of_bias), target);
      });
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
  Shape shape = x.shape();
  shape.erase(shape.rank() - 1);
  const Tensor all_targets = checked_targets(op, targets, shape, classes, options);
  const ClassLoss loss(op, classes, x.dtype(), options);
  const CountedRows counted(all_targets);
  const std::int64_t all = all_targets.elements();
  Tensor rows = reshape(x, {all, x.shape()[-1]});
  if (counted.targets.elements() < all) rows = gather_rows(rows, counted.places);
  if (loss.reduction != Reduction::none) return one_loss(loss, {rows, weight, bias, counted.targets});
  const Tensor losses = loss_by_row(loss, {rows, weight, bias, counted.targets});
  if (counted.targets.elements() == all) return reshape(losses, shape);
  return reshape(index_add(zeros({all}, x.dtype()), counted.places, losses), shape);
}

}  // namespace heed
