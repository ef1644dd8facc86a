// Counter-based random numbers: element i of a stream depends only on (seed, stream, i), so any part can be generated
// alone, in any order and with any instruction set, with the same bits.
//
// Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3": Philox 4x32 with 10 rounds, with the two halves of
// the seed as key and (block, stream), each as two halves, low first, as counter. A block gives four words. Words are
// ordered so that vectors compute 16 blocks at a time without shuffles:
//   word w of the stream is word (w % 64) / 16 of block 16 * (w / 64) + w % 16.
#pragma once

#include "../../graph/random.h"
#include "registry.h"
#include "views.h"

namespace heed::kernels {

using heed::RandomStream;

struct RandomKernels {
  /// y[i] = word begin + i of the stream.
  void (*random_words)(RandomStream stream, Index begin, std::uint32_t* y, Index n);
};
HEED_DECLARE_KERNELS(RandomKernels);

/// y[i] (and x[i]) is element begin + i of the stream, for i in [0, n).
template <class T>
struct DistributionKernels {
  /// Uniform in [0, 1), from the upper bits: float element i has the upper 24 bits of word i; double element i the
  /// upper 53 of the 64 that words 32 * (i / 16) + i % 16 (low) and, 16 later, (high) make.
  void (*uniform)(RandomStream stream, Index begin, T* y, Index n);

  /// Normal with mean 0 and standard deviation 1 (Box and Muller). 32 elements share 32 uniform numbers.
  void (*normal)(RandomStream stream, Index begin, T* y, Index n);

  /// y[i] = x[i] / (1 - p) where element i is kept, else 0; 0 <= p < 1. 32 elements share 16 words, of which the first
  /// 16 elements take the low halves. Element i is kept if its 16 bits, as an unsigned number, are at least
  /// round(65536 * p). y may alias x. The gradient is the same call with dy as x.
  void (*dropout)(RandomStream stream, Index begin, double p, const T* x, T* y, Index n);
};
HEED_DECLARE_KERNELS(DistributionKernels<float>);
HEED_DECLARE_KERNELS(DistributionKernels<double>);

}  // namespace heed::kernels
