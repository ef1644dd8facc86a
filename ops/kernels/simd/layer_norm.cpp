#include "../layer_norm.h"
#include "loops.h"

namespace heed::kernels::HEED_TARGET {
namespace {

/// Loads a parameter at i, or returns `value` if the parameter is null.
template <class T, class Place>
HEED_INLINE Vector<T> load_or(const T* parameter, Place i, T value) {
  return parameter ? load(parameter, i) : Vector<T>(value);
}

/// Two sums, computed in one pass.
template <class T>
struct Sums {
  Vector<T> first, second;
};
template <class T, class Value>
HEED_INLINE Sums<T> two_totals(Index n, Value value) {
  return accumulate<T>(n, Sums<T>{T(0), T(0)}, value, [](Sums<T> a, Sums<T> b) HEED_LAMBDA {
    return Sums<T>{a.first + b.first, a.second + b.second};
  });
}

template <class T>
void layer_norm(Block size, const LayerNorm<T>& all) {
  const Index n = size.width;
  const T *scale = all.scale, *bias = all.bias;
  for (Index r = 0; r < size.rows; ++r) {
    const T* x = all.x[r];
    T* y = all.y[r];
    T mean = total<T>(n, [=](auto i) HEED_LAMBDA { return load(x, i); }) / static_cast<T>(n);
    T squares = total<T>(n, [=](auto i) HEED_LAMBDA {
      const Vector<T> centred = load(x, i, Vector<T>(mean)) - mean;
      return centred * centred;
    });
    // Where deviations are small, the rounding error of the mean matters: the mean of the deviations corrects it. So
    // the mean of a constant row is exact.
    if (squares <= static_cast<T>(n) * mean * mean / 16) {
      const T lacks = total<T>(n, [=](auto i) HEED_LAMBDA { return load(x, i, Vector<T>(mean)) - mean; });
      squares = squares - lacks * lacks / static_cast<T>(n);
      squares = squares < 0 ? T(0) : squares;
      mean += lacks / static_cast<T>(n);
    }
    const T inverse = T(1) / sqrt(Vector<T>(squares / static_cast<T>(n) + all.epsilon))[0];
    all.mean[r] = mean;
    all.inverse_stddev[r] = inverse;
    each<T>(n, [=](auto i) HEED_LAMBDA {
      store(y, i, multiply_add((load(x, i) - mean) * inverse, load_or(scale, i, T(1)), load_or(bias, i, T(0))));
    });
  }
}

template <class T>
void layer_norm_backward(Block size, const LayerNormBackward<T>& all) {
  const Index n = size.width;
  const T* scale = all.scale;
  T *dscale = all.dscale, *dbias = all.dbias;
  for (Index r = 0; r < size.rows; ++r) {
    const T *x = all.x[r], *dy = all.dy[r];
    T* dx = all.dx[r];
    const T mean = all.mean[r], inverse = all.inverse_stddev[r];
    const Sums<T> sums = two_totals<T>(n, [=](auto i) HEED_LAMBDA {
      const Vector<T> g = load(dy, i) * load_or(scale, i, T(1)), h = (load(x, i) - mean) * inverse;
      return Sums<T>{g, g * h};
    });
    const T mean_g = sum(sums.first) / static_cast<T>(n), mean_gh = sum(sums.second) / static_cast<T>(n);
    each<T>(n, [=](auto i) HEED_LAMBDA {
      const Vector<T> d = load(dy, i), g = d * load_or(scale, i, T(1)), h = (load(x, i) - mean) * inverse;
      if (dscale) store(dscale, i, multiply_add(d, h, load<T>(dscale, i)));
      if (dbias) store(dbias, i, load<T>(dbias, i) + d);
      store(dx, i, inverse * (g - mean_g - h * mean_gh));
    });
  }
}

template <class T>
constexpr LayerNormKernels<T> layer_norm_kernels = {.layer_norm = layer_norm<T>,
                                                    .layer_norm_backward = layer_norm_backward<T>};

}  // namespace

HEED_REGISTER_KERNELS(LayerNormKernels<float>) = layer_norm_kernels<float>;
HEED_REGISTER_KERNELS(LayerNormKernels<double>) = layer_norm_kernels<double>;

}  // namespace heed::kernels::HEED_TARGET
