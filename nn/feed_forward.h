#pragma once

#include "../ops/elementary.h"
#include "linear.h"

namespace heed::nn {

/// The part of a transformer layer that treats each position alone: y = down(gelu(up(x)));  x, y: [..., width], between
/// them [..., hidden]. Vaswani et al. 2017, arXiv:1706.03762, section 3.3, with the activation of arXiv:1606.08415.
struct FeedForward {
  Size width, hidden = 4 * width;
  Linear up{.in = width, .out = hidden};
  Linear down{.in = hidden, .out = width};

  Tensor operator()(const Tensor& x) const { return down(gelu(up(x))); }
};

}  // namespace heed::nn
