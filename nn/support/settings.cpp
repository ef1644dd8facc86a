#include "settings.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "../../graph/fail.h"
#include "value_text.h"

namespace heed::nn::detail {
using namespace heed::nn::fields::detail;

namespace {

using Json = nlohmann::json;

constexpr const char* key = "heed.settings";

// Hyperparameters that may differ when weights are loaded.
constexpr std::string_view free_to_differ[] = {"dropout",   "attention_dropout", "probability", "stochastic_depth",
                                               "jitter",    "momentum",          "stddev",      "capacity_factor",
                                               "max_length"};

class Collector : public fields::Reader {
 public:
  Settings settings;

 private:
  /// Collects the type of each sublayer; the type of the whole model may differ.
  void begin(const fields::LayerType& type, const void*) override {
    if (!type.is_policy && !path().empty()) settings[path() + ".type"] = type.name;
  }
  void hyperparameter(const fields::Value& value) override {
    const std::string_view name = std::string_view(path()).substr(path().rfind('.') + 1);
    if (std::find(std::begin(free_to_differ), std::end(free_to_differ), name) == std::end(free_to_differ))
      settings[path()] = fields::detail::to_text(value);
  }
};

/// Adds the current names of settings of an earlier version, which selected positions of attentions and embeddings by
/// name, and residuals by the placement of their norm.
void add_translated(Json& written) {
  static constexpr std::pair<std::string_view, std::string_view> types[] = {
      {"rotary", "Rotary"},
      {"xpos", "Rotary"},
      {"alibi", "Alibi"},
      {"learned_alibi", "LearnedAlibi"},
      {"clipped", "ClippedDistances"},
      {"buckets", "DistanceBuckets"},
      {"causal_buckets", "DistanceBuckets"},
      {"shaw", "ShawDistances"},
      {"transformer_xl", "TransformerXlDistances"}};
  static constexpr std::pair<std::string_view, std::string_view> added[] = {{"learned", "LearnedPositions"},
                                                                            {"sinusoidal", "SinusoidalPositions"}};
  const auto one_of = [](const auto& table, const std::string& value, std::string_view other) {
    for (const auto& [before, now] : table)
      if (value == before) return std::string(now);
    return std::string(other);
  };
  const Json before = written;
  for (const auto& [name, value] : before.items()) {
    const std::size_t last = name.rfind('.') + 1;
    const std::string place = name.substr(0, last), field = name.substr(last);
    const std::string text = value.is_string() ? value.get<std::string>() : std::string{};
    // Stacks and models passed their positions on to their layers.
    if (field == "positions" && !before.contains(place + "depth"))
      written[name + ".type"] =
          before.contains(place + "heads") ? one_of(types, text, "NoPositions") : one_of(added, text, "NoPositions");
    if (field == "placement" && place.ends_with("residual."))
      written[place + "type"] = text == "after" ? "PostNorm" : "PreNorm";
    for (const auto& [former, current] : detail::renamed_fields)
      if (const std::string path = fmt::format("{}{}", place, current); field == former && !before.contains(path))
        written[path] = value;
    constexpr std::string_view kind = "rotary.";
    if (place == kind || place.ends_with(fmt::format(".{}", kind)))
      written[place.substr(0, last - kind.size()) + "positions." + field] = value;
  }
}

}  // namespace

Settings settings_of(AnyLayer model) {
  Collector collector;
  model.read(collector);
  return std::move(collector.settings);
}

void put_settings(std::map<std::string, std::string>& metadata, AnyLayer model) {
  const Settings settings = settings_of(model);
  if (!settings.empty()) metadata[key] = Json(settings).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::vector<std::string> differing_settings(const char* who, const std::string& path,
                                            const std::map<std::string, std::string>& metadata, AnyLayer model) {
  std::vector<std::string> differing;
  const auto text = metadata.find(key);
  if (text == metadata.end()) return differing;
  Json written = Json::parse(text->second, nullptr, false);
  if (!written.is_object()) fail("{}: {} is damaged: its \"{}\" is not a JSON object", who, path, key);
  add_translated(written);
  // Settings of the whole model first, since they determine those of its layers.
  const Settings settings = settings_of(model);
  std::vector<std::pair<std::string, std::string>> by_depth(settings.begin(), settings.end());
  const auto depth = [](const auto& setting) { return std::count(setting.first.begin(), setting.first.end(), '.'); };
  std::sort(by_depth.begin(), by_depth.end(),
            [&](const auto& a, const auto& b) { return std::pair(depth(a), a.first) < std::pair(depth(b), b.first); });
  for (const auto& [name, value] : by_depth)
    if (const auto other = written.find(name); other != written.end() && *other != value)
      differing.push_back(fmt::format("{} is {} in the file but {} in the model", name,
                                      other->is_string() ? other->get<std::string>() : other->dump(), value));
  return differing;
}

}  // namespace heed::nn::detail
