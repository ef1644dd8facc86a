// One step of a random program: an op with its arguments, for heed and for the naive interpreter.
#pragma once

#include <heed/graph/tensor.h>

#include <string>

#include "input.h"
#include "naive.h"

namespace fuzz {

using Tensors = std::vector<heed::Tensor>;
using Arrays = std::vector<naive::Array>;

struct Step {
  std::string text;                 // for who reads a finding
  std::vector<std::size_t> inputs;  // which registers
  std::function<heed::Tensor(const Tensors&)> heed_op;
  std::function<naive::Array(const Arrays&)> naive_op;
};

/// The next step, on registers of these shapes; there is at least one. Its arguments fit them as a rule, not always.
Step choose(Input& input, const std::vector<naive::Place>& shapes);

/// A random shape of at most four axes.
naive::Place random_shape(Input& input);

std::string text_of(const naive::Place& numbers);

}  // namespace fuzz
