#include "dropout.h"

namespace heed::nn {

Tensor Dropout::operator()(const Tensor& x) const { return dropout(x, probability, mode); }

}  // namespace heed::nn
