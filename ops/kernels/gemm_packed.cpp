#include "gemm_packed.h"

#include "table.h"

namespace heed::kernels {

template <>
const PackedGemm<float>& packed_gemm<float>() {
  switch (instruction_set()) {
    case InstructionSet::avx512:
      return avx512::packed_float32;
    case InstructionSet::avx2:
      return avx2::packed_float32;
    default:
      return baseline::packed_float32;
  }
}

template <>
const PackedGemm<double>& packed_gemm<double>() {
  switch (instruction_set()) {
    case InstructionSet::avx512:
      return avx512::packed_float64;
    case InstructionSet::avx2:
      return avx2::packed_float64;
    default:
      return baseline::packed_float64;
  }
}

}  // namespace heed::kernels
