#include <heed/ops/kernels/gated.h>

#include "harness.h"

namespace heed::kernels {
namespace {

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double phi(double x) { return std::exp(-x * x / 2) / std::sqrt(2 * M_PI); }
double Phi(double x) { return std::erfc(-x / std::sqrt(2.0)) / 2; }

struct Case {
  Gate gate;
  double (*value)(double);
  double (*slope)(double);
};
const std::vector<Case> cases = {
    {Gate::sigmoid, sigmoid, [](double x) { return sigmoid(x) * (1 - sigmoid(x)); }},
    {Gate::relu, [](double x) { return x > 0 ? x : 0; }, [](double x) { return double(x > 0); }},
    {Gate::silu, [](double x) { return x * sigmoid(x); },
     [](double x) { return sigmoid(x) * (1 + x * (1 - sigmoid(x))); }},
    {Gate::gelu, [](double x) { return x * Phi(x); }, [](double x) { return Phi(x) + x * phi(x); }},
};

TEMPLATE_TEST_CASE("gated units and their gradients", "[kernels]", float, double) {
  using T = TestType;
  REQUIRE(cases.size() == at(Index(Gate::count)));
  on_each_set([](InstructionSet set) {
    for (const auto& [gate, value, slope] : cases) {
      for (const Index n : sizes) {
        for (const auto& [p, q, r] : {std::array<Index, 3>{1, 1, 1}, {1, 1, 0}, {0, 1, 1}, {2, 1, 3}}) {
          INFO("gate " << static_cast<int>(gate) << ", n = " << n << ", strides = " << p << ", " << q << ", " << r);
          const auto made = [n](Index stride, unsigned seed) {
            return numbers<T>(n ? (n - 1) * stride + 1 : 0, -3, 3, seed);
          };
          Buffer<T> x = made(p, 1), up = made(q, 2), dy = made(r, 3), y(at(n)), dx(at(n)), dup(at(n));
          std::vector<double> of_y, of_dx, of_dup;
          for (Index i = 0; i < n; ++i) {
            const double g = x[at(i * p)], u = up[at(i * q)], d = dy[at(i * r)];
            of_y.push_back(value(g) * u), of_dx.push_back(d * u * slope(g)), of_dup.push_back(d * value(g));
          }
          const Run<const T> x_run{x.data(), p}, up_run{up.data(), q}, dy_run{dy.data(), r};
          get<GatedKernels<T>>(set).gated[gate](x_run, up_run, y.data(), n);
          get<GatedKernels<T>>(set).gated_backward[gate](dy_run, x_run, up_run, dx.data(), dup.data(), n);
          check_close(y, of_y, rounding<T>);
          check_close(dx, of_dx, rounding<T>);
          check_close(dup, of_dup, rounding<T>);
        }
      }
    }
  });
}

}  // namespace
}  // namespace heed::kernels
