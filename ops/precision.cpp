#include "precision.h"

#include <cstdio>

#include "../graph/fail.h"
#include "kernels/gemm_bfloat16.h"

namespace heed {

PrecisionScope precision(DType operands) {
  if (operands != float32 && operands != bfloat16)
    fail("precision: matrix products can take their operands in float32 or bfloat16, but {} was asked for",
         name(operands));
  if (operands == bfloat16 && !kernels::has_bfloat16()) {
    static const bool said = [] {
      fmt::print(stderr, "heed: this CPU cannot multiply bfloat16, so precision(bfloat16) computes in float32\n");
      return true;
    }();
    static_cast<void>(said);
  }
  return PrecisionScope(operands);
}

}  // namespace heed
