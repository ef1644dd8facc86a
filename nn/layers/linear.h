// Linear layer.
#pragma once

#include "../../ops/linalg/matmul.h"
#include "../fields/expect.h"
#include "../fields/init.h"
#include "../fields/parameter.h"
#include "../fields/repeat.h"

namespace heed::nn {

/// Linear layer: y = x W^T + b;  x: [..., in], W = weight: [out, in], b = bias: [out], y: [..., out].
struct Linear {
  Size in, out;
  bool biased = true;
  Parameter weight{{out, in}, uniform_by_inputs(in)};
  std::optional<Parameter> bias = when(biased, [&] { return Parameter({out}, uniform_by_inputs(in), Role::bias); });

  Tensor operator()(const Tensor& x) const;
};

}  // namespace heed::nn
