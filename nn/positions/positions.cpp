#include "positions.h"

#include <algorithm>

#include "../../graph/fail.h"
#include "../../ops/shape/view.h"
#include "../../ops/support/elementwise.h"
#include "../support/sinusoids.h"

namespace heed::nn {
using namespace heed::detail;
using namespace heed::nn::detail;

Tensor SinusoidalPositions::operator()(const Tensor& positions, DType dtype) const {
  if (positions.dtype() != int64 || positions.rank() != 1)
    fail("{}: positions are {} {}, but they must be int64 [tokens]", describe(*this), name(positions.dtype()),
         to_string(positions.shape()));
  if (!(base > 0) || width < 0) fail("{}: base must be positive, and width must not be negative", describe(*this));
  const Tensor numbers = contiguous(positions);
  const auto* at = read<std::int64_t>(numbers);
  const std::int64_t tokens = numbers.elements();
  for (std::int64_t t = 0; t < tokens; ++t)
    if (at[t] < 0) fail("{}: position {} of token {} is negative", describe(*this), at[t], t);

  return sinusoids("SinusoidalPositions", numbers, width, static_cast<double>(base), dtype);
}

void detail::too_late(AnyLayer layer, Size first) {
  fail("{}: first_position is {}, but it must be from 0 to {}", describe(layer), first.value, max_first_position);
}

void detail::wrong_width(AnyLayer layer, std::string_view field, std::int64_t width, Size expected) {
  fail("{}: {}.width is {}, but it must be {}", describe(layer), field, width, expected.value);
}

void detail::too_long(AnyLayer layer, std::int64_t length, std::int64_t possible) {
  fail("{}: the longest sequence is {}, but there are positions for {} only", describe(layer), length,
       std::max<std::int64_t>(possible, 0));
}

Tensor LearnedPositions::operator()(const Sequences& sequences) const {
  expect_usable(*this);
  expect_at_most(*this, "the longest sequence", sequences.max_length(), max_length);
  return embedding(weight, sequences.positions());
}

Tensor LearnedPositions::operator()(const Tensor& positions) const {
  expect_usable(*this);
  return embedding(weight, positions);
}

Tensor LearnedPositions::operator()(const Tensor& x, const Tensor& positions) const { return x + (*this)(positions); }

Tensor SinusoidalPositions::operator()(const Sequences& sequences, DType dtype) const {
  return (*this)(sequences.positions(), dtype);
}

Tensor SinusoidalPositions::operator()(const Tensor& x, const Tensor& positions) const {
  return x + (*this)(positions, x.dtype());
}

void SinusoidalPositions::check() const { expect_at_least(*this, 0, width); }

}  // namespace heed::nn
