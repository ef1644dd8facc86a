#include "precision.h"

#include <cstdio>

#include "../../graph/fail.h"
#include "../kernels/gemm/gemm_bfloat16.h"

namespace heed {

PrecisionScope precision(DType operands) {
  if (operands != float32 && operands != bfloat16)
    fail("precision: operands of matrix products can be float32 or bfloat16, but {} was given", name(operands));
  if (operands == bfloat16 && !kernels::has_bfloat16()) {
    static const bool warned = [] {
      fmt::print(stderr, "heed: this CPU has no bfloat16 instructions, so precision(bfloat16) computes in float32\n");
      return true;
    }();
    static_cast<void>(warned);
  }
  return PrecisionScope(operands);
}

}  // namespace heed
