#include "random.h"

#include "../graph/ambient.h"
#include "../graph/fail.h"
#include "elementwise.h"
#include "view.h"

namespace heed {
namespace {

/// y = offset + factor * numbers, where draw makes the numbers [begin, begin + n) of the stream.
template <class T, class Draw>
void draw_scaled(const Tensor& y, double nanoseconds, T offset, T factor, const Draw& draw) {
  T* to = fill<T>(y);
  const T one = 1;
  parallel(y.elements(), nanoseconds, [&](Range part) {
    draw(part.begin, to + part.begin, part.size());
    if (offset != 0 || factor != 1) kernels::of<T>().blend(offset, {&one, 0}, factor, to + part.begin, part.size());
  });
}

/// Dropout with given random numbers.
Tensor drop(const Tensor& x, double p, RandomStream stream) {
  Tensor y = empty(x.shape(), x.dtype());
  with_floating("dropout", x.dtype(), [&]<class T>() {
    const Tensor in_order = no_grad([&] { return contiguous(x.detach()); });
    const T* from = read<T>(in_order);
    T* to = fill<T>(y);
    parallel(x.elements(), 0.5, [&](Range part) {
      kernels::of<T>().dropout(stream, part.begin, p, from + part.begin, to + part.begin, part.size());
    });
  });
  return differentiable("dropout", {x}, y, [p, stream](const Tensor& dy) { return Gradients{drop(dy, p, stream)}; });
}

}  // namespace

Tensor uniform(const Shape& shape, double low, double high, DType dtype) {
  if (!(low <= high)) fail("uniform: low is {} and high is {}, but low must not be above high", low, high);
  return with_floating("uniform", dtype, [&]<class T>() {
    Tensor y = empty(shape, dtype);
    const RandomStream stream = next_random_stream();
    draw_scaled<T>(y, 0.5, static_cast<T>(low), static_cast<T>(high - low),
                   [&](std::int64_t begin, T* to, std::int64_t n) { kernels::of<T>().uniform(stream, begin, to, n); });
    return y;
  });
}

Tensor normal(const Shape& shape, double mean, double deviation, DType dtype) {
  if (!(deviation >= 0)) fail("normal: the deviation is {}, but it must not be negative", deviation);
  return with_floating("normal", dtype, [&]<class T>() {
    Tensor y = empty(shape, dtype);
    const RandomStream stream = next_random_stream();
    draw_scaled<T>(y, 2, static_cast<T>(mean), static_cast<T>(deviation),
                   [&](std::int64_t begin, T* to, std::int64_t n) { kernels::of<T>().normal(stream, begin, to, n); });
    return y;
  });
}

Tensor dropout(const Tensor& x, double p, bool training) {
  if (!(p >= 0 && p < 1)) fail("dropout: p is {}, but it must be at least 0 and less than 1", p);
  if (!is_floating(x.dtype())) wrong_dtype("dropout", x.dtype(), "float32 or float64");
  return training && p > 0 ? drop(x, p, next_random_stream()) : x;
}

}  // namespace heed
