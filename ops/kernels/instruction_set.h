// The instruction set that the kernels run with, chosen once from the CPU and the environment variable HEED_ISA.
#pragma once

namespace heed::kernels {

/// In ascending order: each includes the ones before it.
enum class InstructionSet { baseline, avx2, avx512 };
const char* name(InstructionSet set);

/// Returns the highest instruction set that this CPU supports.
InstructionSet best_instruction_set();

/// Returns the instruction set of that name, or best_instruction_set() if the name is null. Throws Error if the name is
/// not baseline, avx2 or avx512, or if this CPU does not support that set.
InstructionSet instruction_set_named(const char* wanted);

/// Returns the instruction set that HEED_ISA names, or the best one if it is not set. Chosen in the first call.
InstructionSet instruction_set();

}  // namespace heed::kernels
