// Stands in until the kernels are merged.
#include "table.h"

#include <cstdlib>
#include <string_view>

namespace heed::kernels {
const char* name(InstructionSet set) {
  return set == InstructionSet::avx512 ? "avx512" : set == InstructionSet::avx2 ? "avx2" : "baseline";
}
InstructionSet best_instruction_set() {
  if (__builtin_cpu_supports("avx512bw")) return InstructionSet::avx512;
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? InstructionSet::avx2 : InstructionSet::baseline;
}
InstructionSet instruction_set() {
  static const InstructionSet set = [] {
    const char* text = std::getenv("HEED_ISA");
    for (auto s : {InstructionSet::baseline, InstructionSet::avx2, InstructionSet::avx512})
      if (text && std::string_view{text} == name(s)) return s;
    return best_instruction_set();
  }();
  return set;
}
}  // namespace heed::kernels
