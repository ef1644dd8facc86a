#include "bert_names.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "../../graph/fail.h"
#include "../../io/files.h"
#include "../../io/safetensors.h"
#include "../../ops/support/strided.h"
#include "../fields/expect.h"
#include "../fields/parameters.h"
#include "../support/load_values.h"

namespace heed::nn {
using namespace heed::detail;

using detail::complain, detail::fitted, detail::same_bytes, detail::type_of;

namespace {

// Replacements from field paths to Hugging Face's names. Applied in order, each to its first match.
constexpr std::array<std::pair<std::string_view, std::string_view>, 18> renamed = {{
    {"bert.token_embedding.", "bert.embeddings.word_embeddings."},
    {"bert.segment_embedding.", "bert.embeddings.token_type_embeddings."},
    {"bert.position_embedding.", "bert.embeddings.position_embeddings."},
    {"bert.embedding_norm.", "bert.embeddings.LayerNorm."},
    {"encoder.layers.", "encoder.layer."},
    {".attention.query.", ".attention.self.query."},
    {".attention.key.", ".attention.self.key."},
    {".attention.value.", ".attention.self.value."},
    {".attention.output.", ".attention.output.dense."},
    {".attention_residual.norm.", ".attention.output.LayerNorm."},
    {".feed_forward.up.", ".intermediate.dense."},
    {".feed_forward.down.", ".output.dense."},
    {".feed_forward_residual.norm.", ".output.LayerNorm."},
    {"bert.pooler.", "bert.pooler.dense."},
    {"masked_head.transform.", "cls.predictions.transform.dense."},
    {"masked_head.norm.", "cls.predictions.transform.LayerNorm."},
    {"masked_head.bias", "cls.predictions.bias"},
    {"next_head.", "cls.seq_relationship."},
}};

constexpr const char *word_embeddings = "bert.embeddings.word_embeddings.weight",
                     *decoder_weight = "cls.predictions.decoder.weight", *decoder_bias = "cls.predictions.decoder.bias",
                     *masked_bias = "cls.predictions.bias", *masked_part = "cls.predictions";

/// Returns the part of the model that a name belongs to and that a file may lack as a whole: the pooler or a head, by
/// Hugging Face's names; empty for the encoder.
std::string part_of(const std::string& name) {
  if (name.starts_with("bert.pooler.")) return "bert.pooler";
  if (name.starts_with("bert.")) return "";
  if (name.starts_with("cls.")) return name.substr(0, name.find('.', 4));
  return name.substr(0, name.find('.'));
}

/// Returns true if a file may have this part although the model does not.
bool is_known_part(std::string_view part) {
  constexpr std::string_view known[] = {"bert.pooler", "cls.predictions", "cls.seq_relationship", "classifier",
                                        "qa_outputs"};
  return std::find(std::begin(known), std::end(known), part) != std::end(known);
}

void replace_end(std::string& name, std::string_view end, std::string_view by) {
  if (name.ends_with(end)) name.replace(name.size() - end.size(), end.size(), by);
}

/// Tensors of a file by the names that hugging_face_name returns.
class Weights {
 public:
  Weights(const io::TensorFile& file, std::string& complaint) {
    const auto& all = file.tensors;
    const bool is_bare =
        std::none_of(all.begin(), all.end(), [](const auto& one) { return one.first.starts_with("bert."); });
    std::vector<std::string> twice;
    for (const auto& [written, tensor] : all) {
      std::string name = written;
      replace_end(name, "LayerNorm.gamma", "LayerNorm.weight");
      replace_end(name, "LayerNorm.beta", "LayerNorm.bias");
      if (is_bare && (name.starts_with("embeddings.") || name.starts_with("encoder.") || name.starts_with("pooler.")))
        name = "bert." + name;
      if (!tensors_.emplace(name, tensor).second) twice.push_back(name);
    }
    // The decoder's bias and the head's bias are the same tensor.
    if (const auto bias = tensors_.find(decoder_bias); bias != tensors_.end()) {
      const auto [other, is_new] = tensors_.emplace(masked_bias, bias->second);
      if (!is_new && !detail::same_bytes(other->second, bias->second))
        detail::complain(complaint, "", {fmt::format("{} differs from {}", decoder_bias, masked_bias)});
      taken_.insert(decoder_bias);
    }
    detail::complain(complaint, "twice are ", twice);
  }

