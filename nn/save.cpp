#include "save.h"

#include <cstring>
#include <unordered_map>

#include "../graph/ambient.h"
#include "../graph/fail.h"
#include "../ops/view.h"
#include "expect.h"
#include "parameters.h"
#include "safetensors.h"

namespace heed::nn {
namespace {

std::string type_of(const Tensor& tensor) {
  return fmt::format("{} {}", name(tensor.dtype()), to_string(tensor.shape()));
}

/// "a, b, c and 12 more"
std::string list(const std::vector<std::string>& names) {
  constexpr std::size_t most = 8;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), most); ++i) text += (i ? ", " : "") + names[i];
  if (names.size() > most) text += fmt::format(" and {} more", names.size() - most);
  return text;
}

bool same_bytes(const Tensor& a, const Tensor& b) {
  return a.dtype() == b.dtype() && a.shape() == b.shape() &&
         std::memcmp(read<std::byte>(a), read<std::byte>(b),
                     static_cast<std::size_t>(a.elements() * bytes(a.dtype()))) == 0;
}

/// From a contiguous tensor into one of the same shape and dtype and any strides.
void copy_into(const Tensor& to, const Tensor& from) {
  const std::int64_t size = bytes(to.dtype());
  const auto* source = read<std::byte>(from);
  auto* target = overwrite<std::byte>(to, "load");
  if (to.is_contiguous()) {
    std::memcpy(target, source, static_cast<std::size_t>(to.elements() * size));
    return;
  }
  for (std::int64_t i = 0; i < to.elements(); ++i) {
    std::int64_t rest = i, offset = 0;
    for (int axis = to.rank() - 1; axis >= 0; --axis) {
      offset += rest % to.shape()[axis] * to.strides()[axis];
      rest /= to.shape()[axis];
    }
    std::memcpy(target + offset * size, source + i * size, static_cast<std::size_t>(size));
  }
}

bool is_real(DType dtype) { return is_floating(dtype) || is_stored_float(dtype); }

/// Whether every value of one floating dtype is one of the other.
bool holds_all(DType from, DType to) { return from == to || (is_floating(to) && bytes(to) > bytes(from)); }

/// The value in the model's dtype; empty if it does not fit.
Tensor fitted(const Tensor& value, const Tensor& target, const LoadOptions& options) {
  const DType from = value.dtype(), to = target.dtype();
  if (value.shape() != target.shape()) return {};
  if (from == to) return value;
  if (!is_real(from) || !is_real(to) || !(options.rounding || holds_all(from, to))) return {};
  return no_grad([&] { return cast(value, to); });
}

}  // namespace

void save(AnyLayer model, const std::string& path) {
  std::vector<std::pair<std::string, Tensor>> tensors;
  std::map<std::string, std::string> metadata{{"format", "pt"}};  // which Hugging Face's loaders insist on
  const std::vector<NamedTensor> all = named_tensors(model);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].first == i) {
      tensors.emplace_back(all[i].path, all[i].tensor);
    } else {
      metadata[all[i].path] = all[all[i].first].path;
    }
  }
  save_tensors(tensors, path, metadata);
}

LoadReport load(AnyLayer model, const std::string& path, LoadOptions options) {
  const std::vector<NamedTensor> all = named_tensors(model);
  std::unordered_map<std::string, std::size_t> index;
  for (std::size_t i = 0; i < all.size(); ++i) index[all[i].path] = i;

  const TensorFile file = load_tensors(path);
  LoadReport report;
  std::vector<std::string> misfits;
  std::vector<Tensor> values(all.size());        // at the first path of each tensor
  std::vector<std::string> sources(all.size());  // the name that the value has in the file
  for (const auto& [name, value] : file.tensors) {
    const auto found = index.find(name);
    if (found == index.end()) {
      report.unexpected.push_back(name);
      continue;
    }
    const NamedTensor& target = all[found->second];
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

  std::string complaint;
  const auto complain = [&](const char* what, const std::vector<std::string>& which) {
    if (!which.empty()) complaint += fmt::format("{}{}{}", complaint.empty() ? "" : "; ", what, list(which));
  };
  complain("", misfits);
  if (options.strict) {
    complain("missing are ", report.missing);
    complain("unexpected are ", report.unexpected);
  }
  if (!complaint.empty()) fail("load: {} does not fit {}: {}", path, describe(model), complaint);

  for (std::size_t i = 0; i < all.size(); ++i)
    if (values[i]) copy_into(all[i].tensor, values[i]);
  return report;
}

}  // namespace heed::nn
