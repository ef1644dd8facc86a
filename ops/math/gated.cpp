#include "gated.h"

#include "../../graph/fail.h"
#include "../kernels/gated.h"
#include "../shape/axes.h"
#include "../shape/view.h"
#include "../support/axes.h"
#include "../support/elementwise.h"
#include "activations.h"
#include "arithmetic.h"

namespace heed {
using namespace heed::detail;

namespace {

using kernels::Gate;

// Approximate nanoseconds per element; they only determine how finely work is cut.
constexpr double forward_cost = 0.6, backward_cost = 1;

void check_operands(const char* op, const Tensor& gate, const Tensor& up) {
  check_same_dtype(op, "gate", gate, "up", up);
  if (gate.shape() != up.shape())
    fail("{}: gate is {} and up is {}, but both must have the same shape", op, to_string(gate.shape()),
         to_string(up.shape()));
}

Tensor forward(const char* op, const Tensor& gate, const Tensor& up, Gate f) {
  return with_floating(op, gate.dtype(), [&]<class T>() {
    Tensor y = empty(gate.shape(), gate.dtype());
    const T *of_gate = read<T>(gate), *of_up = read<T>(up);
    T* to = fill<T>(y);
    const auto kernel = kernels::get<kernels::GatedKernels<T>>().gated[f];
    const Runs<2> runs(gate.shape(), {gate.strides(), up.strides()});
    runs.each(forward_cost, [&](auto at, std::int64_t out, std::int64_t n) {
      kernel({of_gate + at[0], runs.stride(0)}, {of_up + at[1], runs.stride(1)}, to + out, n);
    });
    return y;
  });
}

struct Both {
  Tensor gate, up;
};

/// Computes the gradients of gate and up in one pass.
Both backward(const char* op, const Tensor& dy, const Tensor& gate, const Tensor& up, Gate f) {
  return with_floating(op, dy.dtype(), [&]<class T>() {
    Both made{empty(gate.shape(), gate.dtype()), empty(gate.shape(), gate.dtype())};
    const T *given = read<T>(dy), *of_gate = read<T>(gate), *of_up = read<T>(up);
    T *dgate = fill<T>(made.gate), *dup = fill<T>(made.up);
    const auto kernel = kernels::get<kernels::GatedKernels<T>>().gated_backward[f];
    const Runs<3> runs(gate.shape(), {dy.strides(), gate.strides(), up.strides()});
    runs.each(backward_cost, [&](auto at, std::int64_t out, std::int64_t n) {
      kernel({given + at[0], runs.stride(0)}, {of_gate + at[1], runs.stride(1)}, {of_up + at[2], runs.stride(2)},
             dgate + out, dup + out, n);
    });
    return made;
  });
}

/// y = activation(gate) * up
Tensor gated(const char* op, const Tensor& gate, const Tensor& up, Gate f, Tensor (*activation)(const Tensor&)) {
  check_operands(op, gate, up);
  return differentiable(
      op, {gate, up}, forward(op, gate, up, f),
      [op, gate, up, f](const Tensor& dy) {
        auto [dgate, dup] = backward(op, dy, gate, up, f);
        return Gradients{std::move(dgate), std::move(dup)};
      },
      [activation](const Tensor& of_gate, const Tensor& of_up) { return activation(of_gate) * of_up; });
}

}  // namespace

Tensor swiglu(const Tensor& gate, const Tensor& up) { return gated("swiglu", gate, up, Gate::silu, silu); }

Tensor geglu(const Tensor& gate, const Tensor& up) { return gated("geglu", gate, up, Gate::gelu, gelu); }

Tensor reglu(const Tensor& gate, const Tensor& up) { return gated("reglu", gate, up, Gate::relu, relu); }

Tensor glu(const Tensor& x, int axis) {
  axis = axis_of("glu", x, axis);
  const std::int64_t length = x.shape()[axis];
  if (length % 2 != 0)
    fail("glu: x is {}, but axis {} must have an even length to be halved", to_string(x.shape()), axis);
  const auto halves = [axis, length](const Tensor& whole) {
    return Both{.gate = slice(whole, axis, length / 2, length), .up = slice(whole, axis, 0, length / 2)};
  };
  const auto [gate, up] = halves(x.detach());
  return differentiable(
      "glu", {x}, forward("glu", gate, up, Gate::sigmoid),
      [x, axis, halves](const Tensor& dy) {
        const auto [of_gate, of_up] = halves(x.detach());
        const auto [dgate, dup] = backward("glu", dy, of_gate, of_up, Gate::sigmoid);
        return Gradients{concat({dup, dgate}, axis)};
      },
      [halves](const Tensor& whole) {
        const auto [of_gate, of_up] = halves(whole);
        return sigmoid(of_gate) * of_up;
      });
}

}  // namespace heed
