#include "../softmax.h"
#include "softmax_row.h"

namespace heed::kernels::HEED_TARGET {
namespace {

template <class T>
void softmax(Block size, Rows<const T> x_rows, Rows<T> y_rows) {
  const Vector<T> lowest = -infinity<T>;
  for (Index r = 0; r < size.rows; ++r) {
    const T* x = x_rows[r];
    T* y = y_rows[r];
    const T greatest = finite_maximum(x, size.width);
    const T s = total<T>(size.width, [=](auto i) HEED_LAMBDA {
      const Vector<T> weight = exp(load(x, i, lowest) - greatest);
      store(y, i, weight);
      return weight;
    });
    const T inverse = s == 0 ? T(0) : 1 / s;
    each<T>(size.width, [=](auto i) HEED_LAMBDA { store(y, i, load<T>(y, i) * inverse); });
  }
}

template <class T>
T dot(const T* a, const T* b, Index n) {
  return total<T>(n, [=](auto i) HEED_LAMBDA { return load(a, i) * load(b, i); });
}

template <class T>
void softmax_scores_backward(T scale, T dot_of_row, const T* y, const T* dy, T* dx, Index n) {
  each<T>(n, [=](auto i) HEED_LAMBDA { store(dx, i, scale * load(y, i) * (load(dy, i) - dot_of_row)); });
}

template <class T>
void softmax_backward(Block size, Rows<const T> y, Rows<const T> dy, Rows<T> dx) {
  for (Index r = 0; r < size.rows; ++r) {
    softmax_scores_backward(T(1), dot(y[r], dy[r], size.width), y[r], dy[r], dx[r], size.width);
  }
}

template <class T>
void log_softmax(Block size, Rows<const T> x_rows, Rows<T> y_rows) {
  for (Index r = 0; r < size.rows; ++r) {
    const T* x = x_rows[r];
    T* y = y_rows[r];
    const T greatest = finite_maximum(x, size.width), l = log_of_sum(x, size.width, greatest);
    const T rest = l == -infinity<T> ? T(0) : l;  // all stay -infinity
    each<T>(size.width, [=](auto i) HEED_LAMBDA { store(y, i, load(x, i) - greatest - rest); });
  }
}

template <class T>
void log_softmax_backward(Block size, Rows<const T> y_rows, Rows<const T> dy_rows, Rows<T> dx_rows) {
  for (Index r = 0; r < size.rows; ++r) {
    const T *y = y_rows[r], *dy = dy_rows[r];
    T* dx = dx_rows[r];
    const T s = total<T>(size.width, [=](auto i) HEED_LAMBDA { return load(dy, i); });
    each<T>(size.width, [=](auto i) HEED_LAMBDA { store(dx, i, load(dy, i) - exp(load(y, i)) * s); });
  }
}

template <class T>
void logsumexp(Block size, Rows<const T> x, T* y) {
  for (Index r = 0; r < size.rows; ++r) y[r] = logsumexp_of_row(x[r], size.width);
}

template <class T>
void softmax_weights(T scale, T shift, T factor, const T* x, T* y, Index n) {
  each<T>(n, [=](auto i) HEED_LAMBDA { store(y, i, factor * exp(scale * (load(x, i) - shift))); });
}

template <class T>
void logsumexp_backward(Block size, Rows<const T> x_rows, const T* dy, Rows<T> dx_rows) {
  const Vector<T> lowest = -infinity<T>;
  for (Index r = 0; r < size.rows; ++r) {
    const T* x = x_rows[r];
    T* dx = dx_rows[r];
    const T greatest = finite_maximum(x, size.width);
    // Relative to infinity, finite elements are as far as -infinity is from 0.
    const bool infinite = greatest == infinity<T>;
    const T shift = infinite ? T(0) : greatest;
    const T s = total<T>(size.width, [=](auto i) HEED_LAMBDA {
      Vector<T> v = load(x, i, lowest);
      if (infinite) v = where(v == infinity<T>, Vector<T>(T(0)), where(v == v, lowest, v));
      const Vector<T> weight = exp(v - shift);
      store(dx, i, weight);
      return weight;
    });
    const T factor = s == 0 ? T(0) : dy[r] / s;
    each<T>(size.width, [=](auto i) HEED_LAMBDA { store(dx, i, load<T>(dx, i) * factor); });
  }
}

template <class T>
T online_softmax(T scale, T* x, Index n, OnlineSoftmax<T>* state) {
  const T before = state->maximum, now = maximum_of_row(x, n), greatest = now > before ? now : before;
  const T shift = greatest == -infinity<T> ? T(0) : greatest;  // then all weights are 0
  const T s = total<T>(n, [=](auto i) HEED_LAMBDA {
    const Vector<T> weight = exp(scale * (load(x, i, Vector<T>(-infinity<T>)) - shift));
    store(x, i, weight);
    return weight;
  });
  const T rescale = before == greatest ? T(1) : exp(Vector<T>(scale * (before - shift)))[0];
  *state = {greatest, state->sum * rescale + s};
  return rescale;
}

template <class T>
constexpr SoftmaxKernels<T> softmax_kernels = {.softmax = softmax<T>,
                                               .softmax_backward = softmax_backward<T>,
                                               .log_softmax = log_softmax<T>,
                                               .log_softmax_backward = log_softmax_backward<T>,
                                               .logsumexp = logsumexp<T>,
                                               .logsumexp_backward = logsumexp_backward<T>,
                                               .online_softmax = online_softmax<T>,
                                               .softmax_weights = softmax_weights<T>,
                                               .softmax_scores_backward = softmax_scores_backward<T>,
                                               .dot = dot<T>};

}  // namespace

HEED_REGISTER_KERNELS(SoftmaxKernels<float>) = softmax_kernels<float>;
HEED_REGISTER_KERNELS(SoftmaxKernels<double>) = softmax_kernels<double>;

}  // namespace heed::kernels::HEED_TARGET
