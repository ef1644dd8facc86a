#include "instruction_set.h"

#include <array>
#include <cstdlib>
#include <string_view>

#include "../../graph/fail.h"

namespace heed::kernels {

const char* name(InstructionSet set) {
  constexpr std::array<const char*, 3> names = {"baseline", "avx2", "avx512"};
  return names[static_cast<std::size_t>(set)];
}

InstructionSet best_instruction_set() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
                    __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("f16c") &&
                    __builtin_cpu_supports("lzcnt") && __builtin_cpu_supports("movbe");
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512vl");
  return avx2 ? avx512 ? InstructionSet::avx512 : InstructionSet::avx2 : InstructionSet::baseline;
#else
  return InstructionSet::baseline;
#endif
}

InstructionSet instruction_set_named(const char* wanted) {
  const InstructionSet best = best_instruction_set();
  if (!wanted) return best;
  for (const InstructionSet set : {InstructionSet::baseline, InstructionSet::avx2, InstructionSet::avx512}) {
    if (std::string_view(wanted) != name(set)) continue;
    if (set > best) fail("HEED_ISA is {}, but this CPU has no more than {}", wanted, name(best));
    return set;
  }
  fail("HEED_ISA is \"{}\", but it must be baseline, avx2 or avx512", wanted);
}

InstructionSet instruction_set() {
  static const InstructionSet chosen = instruction_set_named(std::getenv("HEED_ISA"));
  return chosen;
}

}  // namespace heed::kernels
