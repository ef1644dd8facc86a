#include "../recurrent.h"
#include "loops.h"

namespace heed::kernels::HEED_TARGET {
namespace {

template <class T>
void gru_step(Index w, const GruStep<T>& row) {
  const T *input = row.input, *product = row.product, *before = row.before;
  T *gates = row.gates, *after = row.after;
  each<T>(w, [=](auto i) HEED_LAMBDA {
    const Vector<T> r = sigmoid(load<T>(input, i) + load<T>(product, i));
    const Vector<T> z = sigmoid(load<T>(input + w, i) + load<T>(product + w, i));
    const Vector<T> q = load<T>(product + 2 * w, i);
    const Vector<T> n = tanh(multiply_add(r, q, load<T>(input + 2 * w, i)));
    const Vector<T> h = load<T>(before, i);
    store(gates, i, r);
    store(gates + w, i, z);
    store(gates + 2 * w, i, n);
    store(gates + 3 * w, i, q);
    store(after, i, multiply_add(z, h - n, n));
  });
}

template <class T>
void gru_step_backward(Index w, const GruStepBackward<T>& row) {
  const T *gates = row.gates, *before = row.before, *dafter = row.dafter;
  T *dinput = row.dinput, *dproduct = row.dproduct, *dbefore = row.dbefore;
  each<T>(w, [=](auto i) HEED_LAMBDA {
    const Vector<T> one = T(1);
    const Vector<T> r = load<T>(gates, i), z = load<T>(gates + w, i), n = load<T>(gates + 2 * w, i);
    const Vector<T> q = load<T>(gates + 3 * w, i), h = load<T>(before, i), d = load<T>(dafter, i);
    const Vector<T> dn = d * (one - z) * (one - n * n);
    const Vector<T> dr = dn * q * r * (one - r), dz = d * (h - n) * z * (one - z);
    store(dinput, i, dr);
    store(dinput + w, i, dz);
    store(dinput + 2 * w, i, dn);
    store(dproduct, i, dr);
    store(dproduct + w, i, dz);
    store(dproduct + 2 * w, i, dn * r);
    store(dbefore, i, d * z);
  });
}

template <class T>
void lstm_step(Index w, const LstmStep<T>& row) {
  const T *input = row.input, *product = row.product, *before = row.before;
  T *gates = row.gates, *after = row.after, *hidden = row.hidden;
  each<T>(w, [=](auto at) HEED_LAMBDA {
    const Vector<T> i = sigmoid(load<T>(input, at) + load<T>(product, at));
    const Vector<T> f = sigmoid(load<T>(input + w, at) + load<T>(product + w, at));
    const Vector<T> g = tanh(load<T>(input + 2 * w, at) + load<T>(product + 2 * w, at));
    const Vector<T> o = sigmoid(load<T>(input + 3 * w, at) + load<T>(product + 3 * w, at));
    const Vector<T> c = multiply_add(f, load<T>(before, at), i * g);
    store(gates, at, i);
    store(gates + w, at, f);
    store(gates + 2 * w, at, g);
    store(gates + 3 * w, at, o);
    store(after, at, c);
    store(hidden, at, o * tanh(c));
  });
}

/// Recomputes the new cell with the same operations, which is cheaper than saving it or its tanh.
template <class T>
void lstm_step_backward(Index w, const LstmStepBackward<T>& row) {
  const T *gates = row.gates, *before = row.before, *dafter = row.dafter, *dhidden = row.dhidden;
  T *dgates = row.dgates, *dbefore = row.dbefore;
  each<T>(w, [=](auto at) HEED_LAMBDA {
    const Vector<T> one = T(1);
    const Vector<T> i = load<T>(gates, at), f = load<T>(gates + w, at), g = load<T>(gates + 2 * w, at);
    const Vector<T> o = load<T>(gates + 3 * w, at), c = load<T>(before, at), dh = load<T>(dhidden, at);
    const Vector<T> t = tanh(multiply_add(f, c, i * g));
    const Vector<T> dc = multiply_add(dh * o, one - t * t, load<T>(dafter, at));
    store(dgates, at, dc * g * i * (one - i));
    store(dgates + w, at, dc * c * f * (one - f));
    store(dgates + 2 * w, at, dc * i * (one - g * g));
    store(dgates + 3 * w, at, dh * t * o * (one - o));
    store(dbefore, at, dc * f);
  });
}

template <class T>
constexpr RecurrentKernels<T> recurrent_kernels = {.gru_step = gru_step<T>,
                                                   .gru_step_backward = gru_step_backward<T>,
                                                   .lstm_step = lstm_step<T>,
                                                   .lstm_step_backward = lstm_step_backward<T>};

}  // namespace

HEED_REGISTER_KERNELS(RecurrentKernels<float>) = recurrent_kernels<float>;
HEED_REGISTER_KERNELS(RecurrentKernels<double>) = recurrent_kernels<double>;

}  // namespace heed::kernels::HEED_TARGET
