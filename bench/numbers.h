// Arbitrary inputs, the same as in peer.py.
#pragma once

#include <heed/graph/create.h>

#include <vector>

namespace bench {

/// Returns values between -1.5 and 1.5; `first` selects the sequence.
inline heed::Tensor numbers(const heed::Shape& shape, std::int64_t first) {
  std::vector<float> values(static_cast<std::size_t>(shape.elements()));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>((static_cast<std::int64_t>(i) * 31 + first) % 97 - 48) / 32;
  return heed::tensor(values, shape);
}

}  // namespace bench
