#include "init.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "../graph/ambient.h"
#include "../graph/create.h"
#include "parameters.h"

namespace heed::nn {

Tensor uniform_by_inputs(const Shape& shape, Size in) {
  const double bound = 1 / std::sqrt(static_cast<double>(std::max<std::int64_t>(in, 1)));
  return uniform(shape, -bound, bound);
}

namespace {

void assign(const Parameter& parameter, const Tensor& values) {
  std::memcpy(overwrite<std::byte>(parameter, "begin_normal"), read<std::byte>(values),
              static_cast<std::size_t>(values.elements() * bytes(values.dtype())));
}

}  // namespace

void begin_normal(AnyLayer model, float deviation) {
  NoGrad scope;
  for (const auto& [path, parameter] : named_parameters(model)) {
    if (parameter.rank() >= 2) {
      assign(parameter, normal(parameter.shape(), 0, deviation, parameter.dtype()));
    } else if (path == "bias" || path.ends_with(".bias")) {
      assign(parameter, zeros(parameter.shape(), parameter.dtype()));
    }
  }
}

}  // namespace heed::nn
