#include <heed/ops/kernels/recurrent.h>

#include "harness.h"

namespace heed::kernels {
namespace {

double sigma(double x) { return 1 / (1 + std::exp(-x)); }

TEMPLATE_TEST_CASE("steps of recurrent units and their gradients", "[kernels]", float, double) {
  using T = TestType;
  on_each_set([](InstructionSet set) {
    for (const Index w : sizes) {
      INFO("width = " << w);
      const auto a = numbers<T>(4 * w, -3, 3, 1), before = numbers<T>(w, -1, 1, 3);
      const auto dafter = numbers<T>(w, -2, 2, 4), dhidden = numbers<T>(w, -2, 2, 5);
      // As in runs: product and gates share memory.
      Buffer<T> gates = numbers<T>(4 * w, -3, 3, 2), after(at(w)), dinput(at(3 * w)), dproduct(at(3 * w));
      const Buffer<T> p = gates;
      std::vector<double> of_after(at(w)), of_input(at(3 * w)), of_product(at(3 * w)), of_before(at(w));
      for (std::size_t i = 0; i < at(w); ++i) {
        const std::size_t iz = i + at(w), in = i + 2 * at(w);
        const double x[3] = {a.begin()[i], a.begin()[iz], a.begin()[in]};
        const double q[3] = {p.begin()[i], p.begin()[iz], p.begin()[in]}, h = before.begin()[i];
        const double r = sigma(x[0] + q[0]), z = sigma(x[1] + q[1]), n = std::tanh(x[2] + r * q[2]);
        const double d = dafter.begin()[i], dn = d * (1 - z) * (1 - n * n);
        of_after[i] = (1 - z) * n + z * h;
        of_input[i] = of_product[i] = dn * q[2] * r * (1 - r);
        of_input[iz] = of_product[iz] = d * (h - n) * z * (1 - z);
        of_input[in] = dn, of_product[in] = dn * r, of_before[i] = d * z;
      }
      get<RecurrentKernels<T>>(set).gru_step(w, {a.begin(), gates.data(), before.begin(), gates.data(), after.data()});
      check_close(after, of_after, rounding<T>);
      Buffer<T> state = dafter;
      get<RecurrentKernels<T>>(set).gru_step_backward(
          w, {gates.data(), before.begin(), state.data(), dinput.data(), dproduct.data(), state.data()});
      check_close(dinput, of_input, rounding<T>);
      check_close(dproduct, of_product, rounding<T>);
      check_close(state, of_before, rounding<T>);

      Buffer<T> hidden(at(w)), dgates(at(4 * w));
      std::copy(p.begin(), p.end(), gates.data());
      std::vector<double> of_hidden(at(w)), of_gates(at(4 * w));
      for (std::size_t i = 0; i < at(w); ++i) {
        const auto sum = [&](std::size_t k) {
          return static_cast<double>(a.begin()[i + k * at(w)]) + static_cast<double>(p.begin()[i + k * at(w)]);
        };
        const double in = sigma(sum(0)), forget = sigma(sum(1)), g = std::tanh(sum(2)), out = sigma(sum(3));
        const double c = before.begin()[i], later = forget * c + in * g, t = std::tanh(later);
        const double dh = dhidden.begin()[i], dc = dh * out * (1 - t * t) + dafter.begin()[i];
        of_after[i] = later, of_hidden[i] = out * t, of_before[i] = dc * forget;
        of_gates[i] = dc * g * in * (1 - in), of_gates[i + at(w)] = dc * c * forget * (1 - forget);
        of_gates[i + 2 * at(w)] = dc * in * (1 - g * g), of_gates[i + 3 * at(w)] = dh * t * out * (1 - out);
      }
      get<RecurrentKernels<T>>(set).lstm_step(
          w, {a.begin(), gates.data(), before.begin(), gates.data(), after.data(), hidden.data()});
      check_close(after, of_after, rounding<T>);
      check_close(hidden, of_hidden, rounding<T>);
      std::copy(dafter.begin(), dafter.end(), state.data());
      get<RecurrentKernels<T>>(set).lstm_step_backward(
          w, {gates.data(), before.begin(), state.data(), dhidden.begin(), dgates.data(), state.data()});
      check_close(dgates, of_gates, rounding<T>);
      check_close(state, of_before, rounding<T>);
    }
  });
}

}  // namespace
}  // namespace heed::kernels
