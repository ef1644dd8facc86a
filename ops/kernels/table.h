// All kernels, for the instruction set of this CPU:  kernels::of<float>().softmax({rows, width}, {x, width}, {y,
// width}). To add a kernel: a line in the struct of its family, the function in simd/, and a line there that enters it.
#pragma once

#include <type_traits>

#include "../../graph/dtype.h"
#include "adamw.h"
#include "additive.h"
#include "cross_entropy.h"
#include "elementwise.h"
#include "gated.h"
#include "gemm_bfloat16.h"
#include "gemm_transposed.h"
#include "layer_norm.h"
#include "random.h"
#include "recurrent.h"
#include "reduce.h"
#include "rms_norm.h"
#include "rows.h"
#include "softmax.h"
#include "weighted_rows.h"

namespace heed::kernels {

/// The kernels on elements of type T.
template <class T>
struct Kernels : AnyKernels<T>, RowKernels<T>, NumberKernels<T>, ReduceKernels<T>, RowSumKernels<T> {};
template <class T>
  requires(std::is_same_v<T, bool> || is_stored_float(dtype_of<T>))
struct Kernels<T> : AnyKernels<T>, RowKernels<T> {};

template <class T>
struct FloatKernels : Kernels<T>,
                      ElementwiseKernels<T>,
                      GatedKernels<T>,
                      NormKernels<T>,
                      SoftmaxKernels<T>,
                      LayerNormKernels<T>,
                      RmsNormKernels<T>,
                      CrossEntropyKernels<T>,
                      DistributionKernels<T>,
                      RecurrentKernels<T>,
                      AdditiveKernels<T>,
                      AdamWKernels<T>,
                      WeightedRowKernels<T>,
                      TransposedKernels<T> {};

struct Table {
  FloatKernels<float> float32;
  FloatKernels<double> float64;
  Kernels<std::int32_t> int32;
  Kernels<std::int64_t> int64;
  Kernels<bool> boolean;
  Kernels<Bfloat16> bfloat16;
  Kernels<Float16> float16;
  Bfloat16Kernels bfloat16_products;
  RandomKernels random;
};

enum class InstructionSet { baseline, avx2, avx512 };
const char* name(InstructionSet set);

/// The best one that this CPU has.
InstructionSet best_instruction_set();

/// The one of that name; null: the best. Throws Error if the name is none of baseline, avx2 and avx512, or that of more
/// than this CPU has.
InstructionSet instruction_set_named(const char* wanted);

/// The one that the environment variable HEED_ISA names, else the best: chosen in the first call, then fixed.
InstructionSet instruction_set();

/// The kernels for instruction_set().
const Table& table();

/// The kernels for a given set, which must be at most best_instruction_set(): for tests.
const Table& table(InstructionSet set);

/// The kernels on elements of type T: float, double, std::int32_t, std::int64_t, bool, Bfloat16 or Float16.
template <class T>
const auto& of(const Table& kernels = table()) {
  if constexpr (std::is_same_v<T, float>) {
    return kernels.float32;
  } else if constexpr (std::is_same_v<T, double>) {
    return kernels.float64;
  } else if constexpr (std::is_same_v<T, std::int32_t>) {
    return kernels.int32;
  } else if constexpr (std::is_same_v<T, std::int64_t>) {
    return kernels.int64;
  } else if constexpr (std::is_same_v<T, Bfloat16>) {
    return kernels.bfloat16;
  } else if constexpr (std::is_same_v<T, Float16>) {
    return kernels.float16;
  } else {
    static_assert(std::is_same_v<T, bool>);
    return kernels.boolean;
  }
}

/// y[i] = To(x[i]); see Cast.
template <class From, class To>
void cast(Run<const From> x, To* y, Index n) {
  static_cast<const Cast<From, To>&>(of<From>()).cast(x, y, n);
}

}  // namespace heed::kernels
