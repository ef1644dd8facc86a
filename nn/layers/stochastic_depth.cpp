#include "stochastic_depth.h"

namespace heed::nn {

Tensor StochasticDepth::operator()(const Tensor& y, const Sequences& sequences) const {
  expect_rows(*this, "x", y, sequences.tokens());
  if (!mode.training || probability == 0) return y;
  const Tensor kept = dropout(ones({sequences.count(), 1}, y.dtype()), probability);
  return y * gather_rows(kept, sequence_ids(sequences));
}

}  // namespace heed::nn
