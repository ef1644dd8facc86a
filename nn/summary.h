#pragma once

#include <string>

#include "fields.h"

namespace heed::nn {

/// A table of the model: each layer with its hyperparameters (the first ones, if they are many; nn::describe has all),
/// each parameter and buffer with its shape and number of elements, what is shared with what, and the totals. Runs of
/// equal layers in a vector are shown once.
std::string summary(AnyLayer model);

}  // namespace heed::nn
