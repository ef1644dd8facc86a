// One step of a random program: an op with its arguments, for heed and for the naive interpreter.
#pragma once

#include <heed/graph/tensor.h>

#include <string>

#include "input.h"
#include "naive.h"

namespace fuzz {

using Tensors = std::vector<heed::Tensor>;
using Arrays = std::vector<naive::Array>;

/// The dtypes that an op must not refuse, and must refuse all others.
enum class Takes { numbers, floats, integers };

struct Step {
  std::string text;                 // for who reads a finding
  std::vector<std::size_t> inputs;  // which registers
  std::function<heed::Tensor(const Tensors&)> heed_op;
  std::function<naive::Array(const Arrays&)> naive_op;
  Takes takes = Takes::numbers;
  bool is_flat = false;  // its result has no gradient
};

/// A write in place: into a part of a register, of values that are repeated to its shape.
struct Write {
  std::string text;
  std::size_t target, values;
  std::function<heed::Tensor(const heed::Tensor&)> heed_part;
  std::function<naive::Array(const naive::Array&)> naive_part;
  std::function<void(const heed::Tensor& part, const heed::Tensor& values)> heed_op;
  double (*naive_op)(double element, double value);
  Takes takes = Takes::numbers;
};

/// The next step, on registers of these shapes; there is at least one. Its arguments fit them as a rule, not always.
Step choose(Input& input, const std::vector<naive::Place>& shapes);
/// The same for a write into one of the constants, as a rule; if there is none, into any register.
Write choose_write(Input& input, const std::vector<naive::Place>& shapes, std::vector<std::size_t> constants);

/// A random shape of at most four axes.
naive::Place random_shape(Input& input);

std::string text_of(const naive::Place& numbers);

}  // namespace fuzz
