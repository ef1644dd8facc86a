#include "scan.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "../../graph/create.h"
#include "../../graph/fail.h"
#include "../index/gather.h"
#include "../index/where.h"
#include "../math/arithmetic.h"
#include "../math/compare.h"
#include "../math/exponentials.h"
#include "../math/logical.h"
#include "../shape/axes.h"
#include "../shape/view.h"
#include "../support/axes.h"
#include "../support/reduction.h"

namespace heed {
using namespace heed::detail;

namespace {

constexpr std::int64_t columns_of_a_task = 64;

/// Shape of a contiguous tensor around one axis: [outer, length, inner].
struct Around {
  std::int64_t outer = 1, length, inner = 1;

  Around(const Shape& shape, int axis) : length(shape[axis]) {
    for (int i = 0; i < axis; ++i) outer *= shape[i];
    for (int i = axis + 1; i < shape.rank(); ++i) inner *= shape[i];
  }
};

/// Scans each line along the axis: from the state `start`, calls step(state, i, k) for its elements in order, where i
/// is the index in memory and k along the axis. Adjacent lines are processed together; each task has separate lines.
template <class State, class Step>
void scan(const Around& around, bool reverse, double nanoseconds, const State& start, const Step& step) {
  const auto [outer, length, inner] = around;
  if (length == 0) return;
  const std::int64_t blocks = (inner + columns_of_a_task - 1) / columns_of_a_task;
  const std::int64_t most = std::min(inner, columns_of_a_task);
  parallel(outer * blocks, nanoseconds * static_cast<double>(length * most) + 10, [&](Range part) {
    for (std::int64_t task = part.begin; task < part.end; ++task) {
      const std::int64_t first = task % blocks * columns_of_a_task;
      const std::int64_t columns = std::min(columns_of_a_task, inner - first);
      State states[columns_of_a_task];
      std::fill_n(states, columns, start);
      for (std::int64_t n = 0; n < length; ++n) {
        const std::int64_t k = reverse ? length - 1 - n : n, at = (task / blocks * length + k) * inner + first;
        for (std::int64_t column = 0; column < columns; ++column) step(states[column], at + column, k);
      }
    }
  });
}

Tensor contiguous_data(const Tensor& x) {
  return no_grad([&] { return contiguous(x.detach()); });
}

/// y[k] = combine(y[k - 1], x[k])
template <class Combine>
Tensor cumulative(const char* op, const Tensor& x, int axis, bool reverse, double start, const Combine& combine) {
  Tensor y = empty(x.shape(), x.dtype());
  with_number(op, x.dtype(), [&]<class T>() {
    const Tensor ordered = contiguous_data(x);
    const T* from = read<T>(ordered);
    T* to = fill<T>(y);
    using State = Accumulator<T>;
    scan(Around(x.shape(), axis), reverse, 1, static_cast<State>(start),
         [=](State& state, std::int64_t i, std::int64_t) {
           state = static_cast<State>(combine(state, static_cast<State>(from[i])));
           to[i] = static_cast<T>(state);
         });
  });
  return y;
}

/// Returns the best element so far and its index, where better(candidate, best) is true if the candidate replaces it.
template <class Better>
std::array<Tensor, 2> cumulative_best(const char* op, const Tensor& x, int axis, const Better& better) {
  axis = axis_of(op, x, axis);
  const Tensor places = empty(x.shape(), int64);
  Tensor y = empty(x.shape(), x.dtype());
  with_number(op, x.dtype(), [&]<class T>() {
    struct State {
      T best;
      std::int64_t place;
    };
    const Tensor ordered = contiguous_data(x);
    const T* from = read<T>(ordered);
    T* to = fill<T>(y);
    std::int64_t* place = fill<std::int64_t>(places);
    scan(Around(x.shape(), axis), false, 1.5, State{T{}, -1}, [=](State& state, std::int64_t i, std::int64_t k) {
      if (k == 0 || better(from[i], state.best)) state = {from[i], k};
      to[i] = state.best;
      place[i] = state.place;
    });
  });
  y = differentiable(op, {x}, y, [places, axis](const Tensor& dy) {
    return Gradients{scatter_add(zeros(dy.shape(), dy.dtype()), axis, places, dy)};
  });
  return {y, places};
}

constexpr double infinity = std::numeric_limits<double>::infinity();

double log_of_sum(double a, double b) {
  const double most = a < b ? b : a, least = a < b ? a : b;
  if (std::isnan(a) || std::isnan(b)) return a + b;
  return std::isinf(most) || std::isinf(least) ? most : most + std::log1p(std::exp(least - most));
}

}  // namespace

Tensor cumsum(const Tensor& x, int axis, bool reverse) {
  axis = axis_of("cumsum", x, axis);
  if (x.dtype() == boolean || x.dtype() == int32) return cumsum(cast(x, int64), axis, reverse);
  Tensor y = cumulative("cumsum", x, axis, reverse, 0, [](auto a, auto b) { return a + b; });
  return differentiable("cumsum", {x}, y,
                        [axis, reverse](const Tensor& dy) { return Gradients{cumsum(dy, axis, !reverse)}; });
}

Tensor cumprod(const Tensor& x, int axis, bool reverse) {
  axis = axis_of("cumprod", x, axis);
  if (x.dtype() == boolean || x.dtype() == int32) return cumprod(cast(x, int64), axis, reverse);
  Tensor y = cumulative("cumprod", x, axis, reverse, 1, [](auto a, auto b) { return a * b; });
  return differentiable("cumprod", {x}, y, [x, y, axis, reverse](const Tensor& dy) {
    // dx[k] = (product of those before k) * (sum over i >= k of dy[i] times the product of those between k and i), and
    // the second factor is a reverse recurrence: s[k] = dy[k] + x[k + 1] s[k + 1]. No division.
    const int by = reverse ? -1 : 1;
    return Gradients{shift(y, axis, by, 1) * linear_recurrence(shift(x, axis, -by), dy, axis, !reverse)};
  });
}

std::array<Tensor, 2> cummax(const Tensor& x, int axis) {
  return cumulative_best("cummax", x, axis,
                         [](auto x_k, auto best) { return x_k > best || (x_k != x_k && best == best); });
}

std::array<Tensor, 2> cummin(const Tensor& x, int axis) {
  return cumulative_best("cummin", x, axis,
                         [](auto x_k, auto best) { return x_k < best || (x_k != x_k && best == best); });
}

Tensor logcumsumexp(const Tensor& x, int axis) {
  axis = axis_of("logcumsumexp", x, axis);
  if (!is_floating(x.dtype())) wrong_dtype("logcumsumexp", x.dtype(), "float32 or float64");
  Tensor y = cumulative("logcumsumexp", x, axis, false, -infinity,
                        [](auto a, auto b) { return log_of_sum(static_cast<double>(a), static_cast<double>(b)); });
  return differentiable("logcumsumexp", {x}, y, [x, y, axis](const Tensor& dy) {
    // dx[k] = e^(x[k] - y[k]) s[k],  s[k] = sum over i >= k of dy[i] e^(y[k] - y[i]) = dy[k] + e^(y[k] - y[k+1])
    // s[k+1]; no exponent is positive. Where y is -infinity x is too, and both powers are 0; from infinity to infinity
    // they are 1.
    const Tensor finite = where(equal(y.detach(), -infinity), zeros({}, y.dtype()), y);
    const auto difference = [](const Tensor& a, const Tensor& b) {
      const Tensor both = equal(a.detach(), infinity) & equal(b.detach(), infinity);
      return any(both).item<bool>() ? where(both, zeros({}, a.dtype()), a - b) : a - b;
    };
    const Tensor decay = exp(difference(y, shift(finite, axis, -1, infinity)));
    return Gradients{exp(difference(x, finite)) * linear_recurrence(decay, dy, axis, true)};
  });
}

Tensor linear_recurrence(const Tensor& decay, const Tensor& x, int axis, bool reverse) {
  check_same_dtype("linear_recurrence", "decay", decay, "x", x);
  if (decay.shape() != x.shape())
    fail("linear_recurrence: decay is {} and x is {}, but both must have the same shape", to_string(decay.shape()),
         to_string(x.shape()));
  axis = axis_of("linear_recurrence", x, axis);
  Tensor y = empty(x.shape(), x.dtype());
  with_floating("linear_recurrence", x.dtype(), [&]<class T>() {
    const Tensor ordered_decay = contiguous_data(decay), ordered = contiguous_data(x);
    const T *factor = read<T>(ordered_decay), *from = read<T>(ordered);
    T* to = fill<T>(y);
    scan(Around(x.shape(), axis), reverse, 1.5, 0.0, [=](double& state, std::int64_t i, std::int64_t) {
      state = static_cast<double>(factor[i]) * state + static_cast<double>(from[i]);
      to[i] = static_cast<T>(state);
    });
  });
  return differentiable("linear_recurrence", {decay, x}, y, [decay, y, axis, reverse](const Tensor& dy) {
    const int by = reverse ? -1 : 1;
    const Tensor dx = linear_recurrence(shift(decay, axis, -by), dy, axis, !reverse);
    return Gradients{[&] { return dx * shift(y, axis, by); }, dx};
  });
}

Tensor shift(const Tensor& x, int axis, std::int64_t by, Number value) {
  axis = axis_of("shift", x, axis);
  const std::int64_t length = x.shape()[axis];
  by = std::clamp(by, -length, length);  // larger shifts leave nothing either
  const std::int64_t kept = length - std::abs(by);
  if (by == 0 || length == 0) return x;
  Shape outside = x.shape();
  outside[axis] = length - kept;
  const Tensor edge = detail::full_for("shift", outside, value, x.dtype());
  return by > 0 ? concat({edge, slice(x, axis, 0, kept)}, axis)
                : concat({slice(x, axis, length - kept, length), edge}, axis);
}

}  // namespace heed
