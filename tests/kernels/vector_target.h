// A user-defined template on Vector, compiled for two targets in two files of one program.
#pragma once

#include <heed/ops/kernels/vector_math.h>

namespace user {

/// In the inline namespace of the target, like all code that depends on its width.
inline namespace HEED_VECTOR_TARGET {
template <class T>
[[gnu::noinline]] T sum(const T* x, std::int64_t n) {
  heed::kernels::Vector<T> all = T(0);
  constexpr int lanes = heed::kernels::Vector<T>::lanes;
  for (; n >= lanes; n -= lanes, x += lanes) all += heed::kernels::load(x);
  if (n > 0) all += heed::kernels::load(x, static_cast<int>(n));
  return heed::kernels::sum(all);
}
}  // namespace HEED_VECTOR_TARGET

}  // namespace user

float sum_for_avx2(const float* x, std::int64_t n);
int lanes_for_avx2();
