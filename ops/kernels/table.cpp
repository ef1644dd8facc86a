#include "table.h"

#include <array>
#include <cstdlib>
#include <string_view>

#include "../../graph/fail.h"

namespace heed::kernels {

// Each source of simd/ fills its part of the table, in the namespace of each instruction set.
#define HEED_FILL(target)            \
  namespace target {                 \
  void fill_adamw(Table&);           \
  void fill_additive(Table&);        \
  void fill_bfloat16(Table&);        \
  void fill_cross_entropy(Table&);   \
  void fill_elementwise(Table&);     \
  void fill_gated(Table&);           \
  void fill_gemm_transposed(Table&); \
  void fill_layer_norm(Table&);      \
  void fill_random(Table&);          \
  void fill_recurrent(Table&);       \
  void fill_reduce(Table&);          \
  void fill_rms_norm(Table&);        \
  void fill_rows(Table&);            \
  void fill_softmax(Table&);         \
  void fill_weighted_rows(Table&);   \
  static Table filled() {            \
    Table table{};                   \
    fill_adamw(table);               \
    fill_additive(table);            \
    fill_bfloat16(table);            \
    fill_cross_entropy(table);       \
    fill_elementwise(table);         \
    fill_gated(table);               \
    fill_gemm_transposed(table);     \
    fill_layer_norm(table);          \
    fill_random(table);              \
    fill_recurrent(table);           \
    fill_reduce(table);              \
    fill_rms_norm(table);            \
    fill_rows(table);                \
    fill_softmax(table);             \
    fill_weighted_rows(table);       \
    return table;                    \
  }                                  \
  }
HEED_FILL(baseline)
#if defined(__x86_64__)
HEED_FILL(avx2)
HEED_FILL(avx512)
#endif
#undef HEED_FILL

#if defined(__x86_64__)
namespace {

template <class T>
void take_number_loops(NumberKernels<T>& to, const NumberKernels<T>& from) {
  for (const Binary op : {Binary::add, Binary::subtract, Binary::multiply})
    to.binary.kernel[static_cast<int>(op)] = from.binary[op];
  to.add_to = from.add_to;
  to.scale = from.scale;
}

template <class T>
void take_float_loops(ElementwiseKernels<T>& to, const ElementwiseKernels<T>& from) {
  for (const Unary op : {Unary::negate, Unary::absolute, Unary::square, Unary::relu})
    to.unary.kernel[static_cast<int>(op)] = from.unary[op];
  to.backward.kernel[static_cast<int>(Backward::relu)] = from.backward[Backward::relu];
}

/// Loops that do next to nothing but move memory are faster with stores of half a cache line: on a Zen 5, from memory,
/// an addition reaches 0.99 of a triad instead of 0.80, and nothing is lost where all is in a cache. The bits are the
/// same.
Table with_narrow_loops(Table wide, const Table& narrow) {
  take_number_loops<float>(wide.float32, narrow.float32);
  take_number_loops<double>(wide.float64, narrow.float64);
  take_number_loops<std::int32_t>(wide.int32, narrow.int32);
  take_number_loops<std::int64_t>(wide.int64, narrow.int64);
  take_float_loops<float>(wide.float32, narrow.float32);
  take_float_loops<double>(wide.float64, narrow.float64);
  return wide;
}

}  // namespace
#endif

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

// Each is filled when it is asked for: what fills the table for an instruction set is itself compiled for it.
const Table& table(InstructionSet set) {
  switch (set) {
#if defined(__x86_64__)
    case InstructionSet::avx512: {
      static const Table kernels = with_narrow_loops(avx512::filled(), avx2::filled());
      return kernels;
    }
    case InstructionSet::avx2: {
      static const Table kernels = avx2::filled();
      return kernels;
    }
#endif
    default: {
      static const Table kernels = baseline::filled();
      return kernels;
    }
  }
}

const Table& table() {
  static const Table& chosen = table(instruction_set());
  return chosen;
}

}  // namespace heed::kernels
