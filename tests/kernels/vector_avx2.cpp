// Compiled with -march=x86-64-v3. No standard headers with code: their inline functions would be shared with other
// files.
#include "vector_target.h"

float sum_for_avx2(const float* x, std::int64_t n) { return user::sum(x, n); }
int lanes_for_avx2() { return heed::kernels::Vector<float>::lanes; }
