#include "positions.h"

#include "../graph/fail.h"
#include "../ops/elementwise.h"
#include "../ops/view.h"
#include "waves.h"

namespace heed::nn {

Tensor SinusoidalPositions::operator()(const Tensor& positions, DType dtype) const {
  if (positions.dtype() != int64 || positions.rank() != 1)
    fail("{}: positions are {} {}, but they must be int64 [tokens]", describe(*this), name(positions.dtype()),
         to_string(positions.shape()));
  if (!(base > 0) || width < 0) fail("{}: base must be positive, and width must not be negative", describe(*this));
  const Tensor places = contiguous(positions);
  const auto* at = read<std::int64_t>(places);
  const std::int64_t tokens = places.elements();
  for (std::int64_t t = 0; t < tokens; ++t)
    if (at[t] < 0) fail("{}: position {} of token {} is negative", describe(*this), at[t], t);

  return waves("SinusoidalPositions", places, width, static_cast<double>(base), dtype);
}

}  // namespace heed::nn
