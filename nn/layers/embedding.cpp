#include "embedding.h"

namespace heed::nn {

Tensor Embedding::operator()(const Tensor& tokens) const {
  expect_usable(*this);
  return embedding(weight, tokens);
}

}  // namespace heed::nn
