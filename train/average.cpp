#include "average.h"

#include <map>

#include "../graph/ambient.h"
#include "../graph/fail.h"
#include "../io/safetensors.h"
#include "../ops/math/arithmetic.h"
#include "../ops/shape/view.h"

namespace heed::train {

void average_files(std::span<const std::string> paths, const std::string& path) {
  if (paths.empty()) fail("average_files: there are no files to average");
  NoGrad scope;
  io::TensorFile last = io::load_tensors(paths.front());
  std::map<std::string, Tensor> sums, types;
  for (const auto& [name, tensor] : last.tensors) types[name] = tensor;
  for (const std::string& one : paths) {
    last = io::load_tensors(one);
    if (last.tensors.size() != types.size())
      fail("average_files: {} has {} tensors and {} has {}, but they must be files of the same model", paths.front(),
           types.size(), one, last.tensors.size());
    for (const auto& [name, tensor] : last.tensors) {
      const auto type = types.find(name);
      if (type == types.end()) fail("average_files: {} has a tensor {}, but {} has none", one, name, paths.front());
      if (tensor.shape() != type->second.shape() || tensor.dtype() != type->second.dtype())
        fail("average_files: {} is {} {} in {} and {} {} in {}, but they must be files of the same model", name,
             heed::name(type->second.dtype()), to_string(type->second.shape()), paths.front(),
             heed::name(tensor.dtype()), to_string(tensor.shape()), one);
      if (!is_floating(tensor.dtype()) && !is_stored_float(tensor.dtype())) continue;
      const Tensor value = cast(tensor, float64);
      Tensor& sum = sums[name];
      sum = sum ? sum + value : value;
    }
  }
  for (auto& [name, tensor] : last.tensors)
    if (const auto sum = sums.find(name); sum != sums.end())
      tensor = cast(sum->second / static_cast<double>(paths.size()), tensor.dtype());
  io::save_tensors(last.tensors, path, last.metadata);
}

}  // namespace heed::train
