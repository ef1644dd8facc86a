#include "../additive.h"
#include "loops.h"

namespace heed::kernels::HEED_TARGET {
namespace {

template <class T>
void additive(const Additive<T>& all, T* scores) {
  const T* weight = all.weight;
  for (Index i = 0; i < all.queries; ++i) {
    const T* query = all.query[i];
    for (Index j = 0; j < all.keys; ++j) {
      const T* key = all.key[j];
      *scores++ = total<T>(all.width, [=](auto at) HEED_LAMBDA {
        return load<T>(weight, at) * tanh(load<T>(query, at) + load<T>(key, at));
      });
    }
  }
}

template <class T>
void additive_backward(const Additive<T>& all, const T* dscores, Rows<T> dqueries, Rows<T> dkeys, T* dweight) {
  const T* weight = all.weight;
  for (Index i = 0; i < all.queries; ++i) {
    const T* query = all.query[i];
    T* dquery = dqueries[i];
    for (Index j = 0; j < all.keys; ++j) {
      const T* key = all.key[j];
      T* dkey = dkeys[j];
      const T d = *dscores++;
      each<T>(all.width, [=](auto at) HEED_LAMBDA {
        const Vector<T> t = tanh(load<T>(query, at) + load<T>(key, at));
        const Vector<T> dsum = d * load<T>(weight, at) * (Vector<T>(T(1)) - t * t);
        store(dquery, at, load<T>(dquery, at) + dsum);
        store(dkey, at, load<T>(dkey, at) + dsum);
        store(dweight, at, multiply_add(Vector<T>(d), t, load<T>(dweight, at)));
      });
    }
  }
}

}  // namespace

HEED_REGISTER_KERNELS(AdditiveKernels<float>) = {.additive = additive<float>,
                                                 .additive_backward = additive_backward<float>};
HEED_REGISTER_KERNELS(AdditiveKernels<double>) = {.additive = additive<double>,
                                                  .additive_backward = additive_backward<double>};

}  // namespace heed::kernels::HEED_TARGET
