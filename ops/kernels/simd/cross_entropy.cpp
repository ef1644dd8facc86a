#include "../cross_entropy.h"
#include "softmax_row.h"

namespace heed::kernels::HEED_TARGET {
namespace {

template <class T>
void cross_entropy(Block size, Rows<const T> logits, const std::int64_t* target, T* loss, LogSumExps<T> logsumexp) {
  for (Index r = 0; r < size.rows; ++r) {
    loss[r] = T(0);
    logsumexp.maximum[r] = logsumexp.rest[r] = T(0);
    if (target[r] < 0) continue;
    const T* x = logits[r];
    const T greatest = finite_maximum(x, size.width), l = log_of_sum(x, size.width, greatest);
    logsumexp.maximum[r] = greatest;
    logsumexp.rest[r] = l;
    loss[r] = l == -infinity<T> ? infinity<T> : greatest - x[target[r]] + l;
  }
}

template <class T>
void cross_entropy_backward(Block size, Rows<const T> logits, const std::int64_t* target, LogSumExps<const T> logsumexp,
                            Run<const T> dloss, Rows<T> dlogits) {
  for (Index r = 0; r < size.rows; ++r) {
    const T* x = logits[r];
    T* dx = dlogits[r];
    const T g = dloss.begin[r * dloss.stride], greatest = logsumexp.maximum[r];
    const T rest = logsumexp.rest[r], l = rest == -infinity<T> ? T(0) : rest;  // all stay -infinity
    if (target[r] < 0) {
      each<T>(size.width, [=](auto i) HEED_LAMBDA { store(dx, i, Vector<T>(T(0))); });
    } else {
      each<T>(size.width, [=](auto i) HEED_LAMBDA { store(dx, i, g * exp(load(x, i) - greatest - l)); });
      dx[target[r]] -= g;
    }
  }
}

template <class T>
T below_maximum(T maximum, const T* x, const T* weights, Index n) {
  const Vector<T> greatest = maximum, none = T(0);
  if (!weights) return total<T>(n, [=](auto i) HEED_LAMBDA { return greatest - load(x, i, greatest); });
  return total<T>(n, [=](auto i) HEED_LAMBDA {
    const Vector<T> weight = load(weights, i);
    return where(weight == none, none, weight * (greatest - load(x, i, greatest)));
  });
}

template <class T>
constexpr CrossEntropyKernels<T> cross_entropy_kernels = {.cross_entropy = cross_entropy<T>,
                                                          .cross_entropy_backward = cross_entropy_backward<T>,
                                                          .below_maximum = below_maximum<T>};

}  // namespace

HEED_REGISTER_KERNELS(CrossEntropyKernels<float>) = cross_entropy_kernels<float>;
HEED_REGISTER_KERNELS(CrossEntropyKernels<double>) = cross_entropy_kernels<double>;

}  // namespace heed::kernels::HEED_TARGET
