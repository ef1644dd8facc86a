// Summary of a model as a table.
#pragma once

#include <string>

#include "fields.h"

namespace heed::nn {

/// Returns a table of the model: layers with their hyperparameters (the first ones, if there are many; nn::describe
/// gives all), parameters and buffers with their shapes and numbers of elements, shared tensors, and the totals. Runs
/// of equal layers in a vector are shown once.
std::string summary(AnyLayer model);

}  // namespace heed::nn
