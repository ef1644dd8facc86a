#include "class_loss.h"

#include <algorithm>
#include <cmath>

#include "../../graph/create.h"
#include "../../graph/fail.h"
#include "../../graph/support/expect_number.h"
#include "../index/gather_rows.h"
#include "../index/where.h"
#include "../kernels/cross_entropy.h"
#include "../kernels/elementwise.h"
#include "../math/arithmetic.h"
#include "../math/compare.h"
#include "../math/finite.h"
#include "../math/logical.h"
#include "../math/softmax.h"
#include "../shape/view.h"
#include "elementwise.h"
#include "indices.h"

namespace heed::detail {
namespace {

// Approximate nanoseconds per element; they only determine how finely rows are cut.
constexpr double forward_cost = 0.6, backward_cost = 0.6;

template <class T>
const T* weights_of(const ClassLoss& loss) {
  return loss.weights ? read<T>(loss.weights) : nullptr;
}

}  // namespace

ClassLoss::ClassLoss(const char* op, std::int64_t number, DType dtype, const CrossEntropyOptions& options)
    : classes(number),
      total_weight(static_cast<double>(number)),
      smoothing(options.label_smoothing),
      z_loss(options.z_loss),
      reduction(options.reduction) {
  if (!(smoothing >= 0 && smoothing <= 1))
    fail("{}: label_smoothing is {}, but it must be between 0 and 1", op, smoothing);
  expect_not_negative(op, "z_loss", z_loss);
  if (!options.weights) return;
  if (options.weights.shape() != Shape{classes} || options.weights.dtype() != dtype)
    fail("{}: weights are {} {}, but with {} classes they must be {} [{}]", op, name(options.weights.dtype()),
         to_string(options.weights.shape()), classes, name(dtype), classes);
  NoGrad scope;
  weights = contiguous(options.weights.detach());
  total_weight = sum(weights).item();
}

double ClassLoss::divisor(const Tensor& targets) const {
  if (reduction != Reduction::mean) return 1;
  double total = 0;
  with_floating("cross_entropy", weights ? weights.dtype() : float32, [&]<class T>() {
    const T* weight = weights_of<T>(*this);
    for (const std::int64_t target : targets.data<std::int64_t>())
      if (target >= 0) total += weight ? static_cast<double>(weight[target]) : 1;
  });
  return total > 0 ? total : 1;
}

Tensor ClassLoss::reduced(const Tensor& losses, const Tensor& targets) const {
  return reduction == Reduction::none ? losses : sum(losses) / divisor(targets);
}

Tensor ClassLoss::composed(const Tensor& logits, const Tensor& targets) const {
  const auto target = targets.data<std::int64_t>();
  const std::int64_t rows = targets.elements();
  Tensor places = empty({rows}, int64);
  for (std::int64_t row = 0; row < rows; ++row)
    fill<std::int64_t>(places)[row] = row * classes + target[static_cast<std::size_t>(row)];
  const Tensor p = log_softmax(logits);
  Tensor losses = weighted(full({}, smoothing - 1, p.dtype()), gather_rows(reshape(p, {rows * classes}), places));
  if (z_loss != 0) {
    const Tensor l = logsumexp(logits);
    losses = losses + l * l * z_loss;
  }
  if (weights) losses = weighted(gather_rows(weights, targets), losses);
  if (smoothing == 0) return losses;
  return losses - sum(weights ? weighted(weights, p) : p, -1) * (smoothing / static_cast<double>(classes));
}

Tensor weighted(const Tensor& factor, const Tensor& x) {
  const Tensor plain = x.detach();
  if (std::isfinite(sum(plain).item())) return factor * x;
  const Tensor left_out = equal(factor.detach(), 0) & isinf(plain);
  return factor * where(left_out, zeros({}, x.dtype()), x);
}

Tensor checked_targets(const char* op, const Tensor& targets, const Shape& expected, std::int64_t classes,
                       const CrossEntropyOptions& options) {
  if (targets.shape() != expected)
    fail("{}: targets are {}, but with a target for each row they must be {}", op, to_string(targets.shape()),
         to_string(expected));
  return checked_indices(op, "target", targets, classes, "a row", "classes", options.ignore_index);
}

CountedRows::CountedRows(const Tensor& all_targets) {
  const auto all = all_targets.data<std::int64_t>();
  const auto count = std::count_if(all.begin(), all.end(), [](std::int64_t target) { return target >= 0; });
  places = empty({count}, int64);
  targets = empty({count}, int64);
  std::int64_t *place = fill<std::int64_t>(places), *target = fill<std::int64_t>(targets);
  for (std::size_t row = 0; row < all.size(); ++row)
    if (all[row] >= 0) {
      *place++ = static_cast<std::int64_t>(row);
      *target++ = all[row];
    }
}

template <class T>
void losses_of(const ClassLoss& loss, const Tensor& logits, const std::int64_t* targets, T* losses,
               kernels::LogSumExps<T> logsumexps) {
  const auto input = read_rows<T>(logits);
  const T* weights = weights_of<T>(loss);
  const T one = 1, spread = static_cast<T>(loss.smoothing / static_cast<double>(loss.classes));
  parallel(logits.shape()[0], forward_cost * static_cast<double>(loss.classes) + 10, [&](Range part) {
    kernels::get<kernels::CrossEntropyKernels<T>>().cross_entropy({part.size(), loss.classes}, from(input, part.begin),
                                                                  targets + part.begin, losses + part.begin,
                                                                  logsumexps.from(part.begin));
    if (loss.is_plain()) return;
    for (std::int64_t row = part.begin; row < part.end; ++row) {
      if (targets[row] < 0) continue;
      const T maximum = logsumexps.maximum[row], rest = logsumexps.rest[row], l = maximum + rest;
      const T weight = weights ? weights[targets[row]] : one;
      // A factor of 0 also removes an infinite loss.
      const T of_target = weight * (1 - static_cast<T>(loss.smoothing)),
              of_square = weight * static_cast<T>(loss.z_loss);
      losses[row] = (of_target == 0 ? 0 : of_target * losses[row]) + (of_square == 0 ? 0 : of_square * l * l);
      if (spread != 0)
        losses[row] += spread * (static_cast<T>(loss.total_weight) * rest +
                                 kernels::get<kernels::CrossEntropyKernels<T>>().below_maximum(maximum, input[row],
                                                                                               weights, loss.classes));
    }
  });
}

template <class T>
void gradients_of(const ClassLoss& loss, const Tensor& logits, const std::int64_t* targets,
                  kernels::LogSumExps<const T> logsumexps, kernels::Run<const T> dloss, const Tensor& dlogits) {
  const auto input = read_rows<T>(logits);
  const auto output = fill_rows<T>(dlogits);
  const T* weights = weights_of<T>(loss);
  const std::int64_t classes = loss.classes;
  parallel(logits.shape()[0], backward_cost * static_cast<double>(classes) + 10, [&](Range part) {
    if (loss.is_plain())
      return kernels::get<kernels::CrossEntropyKernels<T>>().cross_entropy_backward(
          {part.size(), classes}, from(input, part.begin), targets + part.begin, logsumexps.from(part.begin),
          {dloss.begin + part.begin * dloss.stride, dloss.stride}, from(output, part.begin));
    for (std::int64_t row = part.begin; row < part.end; ++row) {
      // dlogits = of_all * softmax - spread * weights, and - of_target at the target
      const T one = 1, g = dloss.begin[row * dloss.stride];
      const T weight = weights && targets[row] >= 0 ? weights[targets[row]] : one;
      const T of_target = g * weight * (1 - static_cast<T>(loss.smoothing));
      const T spread = g * static_cast<T>(loss.smoothing / static_cast<double>(classes));
      const T of_all = of_target + spread * static_cast<T>(loss.total_weight) +
                       2 * g * weight * static_cast<T>(loss.z_loss) * (logsumexps.maximum[row] + logsumexps.rest[row]);
      kernels::get<kernels::CrossEntropyKernels<T>>().cross_entropy_backward(
          {1, classes}, from(input, row), targets + row, logsumexps.from(row), {&of_all, 0}, from(output, row));
      if (targets[row] < 0) continue;
      output[row][targets[row]] += of_all - of_target;
      if (spread != 0)
        kernels::get<kernels::ElementwiseKernels<T>>().blend(
            -spread, weights ? kernels::Run<const T>{weights} : kernels::Run<const T>{&one, 0}, 1, output[row],
            classes);
    }
  });
}

template void losses_of(const ClassLoss&, const Tensor&, const std::int64_t*, float*, kernels::LogSumExps<float>);
template void losses_of(const ClassLoss&, const Tensor&, const std::int64_t*, double*, kernels::LogSumExps<double>);
template void gradients_of(const ClassLoss&, const Tensor&, const std::int64_t*, kernels::LogSumExps<const float>,
                           kernels::Run<const float>, const Tensor&);
template void gradients_of(const ClassLoss&, const Tensor&, const std::int64_t*, kernels::LogSumExps<const double>,
                           kernels::Run<const double>, const Tensor&);

}  // namespace heed::detail
