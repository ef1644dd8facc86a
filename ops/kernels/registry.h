// The registry of kernels. A family is a struct of function pointers. Each source in simd/ registers its families for
// the instruction set that it is compiled for, and callers get them for the instruction set of this CPU:
//
//   header:  template <class T>
//            struct SoftmaxKernels { void (*softmax)(Block size, Rows<const T> x, Rows<T> y); };
//            HEED_DECLARE_KERNELS(SoftmaxKernels<float>);
//   source:  HEED_REGISTER_KERNELS(SoftmaxKernels<float>) = {.softmax = softmax<float>};
//   call:    kernels::get<kernels::SoftmaxKernels<float>>().softmax({rows, width}, {x, width}, {y, width});
#pragma once

#include "instruction_set.h"

namespace heed::kernels {

// The kernels of a family for one instruction set. They are constant-initialised: constructors of static objects can
// call kernels, and no code of an instruction set runs before that set is chosen.
namespace baseline {
template <class Family>
struct Registered {
  static const Family kernels;
};
}  // namespace baseline
#if defined(__x86_64__)
namespace avx2 {
template <class Family>
struct Registered {
  static const Family kernels;
};
}  // namespace avx2
namespace avx512 {
template <class Family>
struct Registered {
  static const Family kernels;
};
}  // namespace avx512
#endif

/// Declares a family for all instruction sets. For the family's header, in namespace heed::kernels.
#if defined(__x86_64__)
#define HEED_DECLARE_KERNELS(...)                               \
  template <>                                                   \
  const __VA_ARGS__ baseline::Registered<__VA_ARGS__>::kernels; \
  template <>                                                   \
  const __VA_ARGS__ avx2::Registered<__VA_ARGS__>::kernels;     \
  template <>                                                   \
  const __VA_ARGS__ avx512::Registered<__VA_ARGS__>::kernels
#else
#define HEED_DECLARE_KERNELS(...) \
  template <>                     \
  const __VA_ARGS__ baseline::Registered<__VA_ARGS__>::kernels
#endif

/// Defines a family for one instruction set. For sources of simd/, in namespace heed::kernels::HEED_TARGET.
#define HEED_REGISTER_KERNELS(...) \
  template <>                      \
  constinit const __VA_ARGS__ Registered<__VA_ARGS__>::kernels

/// Returns a family for a given instruction set, which this CPU must support.
template <class Family>
const Family& get(InstructionSet set) {
#if defined(__x86_64__)
  if (set == InstructionSet::avx512) return avx512::Registered<Family>::kernels;
  if (set == InstructionSet::avx2) return avx2::Registered<Family>::kernels;
#else
  static_cast<void>(set);
#endif
  return baseline::Registered<Family>::kernels;
}

/// Returns a family for instruction_set().
template <class Family>
const Family& get() {
  static const Family& chosen = get<Family>(instruction_set());
  return chosen;
}

}  // namespace heed::kernels
