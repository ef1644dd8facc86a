// One step of a random program: an op with its arguments, for heed and for the naive interpreter.
#pragma once

#include <heed/graph/tensor.h>

#include <string>

#include "input.h"
#include "naive.h"

namespace fuzz {

using Tensors = std::vector<heed::Tensor>;
using Arrays = std::vector<naive::Array>;

/// Dtypes that an op takes; it must refuse all others.
enum class Takes { numbers, floats, integers };

struct Step {
  std::string text;                 // for reports
  std::vector<std::size_t> inputs;  // indices of registers
  std::function<heed::Tensor(const Tensors&)> heed_op;
  std::function<naive::Array(const Arrays&)> naive_op;
  Takes takes = Takes::numbers;
  bool is_flat = false;  // the result has no gradient
};

/// In-place write of broadcast values into a part of a register.
struct Write {
  std::string text;
  std::size_t target, values;
  std::function<heed::Tensor(const heed::Tensor&)> heed_part;
  std::function<naive::Array(const naive::Array&)> naive_part;
  std::function<void(const heed::Tensor& part, const heed::Tensor& values)> heed_op;
  double (*naive_op)(double element, double value);
  Takes takes = Takes::numbers;
};

/// Chooses the next step, on one or more registers of these shapes. Its arguments are usually valid, but not always.
Step choose(Input& input, const std::vector<naive::Place>& shapes);
/// Chooses a write, usually into one of the constants; if there are none, into any register.
Write choose_write(Input& input, const std::vector<naive::Place>& shapes, std::vector<std::size_t> constants);

/// A random shape of at most four axes.
naive::Place random_shape(Input& input);

std::string text_of(const naive::Place& numbers);

}  // namespace fuzz
