#include "../rms_norm.h"
#include "loops.h"

namespace heed::kernels::HEED_TARGET {
namespace {

template <class T, class Place>
HEED_INLINE Vector<T> scale_at(const T* scale, Place i) {
  return scale ? load(scale, i) : Vector<T>(T(1));
}

template <class T>
void rms_norm(Block size, const RmsNorm<T>& all) {
  const Index n = size.width;
  const T* scale = all.scale;
  for (Index r = 0; r < size.rows; ++r) {
    const T* x = all.x[r];
    T* y = all.y[r];
    const T squares = total<T>(n, [=](auto i) HEED_LAMBDA {
      const Vector<T> v = load(x, i);
      return v * v;
    });
    const T inverse = T(1) / sqrt(Vector<T>(squares / static_cast<T>(n) + all.epsilon))[0];
    all.inverse[r] = inverse;
    each<T>(n, [=](auto i) HEED_LAMBDA { store(y, i, load(x, i) * inverse * scale_at(scale, i)); });
  }
}

template <class T>
void rms_norm_backward(Block size, const RmsNormBackward<T>& all) {
  const Index n = size.width;
  const T* scale = all.scale;
  T* dscale = all.dscale;
  for (Index r = 0; r < size.rows; ++r) {
    const T *x = all.x[r], *dy = all.dy[r];
    T* dx = all.dx[r];
    const T inverse = all.inverse[r];
    const T gx = total<T>(n, [=](auto i) HEED_LAMBDA { return load(dy, i) * scale_at(scale, i) * load(x, i); });
    const T mean_gh = gx * inverse / static_cast<T>(n);
    each<T>(n, [=](auto i) HEED_LAMBDA {
      const Vector<T> d = load(dy, i), h = load(x, i) * inverse;
      if (dscale) store(dscale, i, multiply_add(d, h, load<T>(dscale, i)));
      store(dx, i, inverse * (d * scale_at(scale, i) - h * mean_gh));
    });
  }
}

template <class T>
constexpr RmsNormKernels<T> rms_norm_kernels = {.rms_norm = rms_norm<T>, .rms_norm_backward = rms_norm_backward<T>};

}  // namespace

HEED_REGISTER_KERNELS(RmsNormKernels<float>) = rms_norm_kernels<float>;
HEED_REGISTER_KERNELS(RmsNormKernels<double>) = rms_norm_kernels<double>;

}  // namespace heed::kernels::HEED_TARGET