  Tensor find(const std::string& name) const {
    const auto found = tensors_.find(name);
    return found == tensors_.end() ? Tensor{} : found->second;
  }
  bool has(const std::string& name) const { return tensors_.contains(name); }
  /// Returns the tensor with this name, and marks it as used; an empty Tensor if there is none.
  Tensor take(const std::string& name) {
    taken_.insert(name);
    return find(name);
  }
  /// Names of the tensors that were not taken.
  std::vector<std::string> left() const {
    std::vector<std::string> names;
    for (const auto& [name, tensor] : tensors_)
      if (!taken_.contains(name)) names.push_back(name);
    return names;
  }

 private:
  std::map<std::string, Tensor> tensors_;
  std::set<std::string> taken_;
};

/// Contents of a config.json: the settings that the shapes of weights do not show.
class Config {
 public:
  explicit Config(const std::string& path) : path_(path) {
    json_ = nlohmann::json::parse(io::read_text("load_hugging_face", path), nullptr, false);
    if (!json_.is_object()) fail("load_hugging_face: {} is not a JSON object", path);
  }
  /// Adds a sentence to `differing` if the key exists and its value differs from the model's.
  template <class T>
  void compare(std::vector<std::string>& differing, const char* key, std::string_view setting,
               const T& in_model) const {
    const auto value = json_.find(key);
    if (value == json_.end() || value->is_null() || *value == nlohmann::json(in_model)) return;
    if constexpr (std::is_floating_point_v<T>)
      if (value->is_number() && static_cast<float>(value->get<double>()) == static_cast<float>(in_model)) return;
    differing.push_back(
        fmt::format("{} is {} in {}, but {} is {} in the model", key, value->dump(), path_, setting, in_model));
  }

 private:
  std::string path_;
  nlohmann::json json_;
};

/// Compares each layer's settings and type with a config.json.
class ConfigReader : public fields::Reader {
 public:
  explicit ConfigReader(const Config& config) : config_(config) {}
  std::vector<std::string> differing;

  void compare_depth() { once("num_hidden_layers", "the number of layers", layers_ * repeats_); }

 private:
  void begin(const fields::LayerType& type, const void*) override {
    static constexpr std::pair<std::string_view, const char*> activations[] = {
        {"FeedForward", "gelu"}, {"ReluFeedForward", "relu"}, {"SquaredReluFeedForward", "relu2"}};
    for (const auto& [name, activation] : activations)
      if (type.name == name) once("hidden_act", fmt::format("the activation of {}", path()), std::string(activation));
    const std::string_view place = path();
    if (place.ends_with("position_embedding"))
      once("position_embedding_type", path(), std::string(type.name == "LearnedPositions" ? "absolute" : type.name));
    const std::size_t last = place.rfind('.');
    if (last != std::string_view::npos && place.substr(0, last).ends_with("encoder.layers")) ++layers_;
  }
  void hyperparameter(const fields::Value& value) override {
    const std::string_view name = std::string_view(path()).substr(path().rfind('.') + 1);
    if (path().ends_with("encoder.repeats")) repeats_ = std::get<std::int64_t>(value);
    if (name == "heads") once("num_attention_heads", path(), std::get<std::int64_t>(value));
    if (name == "epsilon") once("layer_norm_eps", path(), std::get<float>(value));
  }
  /// Compares a setting, and reports each key at most once.
  template <class T>
  void once(const char* key, const std::string& setting, const T& in_model) {
    const std::size_t before = differing.size();
    if (!named_.contains(key)) config_.compare(differing, key, setting, in_model);
    if (differing.size() > before) named_.insert(key);
  }

