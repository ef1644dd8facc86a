#include "checkpoint.h"

#include <charconv>
#include <unordered_map>

#include "../graph/ambient.h"
#include "../graph/create.h"
#include "../graph/fail.h"
#include "../nn/parameters.h"
#include "../nn/safetensors.h"
#include "../nn/settings.h"
#include "../ops/strided.h"

namespace heed::train {
namespace {

const std::string format = "heed training 1", note_prefix = "note.", updates_name = "adamw.updates";

struct NamedTensor {
  std::string name;
  Tensor tensor;
};

/// All tensors of a run, each once.
std::vector<NamedTensor> tensors_of(nn::AnyLayer model, const optim::AdamWState& state) {
  std::vector<NamedTensor> tensors;
  const auto all = nn::named_tensors(model);
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].first == i) tensors.push_back({"model." + all[i].path, all[i].tensor});
  for (std::size_t i = 0; i < state.m.size(); ++i) {
    tensors.push_back({fmt::format("adamw.m.{}", i), state.m[i]});
    tensors.push_back({fmt::format("adamw.v.{}", i), state.v[i]});
  }
  return tensors;
}

/// A count in the metadata, not negative.
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
       found == metadata.end() ? "missing" : "no number from 0 on: " + found->second);
}

/// The number of updates of each parameter; without it in the file, all have had all steps.
std::vector<std::int64_t> updates_of(const std::string& path, const std::unordered_map<std::string, Tensor>& saved,
                                     std::size_t parameters, std::int64_t steps) {
  const auto found = saved.find(updates_name);
  if (found == saved.end()) return {};
  const Tensor& updates = found->second;
  if (updates.dtype() != int64 || updates.shape() != Shape{static_cast<std::int64_t>(parameters)})
    fail("load_checkpoint: {} does not fit: {} is {} {} but must be int64 [{}]", path, updates_name,
         heed::name(updates.dtype()), to_string(updates.shape()), parameters);
  const auto counts = updates.to_vector<std::int64_t>();
  for (const std::int64_t count : counts)
    if (count < 0 || count > steps)
      fail("load_checkpoint: {} is damaged: {} has {}, but there were {} steps", path, updates_name, count, steps);
  return counts;
}

}  // namespace

void save_checkpoint(const std::string& path, nn::AnyLayer model, const optim::AdamW& adam,
                     const TrainingPlace& place) {
  if (place.step < 0 || place.epoch < 0 || place.batch < 0)
    fail("save_checkpoint: {} was not written, because step = {}, epoch = {} and batch = {} must not be negative", path,
         place.step, place.epoch, place.batch);
  std::vector<std::pair<std::string, Tensor>> tensors;
  const optim::AdamWState state = adam.state();
  for (auto& [name, tensor] : tensors_of(model, state)) tensors.emplace_back(name, tensor);
  tensors.emplace_back(updates_name, heed::tensor(state.updates));
  std::map<std::string, std::string> metadata{{"format", format},
                                              {"adamw.steps", std::to_string(state.steps)},
                                              {"step", std::to_string(place.step)},
                                              {"epoch", std::to_string(place.epoch)},
                                              {"batch", std::to_string(place.batch)},
                                              {"seed", std::to_string(ambient_with_streams().seed)},
                                              {"next_stream", std::to_string(ambient().next_stream)}};
  for (const auto& [key, value] : place.notes) metadata[note_prefix + key] = value;
  nn::put_settings(metadata, model);
  nn::save_tensors(tensors, path, metadata);
}

TrainingPlace load_checkpoint(const std::string& path, nn::AnyLayer model, optim::AdamW& adam) {
  const nn::TensorFile file = nn::load_tensors(path);
  const auto found = file.metadata.find("format");
  if (found == file.metadata.end() || found->second != format)
    fail("load_checkpoint: {} is no checkpoint of a training run", path);
  TrainingPlace place{.step = number<std::int64_t>(path, file.metadata, "step"),
                      .epoch = number<std::int64_t>(path, file.metadata, "epoch"),
                      .batch = number<std::int64_t>(path, file.metadata, "batch"),
                      .notes = {}};
  const auto seed = number<std::uint64_t>(path, file.metadata, "seed"),
             next_stream = number<std::uint64_t>(path, file.metadata, "next_stream");
  optim::AdamWState state = adam.state();
  state.steps = number<std::int64_t>(path, file.metadata, "adamw.steps");
  for (const auto& [key, value] : file.metadata)
    if (key.starts_with(note_prefix)) place.notes[key.substr(note_prefix.size())] = value;

  const std::vector<NamedTensor> targets = tensors_of(model, state);
  const std::size_t parameters = state.m.size();
  std::unordered_map<std::string, Tensor> saved;
  for (const auto& [name, tensor] : file.tensors) saved[name] = tensor;
  state.updates = updates_of(path, saved, parameters, state.steps);
  saved.erase(updates_name);
  for (const auto& [name, target] : targets) {
    const auto value = saved.find(name);
    if (value == saved.end()) fail("load_checkpoint: {} does not fit: {} is not in it", path, name);
    if (value->second.shape() != target.shape() || value->second.dtype() != target.dtype())
      fail("load_checkpoint: {} does not fit: {} is {} {} but must be {} {}", path, name,
           heed::name(value->second.dtype()), to_string(value->second.shape()), heed::name(target.dtype()),
           to_string(target.shape()));
    if (may_overlap(target))
      fail("load_checkpoint: {} is {} with strides {}, so one element may stand in several places", name,
           to_string(target.shape()), to_string(target.strides()));
  }
  if (saved.size() != targets.size())
    fail("load_checkpoint: {} does not fit: it has {} tensors, but the model and its optimizer have {}", path,
         saved.size(), targets.size());

  for (const std::string& setting : nn::differing_settings("load_checkpoint", path, file.metadata, model))
    fail("load_checkpoint: {} does not fit: {}", path, setting);

  for (std::size_t i = 0; i < parameters; ++i) {
    state.m[i] = saved.at(fmt::format("adamw.m.{}", i));
    state.v[i] = saved.at(fmt::format("adamw.v.{}", i));
  }
  try {
    adam.check(state);
  } catch (const Error& error) {
    fail("load_checkpoint: {} is damaged: {}", path, error.what());
  }

  for (const auto& [name, target] : targets) overwrite_elements("load_checkpoint", target, saved.at(name));
  adam.resume(state);
  heed::seed(seed);
  ambient().next_stream = next_stream;
  return place;
}

}  // namespace heed::train
