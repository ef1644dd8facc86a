#include "feed_forward.h"

namespace heed::nn {

Tensor FeedForward::operator()(const Tensor& x) const { return down(gelu(up(x))); }

Tensor ReluFeedForward::operator()(const Tensor& x) const { return down(relu(up(x))); }

Tensor SquaredReluFeedForward::operator()(const Tensor& x) const {
  const Tensor h = relu(up(x));
  return down(h * h);
}

}  // namespace heed::nn
