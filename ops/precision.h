// In which precision matrix products take their operands.
#pragma once

#include <utility>

#include "../graph/ambient.h"

namespace heed {

/// While it lives, products of float32 matrices on this thread take their operands in this precision.
class PrecisionScope {
 public:
  explicit PrecisionScope(DType operands) : before_(std::exchange(ambient().precision, operands)) {}
  ~PrecisionScope() { ambient().precision = before_; }
  PrecisionScope(const PrecisionScope&) = delete;
  PrecisionScope& operator=(const PrecisionScope&) = delete;

 private:
  DType before_;
};

/// Mixed precision:  const auto scope = precision(bfloat16);  Until the scope ends, matmul, linear,
/// linear_cross_entropy and what is made of them round their float32 operands to bfloat16, multiply those, and add up
/// in float32. An op's gradient runs in the precision of the op. All else stays float32: parameters, gradients, the
/// optimizer's state, normalisation, attention's softmax and the products inside it, losses. On a CPU without
/// instructions for bfloat16 (AVX-512's or AMX) all stays float32, and the first call says so on stderr.
/// precision(float32) ends it for a part.
[[nodiscard]] PrecisionScope precision(DType operands);

/// Calls f in that precision:  Tensor loss = precision(bfloat16, [&] { return model.loss(batch).total; });
template <class Function>
decltype(auto) precision(DType operands, Function&& f) {
  const PrecisionScope scope = precision(operands);
  return std::forward<Function>(f)();
}

}  // namespace heed
