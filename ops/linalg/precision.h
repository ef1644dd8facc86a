// Mixed precision: the precision of the operands of matrix products.
#pragma once

#include <utility>

#include "../../graph/ambient.h"

namespace heed {

/// Sets the precision of the operands of float32 matrix products on this thread, until the end of the scope.
class PrecisionScope {
 public:
  /// Sets the dtype of the operands of matrix products on this thread.
  explicit PrecisionScope(DType operands) : before_(std::exchange(ambient().precision, operands)) {}
  ~PrecisionScope() { ambient().precision = before_; }
  PrecisionScope(const PrecisionScope&) = delete;
  PrecisionScope& operator=(const PrecisionScope&) = delete;

 private:
  DType before_;
};

/// Mixed precision (autocast):  const auto scope = precision(bfloat16);  Until the scope ends, matmul, linear,
/// linear_cross_entropy and ops composed of them round their float32 operands to bfloat16 and accumulate in float32.
/// The gradient of an op runs in the op's precision. Everything else stays float32: parameters, gradients, optimizer
/// state, normalisation, attention's softmax and products, losses. On a CPU without bfloat16 instructions (AVX-512 or
/// AMX) everything stays float32, and the first call warns on stderr. An inner precision(float32) turns it off.
[[nodiscard]] PrecisionScope precision(DType operands);

/// Calls f in a precision:  Tensor loss = precision(bfloat16, [&] { return model.loss(batch).total; });
template <class Function>
decltype(auto) precision(DType operands, Function&& f) {
  const PrecisionScope scope = precision(operands);
  return std::forward<Function>(f)();
}

}  // namespace heed
