#include "checkpoint.h"

#include <charconv>
#include <unordered_map>

#include "../graph/ambient.h"
#include "../graph/create.h"
#include "../graph/fail.h"
#include "../io/safetensors.h"
#include "../nn/fields/parameters.h"
#include "../nn/support/settings.h"
#include "../ops/support/strided.h"

namespace heed::train {
using namespace heed::detail;
using namespace heed::nn::detail;

namespace {

const std::string format = "heed training 1", note_prefix = "note.";

struct NamedTensor {
  std::string name;
  Tensor tensor;
  std::string old_name;  // in files of an earlier version, by the parameter's index; empty if unchanged
};

std::vector<NamedTensor> tensors_of(nn::AnyLayer model) {
  std::vector<NamedTensor> tensors;
  const auto all = nn::named_tensors(model);
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].first == i) tensors.push_back({"model." + all[i].path, all[i].tensor, {}});
  return tensors;
}

/// Field paths of the optimizer's parameters; "#3" for parameter 3 if it is not in the model.
std::vector<std::string> paths_of(nn::AnyLayer model, const std::vector<nn::Parameter>& parameters) {
  std::unordered_map<const void*, std::string> paths;
  for (const auto& [path, parameter] : nn::named_parameters(model)) paths[&heed::detail::body_of(parameter)] = path;
  std::vector<std::string> of_parameters;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const auto found = paths.find(&heed::detail::body_of(parameters[i]));
    of_parameters.push_back(found == paths.end() ? fmt::format("#{}", i) : found->second);
  }
  return of_parameters;
}

/// Tensors of the optimizer's state: "adamw.m.layers.0.weight".
std::vector<NamedTensor> tensors_of(std::string_view optimizer, const std::vector<std::string>& paths,
                                    const optim::OptimizerState& state) {
  std::vector<NamedTensor> tensors;
  for (std::size_t i = 0; i < paths.size(); ++i)
    for (const auto& [name, of_parameters] : state.tensors)
      tensors.push_back({fmt::format("{}.{}.{}", optimizer, name, paths[i]), of_parameters[i],
                         fmt::format("{}.{}.{}", optimizer, name, i)});
  return tensors;
}

std::string updates_name(std::string_view optimizer) { return fmt::format("{}.updates", optimizer); }

/// Returns a number in the metadata that must not be negative.
template <class Number>
Number number(const std::string& path, const std::map<std::string, std::string>& metadata, const std::string& key) {
  const auto found = metadata.find(key);
  Number value = 0;
  if (found != metadata.end()) {
    const char* end = found->second.data() + found->second.size();
    if (const auto [stop, error] = std::from_chars(found->second.data(), end, value);
        error == std::errc() && stop == end && value >= 0)
      return value;
  }
  fail("load_checkpoint: {} is damaged: its {} is {}", path, key,
       found == metadata.end() ? "missing" : "not a number from 0 on: " + found->second);
}

/// Returns the number of updates of each parameter and removes them from `saved`; empty if they are not in the file:
/// all parameters were updated in all steps then.
std::vector<std::int64_t> take_updates(const std::string& path, std::string_view optimizer,
                                       const std::vector<std::string>& paths,
                                       std::unordered_map<std::string, Tensor>& saved, std::int64_t steps) {
  std::vector<std::int64_t> counts;
  const auto take = [&](const std::string& name, const Shape& shape) {
    const auto found = saved.find(name);
    if (found == saved.end()) return false;
    const Tensor updates = found->second;
    if (updates.dtype() != int64 || updates.shape() != shape)
      fail("load_checkpoint: {} does not fit: {} is {} {} but must be int64 {}", path, name,
           heed::name(updates.dtype()), to_string(updates.shape()), to_string(shape));
    for (const std::int64_t count : updates.to_vector<std::int64_t>()) {
      if (count < 0 || count > steps)
        fail("load_checkpoint: {} is damaged: {} has {}, but there were {} steps", path, name, count, steps);
      counts.push_back(count);
    }
    saved.erase(found);
    return true;
  };
  const std::string together = updates_name(optimizer);  // in files of an earlier version
  if (take(together, {static_cast<std::int64_t>(paths.size())})) return counts;
  for (const std::string& one : paths) {
    if (take(together + "." + one, {})) continue;
    if (!counts.empty()) fail("load_checkpoint: {} does not fit: {}.{} is missing", path, together, one);
    return {};
  }
  return counts;
}

}  // namespace

