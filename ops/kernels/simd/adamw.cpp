#include "../adamw.h"
#include "loops.h"

namespace heed::kernels::HEED_TARGET {
namespace {

template <class T>
void adamw(const AdamWStep& step, T* p, const T* gradient, T* m, T* v, Index n) {
  const T beta1 = static_cast<T>(step.beta1), beta2 = static_cast<T>(step.beta2),
          epsilon = static_cast<T>(step.epsilon);
  const T rest1 = static_cast<T>(1 - step.beta1), rest2 = static_cast<T>(1 - step.beta2);
  const T keep = static_cast<T>(1 - step.rate * step.decay), gradient_scale = static_cast<T>(step.gradient_scale);
  const T rate = static_cast<T>(step.rate / step.correction1);
  const T root = static_cast<T>(1 / __builtin_sqrt(step.correction2));
  each<T>(n, [=](auto i) HEED_LAMBDA {
    const Vector<T> g = load(gradient, i) * gradient_scale;
    const Vector<T> first = multiply_add(Vector<T>(beta1), load<T>(m, i), rest1 * g);
    const Vector<T> second = multiply_add(Vector<T>(beta2), load<T>(v, i), rest2 * g * g);
    store(m, i, first);
    store(v, i, second);
    store(p, i, keep * load<T>(p, i) - rate * first / (sqrt(second) * root + epsilon));
  });
}

}  // namespace

HEED_REGISTER_KERNELS(AdamWKernels<float>) = {.adamw = adamw<float>};
HEED_REGISTER_KERNELS(AdamWKernels<double>) = {.adamw = adamw<double>};

}  // namespace heed::kernels::HEED_TARGET
