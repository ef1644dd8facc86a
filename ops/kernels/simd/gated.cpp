#include "../gated.h"
#include "loops.h"

namespace heed::kernels::HEED_TARGET {
namespace {

template <class T>
struct GateValue {
  Vector<T> value, slope;  // f(x) and f'(x); the slope is dead code where it is not used
};

template <Gate gate, class T>
HEED_INLINE GateValue<T> gate_value(Vector<T> x) {
  const Vector<T> zero = T(0), one = T(1);
  if constexpr (gate == Gate::sigmoid) {
    const Vector<T> s = sigmoid(x);
    return {s, s * (one - s)};
  }
  if constexpr (gate == Gate::relu) return {where(x <= zero, zero, x), where(x <= zero, zero, one)};
  if constexpr (gate == Gate::silu) {
    const Vector<T> s = sigmoid(x);
    return {x * s, s * multiply_add(x, one - s, one)};
  }
  if constexpr (gate == Gate::gelu) {
    const Vector<T> distribution = T(0.5) * (one + erf(x * static_cast<T>(0.70710678118654752440)));
    const Vector<T> density = static_cast<T>(0.39894228040143267794) * exp(T(-0.5) * x * x);
    return {x * distribution, multiply_add(x, density, distribution)};
  }
}

/// Calls body(as), where as(run) is a pointer if all runs are contiguous, else the run itself.
template <class Body, class... Strided>
HEED_INLINE void with_runs(Body body, Strided... x) {
  if ((... && (x.stride == 1))) {
    body([](auto run) HEED_LAMBDA { return run.begin; });
  } else {
    body([](auto run) HEED_LAMBDA { return run; });
  }
}

template <Gate f, class T>
void gated(Run<const T> gate, Run<const T> up, T* y, Index n) {
  with_runs(
      [=](auto as) HEED_LAMBDA {
        each<T>(n, [=](auto i) HEED_LAMBDA { store(y, i, gate_value<f>(load(as(gate), i)).value * load(as(up), i)); });
      },
      gate, up);
}

template <Gate f, class T>
void gated_backward(Run<const T> dy, Run<const T> gate, Run<const T> up, T* dgate, T* dup, Index n) {
  with_runs(
      [=](auto as) HEED_LAMBDA {
        each<T>(n, [=](auto i) HEED_LAMBDA {
          const GateValue<T> evaluated = gate_value<f>(load(as(gate), i));
          const Vector<T> given = load(as(dy), i);
          store(dgate, i, given * load(as(up), i) * evaluated.slope);
          store(dup, i, given * evaluated.value);
        });
      },
      dy, gate, up);
}

template <Gate f, class T>
constexpr void fill_gate(GatedKernels<T>& kernels) {
  kernels.gated.kernel[static_cast<int>(f)] = gated<f, T>;
  kernels.gated_backward.kernel[static_cast<int>(f)] = gated_backward<f, T>;
}

template <class T>
constexpr GatedKernels<T> gated_kernels() {
  GatedKernels<T> kernels{};
  fill_gate<Gate::sigmoid>(kernels);
  fill_gate<Gate::relu>(kernels);
  fill_gate<Gate::silu>(kernels);
  fill_gate<Gate::gelu>(kernels);
  return kernels;
}

}  // namespace

HEED_REGISTER_KERNELS(GatedKernels<float>) = gated_kernels<float>();
HEED_REGISTER_KERNELS(GatedKernels<double>) = gated_kernels<double>();

}  // namespace heed::kernels::HEED_TARGET