  const Config& config_;
  std::set<std::string> named_;
  std::int64_t layers_ = 0, repeats_ = 1;
};

std::vector<std::string> differing_from_config(AnyLayer model, const std::string& file) {
  const auto path = std::filesystem::path(file).parent_path() / "config.json";
  std::error_code error;
  if (!std::filesystem::exists(path, error) && !error) return {};
  const Config config(path.string());
  ConfigReader reader(config);
  model.read(reader);
  reader.compare_depth();
  config.compare(reader.differing, "model_type", "it", std::string("bert"));
  return std::move(reader.differing);
}

}  // namespace

std::string hugging_face_name(std::string_view path) {
  std::string name(path);
  for (const auto& [ours, theirs] : renamed)
    if (const std::size_t at = name.find(ours); at != std::string::npos) name.replace(at, ours.size(), theirs);
  if (name.ends_with("LayerNorm.scale")) name.replace(name.size() - 5, 5, "weight");
  return name;
}

LoadReport load_hugging_face(AnyLayer model, const std::string& path, LoadOptions options) {
  std::error_code ignored;  // io::load_tensors reports a path that cannot be accessed
  const std::string file_path = std::filesystem::is_directory(path, ignored)
                                    ? (std::filesystem::path(path) / "model.safetensors").string()
                                    : path;
  std::string complaint;
  const io::TensorFile file = io::load_tensors(file_path);
  Weights weights(file, complaint);

  LoadReport report;
  std::vector<std::string> misfits, missing, unexpected;
  std::vector<std::pair<Parameter, Tensor>> found;
  std::set<std::string> lacking, present;  // parts of the model with parameters that the file lacks or has
  const auto parameters = named_parameters(model);
  const bool is_bare = std::none_of(parameters.begin(), parameters.end(),
                                    [](const auto& named) { return named.first.starts_with("bert."); });
  const auto name_of = [&](const std::string& field) { return hugging_face_name(is_bare ? "bert." + field : field); };
  for (const auto& [field, parameter] : parameters) {
    const Tensor value = weights.take(name_of(field));
    (value ? present : lacking).insert(part_of(name_of(field)));
    if (!value) continue;
    if (const Tensor fit = fitted(value, parameter, options))
      found.emplace_back(parameter, fit);
    else
      misfits.push_back(fmt::format("{} is {} but must be {}", name_of(field), type_of(value), type_of(parameter)));
  }
  for (const auto& [field, parameter] : parameters) {
    const std::string name = name_of(field), part = part_of(name);
    if (weights.has(name)) continue;
    report.missing.push_back(field);
    if (part.empty() || present.contains(part)) missing.push_back(name);
  }
  if (present.contains(masked_part)) weights.take(decoder_weight);  // compared below
  for (const std::string& name : weights.left()) {
    report.unexpected.push_back(name);
    const std::string part = part_of(name);
    if (name.ends_with(".position_ids")) continue;
    if (!is_known_part(part) || present.contains(part) || lacking.contains(part)) unexpected.push_back(name);
  }
  // The model's decoder weight is the embedding; only the decoder's bias is a parameter of its own.
  const auto decoder = weights.find(decoder_weight), embeddings = weights.find(word_embeddings);
  if (decoder && embeddings && present.contains(masked_part) && !same_bytes(decoder, embeddings))
    misfits.push_back(fmt::format("{} differs from {}, to which the model ties it", decoder_weight, word_embeddings));

  complain(complaint, "", misfits);
  if (options.strict) {
    complain(complaint, "missing are ", missing);
    complain(complaint, "unexpected are ", unexpected);
  }
  report.differing = differing_from_config(model, file_path);
  complain(complaint, "", report.differing);
  if (!complaint.empty()) fail("load_hugging_face: {} does not fit {}: {}", file_path, describe(model), complaint);
  for (const auto& [parameter, value] : found) overwrite_elements("load_hugging_face", parameter, value);
  return report;
}

}  // namespace heed::nn
