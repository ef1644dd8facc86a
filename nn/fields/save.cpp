#include "save.h"

#include <unordered_map>

#include "../../graph/fail.h"
#include "../../io/safetensors.h"
#include "../../ops/support/strided.h"
#include "../support/load_values.h"
#include "../support/settings.h"
#include "expect.h"
#include "parameters.h"

namespace heed::nn {
using namespace heed::detail;
using namespace heed::nn::detail;

using detail::complain, detail::fitted, detail::same_bytes, detail::type_of;

namespace {

using Index = std::unordered_map<std::string, std::size_t>;

/// Parts of paths of earlier versions, and their current names.
constexpr std::pair<std::string_view, std::string_view> renamed[] = {
    {"learned_alibi.", "positions."},     {"clipped.", "positions."},
    {"buckets.", "positions."},           {"shaw.", "positions."},
    {"transformer_xl.", "positions."},    {"learned.", "positions."},
    {"attention_residual.norm.", "norm."}};

/// Returns the index of the tensor with this name, which may be that of an earlier version; the size of the index if
/// there is none.
std::size_t find(const Index& index, const std::string& name) {
  if (const auto found = index.find(name); found != index.end()) return found->second;
  for (const auto& [before, now] : renamed) {
    const std::size_t at = name.starts_with(before) ? 0 : name.find(fmt::format(".{}", before));
    if (at == std::string::npos) continue;
    std::string path = name;
    path.replace(name.starts_with(before) ? 0 : at + 1, before.size(), now);
    if (const auto found = index.find(path); found != index.end()) return found->second;
  }
  return index.size();
}

}  // namespace

void save(AnyLayer model, const std::string& path) {
  std::vector<std::pair<std::string, Tensor>> tensors;
  std::map<std::string, std::string> metadata{{"format", "pt"}};  // required by Hugging Face's loaders
  const std::vector<NamedTensor> all = named_tensors(model);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].first == i) {
      tensors.emplace_back(all[i].path, all[i].tensor);
    } else {
      metadata[all[i].path] = all[all[i].first].path;
    }
  }
  put_settings(metadata, model);
  io::save_tensors(tensors, path, metadata);
}

LoadReport load(AnyLayer model, const std::string& path, LoadOptions options) {
  const std::vector<NamedTensor> all = named_tensors(model);
  Index index;
  for (std::size_t i = 0; i < all.size(); ++i) index[all[i].path] = i;

  const io::TensorFile file = io::load_tensors(path);
  LoadReport report;
  std::vector<std::string> misfits;
  std::vector<Tensor> values(all.size());        // at the first path of each tensor
  std::vector<std::string> sources(all.size());  // name of the value in the file
  for (const auto& [name, value] : file.tensors) {
    const std::size_t found = find(index, name);
    if (found == index.size()) {
      report.unexpected.push_back(name);
      continue;
    }
    const NamedTensor& target = all[found];
    const Tensor fit = fitted(value, target.tensor, options);
    if (!fit) {
      misfits.push_back(fmt::format("{} is {} but must be {}", name, type_of(value), type_of(target.tensor)));
    } else if (values[target.first] && !same_bytes(values[target.first], fit)) {
      misfits.push_back(fmt::format("{} and {} differ but are one tensor in the model", sources[target.first], name));
    }
    values[target.first] = fit ? fit : value;
    sources[target.first] = name;
  }
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].first == i && !values[i]) report.missing.push_back(all[i].path);
  for (std::size_t i = 0; i < all.size(); ++i)
    if (values[i] && may_overlap(all[i].tensor))
      misfits.push_back(fmt::format("{} is {} with strides {}, so elements may overlap in memory", all[i].path,
                                    type_of(all[i].tensor), to_string(all[i].tensor.strides())));

  std::string complaint;
  complain(complaint, "", misfits);
  if (options.strict) {
    complain(complaint, "missing are ", report.missing);
    complain(complaint, "unexpected are ", report.unexpected);
  }
  report.differing = differing_settings("load", path, file.metadata, model);
  if (options.strict && complaint.empty()) complain(complaint, "", report.differing);
  if (!complaint.empty()) fail("load: {} does not fit {}: {}", path, describe(model), complaint);

  for (std::size_t i = 0; i < all.size(); ++i)
    if (values[i]) overwrite_elements("load", all[i].tensor, values[i]);
  return report;
}

}  // namespace heed::nn
