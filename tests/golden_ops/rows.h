// Rows: heed's computation of each case of tests/golden/make.py.
#pragma once

#include <heed/heed.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace golden {

using Tensors = std::vector<heed::Tensor>;
/// Computes a case from the inputs with gradients and the constants.
using Compute = std::function<heed::Tensor(const Tensors& x, const Tensors& c)>;
using Rows = std::map<std::string, Compute>;

void add_elementwise(Rows& rows);
void add_reductions(Rows& rows);
void add_shapes(Rows& rows);
void add_indexing(Rows& rows);
void add_products(Rows& rows);
void add_layers(Rows& rows);
void add_losses(Rows& rows);
void add_recurrent(Rows& rows);

}  // namespace golden
