#pragma once

#include "../ops/arithmetic.h"
#include "dropout.h"

namespace heed::nn {

/// Where a sublayer's normalisation stands: before it, inside the residual branch (Xiong et al. 2020,
/// arXiv:2002.04745), or after the sum, as in the original transformer (arXiv:1706.03762).
enum class NormPlacement { before, after };

/// The residual connection around a sublayer of a transformer:
///   before: y = x + dropout(sublayer(norm(x)))        after: y = norm(x + dropout(sublayer(x)))
template <class Norm, class Sublayer>
Tensor residual(NormPlacement placement, const Tensor& x, const Norm& norm, const Dropout& dropout,
                const Sublayer& sublayer) {
  if (placement == NormPlacement::before) return x + dropout(sublayer(norm(x)));
  return norm(x + dropout(sublayer(x)));
}

}  // namespace heed::nn
