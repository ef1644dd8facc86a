#include "positions.h"

#include <cmath>

#include "../graph/executor.h"
#include "../graph/fail.h"
#include "../ops/elementwise.h"
#include "../ops/view.h"

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

  const Tensor y = empty({tokens, width}, dtype), frequencies = empty({width}, float64);
  double* const frequency = fill<double>(frequencies);
  for (std::int64_t i = 0; i < width; ++i)
    frequency[i] =
        std::pow(static_cast<double>(base), -static_cast<double>(i - i % 2) / static_cast<double>(width.value));
  with_floating("SinusoidalPositions", dtype, [&]<class T>() {
    T* const to = fill<T>(y);
    // Cut by tokens: a task writes only their rows.
    parallel(tokens, 15.0 * static_cast<double>(width.value), [&](Range part) {
      for (std::int64_t t = part.begin; t < part.end; ++t)
        for (std::int64_t i = 0; i < width; ++i) {
          const double angle = static_cast<double>(at[t]) * frequency[i];
          to[t * width + i] = static_cast<T>(i % 2 == 0 ? std::sin(angle) : std::cos(angle));
        }
    });
  });
  return y;
}

}  // namespace heed::nn
