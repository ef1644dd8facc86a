#include "init.h"

#include <algorithm>
#include <cmath>

namespace heed::nn {

Tensor uniform_by_inputs(const Shape& shape, Size in) {
  const double bound = 1 / std::sqrt(static_cast<double>(std::max<std::int64_t>(in, 1)));
  return uniform(shape, -bound, bound);
}

}  // namespace heed::nn
