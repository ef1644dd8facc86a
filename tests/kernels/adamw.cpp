#include <heed/ops/kernels/adamw.h>

#include "harness.h"

namespace heed::kernels {
namespace {

TEMPLATE_TEST_CASE("adamw", "[kernels]", float, double) {
  using T = TestType;
  on_each_set([](InstructionSet set) {
    for (const Index n : sizes) {
      Buffer<T> p = numbers<T>(n), g = numbers<T>(n, -3, 3, 2), m = numbers<T>(n, -1, 1, 3), v = numbers<T>(n, 0, 1, 4);
      AdamWStep step{.rate = 1e-2,
                     .beta1 = 0.9,
                     .beta2 = 0.99,
                     .epsilon = 1e-8,
                     .decay = 0.1,
                     .correction1 = 0.271,
                     .correction2 = 0.029701,
                     .gradient_scale = 0.5};
      std::vector<double> expected_p, expected_m, expected_v;
      for (Index i = 0; i < n; ++i) {
        const double gradient = step.gradient_scale * double(g[at(i)]);
        expected_m.push_back(0.9 * double(m[at(i)]) + 0.1 * gradient);
        expected_v.push_back(0.99 * double(v[at(i)]) + 0.01 * gradient * gradient);
        const double scaled_m = expected_m.back() / step.correction1, scaled_v = expected_v.back() / step.correction2;
        expected_p.push_back((1 - 1e-2 * 0.1) * double(p[at(i)]) - 1e-2 * scaled_m / (std::sqrt(scaled_v) + 1e-8));
      }
      get<AdamWKernels<T>>(set).adamw(step, p.data(), g.data(), m.data(), v.data(), n);
      check_close(p, expected_p, rounding<T>);
      check_close(m, expected_m, rounding<T>);
      check_close(v, expected_v, rounding<T>);
    }
  });
}

}  // namespace
}  // namespace heed::kernels