void detail::save_checkpoint(const std::string& path, nn::AnyLayer model, std::string_view optimizer,
                             const std::vector<nn::Parameter>& parameters, const optim::OptimizerState& state,
                             const TrainingPosition& place) {
  if (place.step < 0 || place.epoch < 0 || place.batch < 0)
    fail("save_checkpoint: {} was not written, because step = {}, epoch = {} and batch = {} must not be negative", path,
         place.step, place.epoch, place.batch);
  std::vector<std::pair<std::string, Tensor>> tensors;
  const std::vector<std::string> paths = paths_of(model, parameters);
  for (auto& [name, tensor, before] : tensors_of(model)) tensors.emplace_back(name, tensor);
  for (auto& [name, tensor, before] : tensors_of(optimizer, paths, state)) tensors.emplace_back(name, tensor);
  for (std::size_t i = 0; i < state.updates.size(); ++i)
    tensors.emplace_back(updates_name(optimizer) + "." + paths[i], heed::tensor(std::vector{state.updates[i]}, {}));
  std::map<std::string, std::string> metadata{{"format", format},
                                              {fmt::format("{}.steps", optimizer), std::to_string(state.steps)},
                                              {"step", std::to_string(place.step)},
                                              {"epoch", std::to_string(place.epoch)},
                                              {"batch", std::to_string(place.batch)},
                                              {"seed", std::to_string(ambient_with_streams().seed)},
                                              {"next_stream", std::to_string(ambient().next_stream)}};
  for (const auto& [key, value] : place.notes) metadata[note_prefix + key] = value;
  nn::detail::put_settings(metadata, model);
  io::save_tensors(tensors, path, metadata);
}

detail::LoadedCheckpoint detail::load_checkpoint(const std::string& path, nn::AnyLayer model,
                                                 std::string_view optimizer,
                                                 const std::vector<nn::Parameter>& parameters,
                                                 const optim::OptimizerState& state) {
  const io::TensorFile file = io::load_tensors(path);
  const auto found = file.metadata.find("format");
  if (found == file.metadata.end() || found->second != format)
    fail("load_checkpoint: {} is not a checkpoint of a training run", path);
  LoadedCheckpoint loaded{.state = state,
                          .place = {.step = number<std::int64_t>(path, file.metadata, "step"),
                                    .epoch = number<std::int64_t>(path, file.metadata, "epoch"),
                                    .batch = number<std::int64_t>(path, file.metadata, "batch"),
                                    .notes = {}},
                          .seed = number<std::uint64_t>(path, file.metadata, "seed"),
                          .next_stream = number<std::uint64_t>(path, file.metadata, "next_stream"),
                          .of_model = {}};
  loaded.state.steps = number<std::int64_t>(path, file.metadata, fmt::format("{}.steps", optimizer));
  for (const auto& [key, value] : file.metadata)
    if (key.starts_with(note_prefix)) loaded.place.notes[key.substr(note_prefix.size())] = value;

  std::unordered_map<std::string, Tensor> saved;
  for (const auto& [name, tensor] : file.tensors) saved[name] = tensor;
  const std::vector<std::string> paths = paths_of(model, parameters);
  loaded.state.updates = take_updates(path, optimizer, paths, saved, loaded.state.steps);

  std::size_t taken = 0;
  /// Returns the saved value of a tensor; its shape and dtype must match.
  const auto value_of = [&](const NamedTensor& target) {
    auto value = saved.find(target.name);
    if (value == saved.end() && !target.old_name.empty()) value = saved.find(target.old_name);
    if (value == saved.end()) fail("load_checkpoint: {} does not fit: {} is missing", path, target.name);
    if (value->second.shape() != target.tensor.shape() || value->second.dtype() != target.tensor.dtype())
      fail("load_checkpoint: {} does not fit: {} is {} {} but must be {} {}", path, value->first,
           heed::name(value->second.dtype()), to_string(value->second.shape()), heed::name(target.tensor.dtype()),
           to_string(target.tensor.shape()));
    ++taken;
    return value->second;
  };
  for (const NamedTensor& target : tensors_of(model)) {
    loaded.of_model.emplace_back(target.tensor, value_of(target));
    if (may_overlap(target.tensor))
      fail("load_checkpoint: {} is {} with strides {}, so its elements may overlap in memory", target.name,
           to_string(target.tensor.shape()), to_string(target.tensor.strides()));
  }
  for (auto& [name, of_parameters] : loaded.state.tensors)
    for (std::size_t i = 0; i < of_parameters.size(); ++i)
      of_parameters[i] = value_of({fmt::format("{}.{}.{}", optimizer, name, paths[i]), of_parameters[i],
                                   fmt::format("{}.{}.{}", optimizer, name, i)});
  if (saved.size() != taken)
    fail("load_checkpoint: {} does not fit: it has {} tensors, but the model and its optimizer have {}", path,
         saved.size(), taken);
  for (const std::string& setting : nn::detail::differing_settings("load_checkpoint", path, file.metadata, model))
    fail("load_checkpoint: {} does not fit: {}", path, setting);

  return loaded;
}

void detail::damaged(const std::string& path, const Error& error) {
  fail("load_checkpoint: {} is damaged: {}", path, error.what());
}

void detail::write_model(const LoadedCheckpoint& loaded) {
  for (const auto& [target, value] : loaded.of_model) overwrite_elements("load_checkpoint", target, value);
  heed::seed(loaded.seed);
  ambient().next_stream = loaded.next_stream;
}

}  // namespace heed::train
