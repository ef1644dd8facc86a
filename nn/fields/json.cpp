#include "json.h"

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "../../graph/fail.h"
#include "../../io/files.h"
#include "../../io/support/strict_json.h"
#include "../support/settings.h"
#include "../support/value_text.h"
#include "expect.h"
#include "parameters.h"

namespace heed::nn {
using namespace heed::io::detail;
using namespace heed::nn::detail;
using namespace heed::nn::fields::detail;

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* shared_key = "shared parameters";  // not a valid field name

/// Returns the double nearest to the shortest decimal that represents the float: 0.1f becomes 0.1.
double shortest(float number) {
  const double decimal = std::stod(fmt::format("{}", number));
  return static_cast<float>(decimal) == number ? decimal : double{number};
}

class ToJson : public fields::Reader {
 public:
  Json json;

 private:
  void begin(const fields::LayerType& type, const void*) override {
    expect_other_name();
    if (!type.is_policy) at_path()["type"] = type.name;
  }
  void absent() override { at_path() = nullptr; }
  void no_layers() override { at_path() = Json::array(); }
  void hyperparameter(const fields::Value& value) override {
    expect_other_name();
    Json& place = at_path();
    std::visit(
        [&](const auto& one) {
          using T = std::decay_t<decltype(one)>;
          if constexpr (std::is_same_v<T, fields::Enumerator>) {
            one.name.empty() ? place = one.number : place = one.name;
          } else if constexpr (std::is_floating_point_v<T>) {
            if (!std::isfinite(one)) fail("to_json: {} is {}, which JSON cannot say", path(), one);
            if constexpr (std::is_same_v<T, float>) {
              place = shortest(one);
            } else {
              place = one;
            }
          } else {
            place = one;
          }
        },
        value);
  }
  void expect_other_name() const {
    if (path() == "type" || path().ends_with(".type"))
      fail("to_json: {} is a field, but in JSON the key type has the type of the layer: give it another name", path());
  }
  /// Returns the JSON at the current path: that of layers.0.width is json["layers"][0]["width"].
  Json& at_path() {
    Json* place = &json;
    for (std::string_view rest = path(); !rest.empty();) {
      const std::size_t dot = rest.find('.');
      const std::string step(rest.substr(0, dot));
      rest = dot == std::string_view::npos ? std::string_view{} : rest.substr(dot + 1);
      const bool is_index = '0' <= step[0] && step[0] <= '9';
      place = is_index ? &(*place)[std::stoul(step)] : &(*place)[step];
    }
    return *place;
  }
};

std::string list(std::span<const std::string_view> names) {
  std::string text;
  for (const std::string_view name : names)
    if (!name.empty()) text.append(text.empty() ? "" : ", ").append(name);
  return text;
}

Json parse(std::string_view text) {
  if (text.starts_with(io::byte_order_mark)) text.remove_prefix(io::byte_order_mark.size());
  return parse_object<Json>(text, 64, [](const std::string& what) { fail("from_json: the text {}", what); });
}

[[noreturn]] void wrong_type(const std::string& path, std::string_view wanted, const Json& value) {
  fail("from_json: {} must be {}, but it is {}", path.empty() ? "the text" : path, wanted, value.dump());
}

/// Returns the value of a field in an object, which an earlier version may have written under a former name; null if it
/// is absent.
const Json* find_field(const Json& json, std::string_view field) {
  if (!json.is_object()) return nullptr;
  if (const auto found = json.find(std::string(field)); found != json.end()) return &*found;
  for (const auto& [former, current] : detail::renamed_fields)
    if (field == current)
      if (const auto found = json.find(std::string(former)); found != json.end()) return &*found;
  return nullptr;
}

/// Returns true if a key is the former name of one of the fields, and the object has not the current name too.
bool is_former_name(const Json& json, const std::string& key, std::span<const std::string_view> fields) {
  for (const auto& [former, current] : detail::renamed_fields)
    if (key == former && !json.contains(std::string(current)))
      return std::find(fields.begin(), fields.end(), current) != fields.end();
  return false;
}

const Json& json_of(const void* json) { return *static_cast<const Json*>(json); }

}  // namespace

std::string to_json(AnyLayer model) {
  ToJson reader;
  model.read(reader);
  Json json = std::move(reader.json);
  if (json.is_array()) json = Json{{"layers", std::move(json)}};  // Sequential
  if (json.is_null()) json = Json::object();
  const std::vector<NamedTensor> all = named_tensors(model);
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].first != i) json[shared_key][all[i].path] = all[all[i].first].path;
  try {
    return json.dump(2) + '\n';
  } catch (const Json::exception&) {
    fail("to_json: a string in {} is not valid UTF-8", describe(model));
  }
}

void save_config(AnyLayer model, const std::string& path) { io::write_file("save_config", path, to_json(model)); }
std::string load_config_text(const std::string& path) { return io::read_text("load_config", path); }

namespace detail {

JsonValue::JsonValue(std::string_view text) {
  auto parsed = std::make_shared<const Json>(parse(text));
  json_ = parsed.get();
  document_ = std::move(parsed);
}

bool JsonValue::is_null() const { return json_of(json_).is_null(); }
bool JsonValue::has(std::string_view field) const { return find_field(json_of(json_), field) != nullptr; }
bool JsonValue::has_any(std::span<const std::string_view> fields) const {
  return std::any_of(fields.begin(), fields.end(), [&](std::string_view field) { return has(field); });
}
JsonValue JsonValue::at(std::string_view field) const {
  const std::string path = path_.empty() ? std::string(field) : fmt::format("{}.{}", path_, field);
  const Json* found = find_field(json_of(json_), field);
  if (!found) fail("from_json: the JSON has no {}", path);
  return {document_, found, path};
}
std::string JsonValue::type() const {
  if (!has("type")) return {};
  const Json& type = json_of(json_).find("type").value();
  return type.is_string() ? type.get<std::string>() : type.dump();
}
std::vector<JsonValue> JsonValue::elements(std::int64_t count) const {
  const Json& json = json_of(json_);
  if (!json.is_array()) wrong_type(path_, "an array", json);
  if (count >= 0 && std::ssize(json) != count)
    fail("from_json: {} has {} elements, but it must have {}", path_, json.size(), count);
  std::vector<JsonValue> values;
  for (std::size_t i = 0; i < json.size(); ++i) values.push_back({document_, &json[i], fmt::format("{}.{}", path_, i)});
  return values;
}
void JsonValue::expect_object(std::string_view type_name, std::span<const std::string_view> fields) const {
  const Json& json = json_of(json_);
  if (!json.is_object()) wrong_type(path_, "an object", json);
  if (has("type") && type() != type_name)
    fail("from_json: {} is a {} in the JSON, but a {} in the model", path_.empty() ? "it" : path_, type(), type_name);
  for (const auto& [key, value] : json.items()) {
    const bool is_known = key == "type" || (path_.empty() && key == shared_key) ||
                          (!key.empty() && std::find(fields.begin(), fields.end(), key) != fields.end()) ||
                          is_former_name(json, key, fields);
    if (!is_known)
      fail("from_json: {} has no field {}; its fields are {}",
           path_.empty() ? std::string(type_name) : fmt::format("{} ({})", path_, type_name), key, list(fields));
  }
}
void JsonValue::lacks(std::string_view field, std::string_view type_name) const {
  fail("from_json: the JSON has no {}{}{}, without which no {} can be built", path_, path_.empty() ? "" : ".", field,
       type_name);
}
void JsonValue::fits_none(std::span<const std::string_view> types, std::span<const std::string> errors) const {
  if (errors.size() == 1) throw Error(errors[0]);
  if (!errors.empty()) fail("from_json: {} fits none of the types that are called {}: {}", path_, type(), errors[0]);
  fail("from_json: {} is {}, but it can be one of {}", path_,
       type().empty() ? "an object without a type" : "a " + type(), list(types));
}

std::int64_t JsonValue::integer() const {
  const Json& value = json_of(json_);
  if (!value.is_number_integer() || (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX))
    wrong_type(path_, "an integer", value);
  return value.get<std::int64_t>();
}

bool JsonValue::boolean() const {
  const Json& value = json_of(json_);
  if (!value.is_boolean()) wrong_type(path_, "true or false", value);
  return value.get<bool>();
}

double JsonValue::number(double most) const {
  const Json& value = json_of(json_);
  if (!value.is_number()) wrong_type(path_, "a number", value);
  const double number = value.get<double>();
  if (std::abs(number) > most) wrong_type(path_, fmt::format("a number of at most {}", most), value);
  return number;
}

std::string JsonValue::text() const {
  const Json& value = json_of(json_);
  if (!value.is_string()) wrong_type(path_, "a string", value);
  return value.get<std::string>();
}

std::int64_t JsonValue::enumerator(std::span<const std::string_view> names) const {
  const Json& value = json_of(json_);
  if (value.is_string()) {
    const auto found = std::find(names.begin(), names.end(), value.get<std::string>());
    if (found != names.end() && !found->empty()) return found - names.begin();
  }
  // Unnamed values are written as numbers.
  const bool is_nameless = value.is_number_integer() && (value < 0 || value >= names.size() || names[value].empty());
  if (!is_nameless) wrong_type(path_, fmt::format("one of {}", list(names)), value);
  return value.get<std::int64_t>();
}

namespace {
/// Replaces tensors by others, given by their index in the order of the fields.
class Sharing : public fields::Writer {
 public:
  std::map<std::size_t, Tensor> by_number;

 private:
  void parameter(Parameter& parameter) override { replace(parameter); }
  void buffer(Buffer& buffer) override { replace(buffer); }
  void replace(Tensor& tensor) {
    if (const auto other = by_number.find(next_++); other != by_number.end()) tensor = other->second;
  }
  std::size_t next_ = 0;
};
}  // namespace

void share_parameters(const JsonValue& json, AnyMutableLayer model, AnyLayer same) {
  if (!json.has(shared_key)) return;
  const Json& shared = json_of(json.at(shared_key).json_);
  if (!shared.is_object()) wrong_type(shared_key, "an object of paths", shared);
  const std::vector<NamedTensor> all = named_tensors(same);
  const auto find = [&](const std::string& path) {
    const auto found = std::find_if(all.begin(), all.end(), [&](const NamedTensor& one) { return one.path == path; });
    if (found == all.end()) fail("from_json: {} has {}, but the model has no parameter of this path", shared_key, path);
    return static_cast<std::size_t>(found - all.begin());
  };
  Sharing sharing;
  for (const auto& [path, first] : shared.items()) {
    if (!first.is_string()) wrong_type(fmt::format("{}.{}", shared_key, path), "a path", first);
    if (shared.contains(first.get<std::string>()))
      fail("from_json: {} shares {}, which itself shares another: it must be the first path of the parameter", path,
           first.get<std::string>());
    const NamedTensor &to = all[find(path)], &from = all[find(first.get<std::string>())];
    if (to.tensor.shape() != from.tensor.shape())
      fail("from_json: {} is {}, but {}, which it should share, is {}", to.path, to_string(to.tensor.shape()),
           from.path, to_string(from.tensor.shape()));
    if (to.tensor.dtype() != from.tensor.dtype() || to.tensor.requires_grad() != from.tensor.requires_grad())
      fail("from_json: {} cannot share {}: one is a parameter, and the other a buffer", to.path, from.path);
    sharing.by_number[find(path)] = from.tensor;
  }
  model.write(sharing);
}

namespace {

/// Flattens JSON: {"layers": [{"width": 3}]} becomes {"layers.0.width": 3}.
void flatten(const Json& json, const std::string& path, std::map<std::string, Json>& leaves) {
  const std::string prefix = path.empty() ? "" : path + ".";
  if (json.is_object()) {
    for (const auto& [key, value] : json.items()) flatten(value, prefix + key, leaves);
  } else if (json.is_array()) {
    for (std::size_t i = 0; i < json.size(); ++i) flatten(json[i], fmt::format("{}{}", prefix, i), leaves);
  } else if (!json.is_null()) {
    leaves[path] = json;
  }
}

/// Settings that models of an earlier version passed on to their layers.
constexpr std::string_view handed_down[] = {"vocabulary",
                                            "width",
                                            "heads",
                                            "depth",
                                            "longest",
                                            "segments",
                                            "positions",
                                            "placement",
                                            "dropout",
                                            "epsilon",
                                            "rotary_base",
                                            "groups",
                                            "stochastic_depth",
                                            "attention_dropout",
                                            "key_heads",
                                            "embedding_width",
                                            "memory_width",
                                            "deep_norm_alpha"};

}  // namespace

void expect_flat_settings(const JsonValue& json, AnyLayer model) {
  ToJson reader;
  model.read(reader);
  std::map<std::string, Json> written, built;
  flatten(json_of(json.json_), "", written);
  flatten(reader.json, "", built);
  for (const auto& [path, value] : written) {
    std::string now = path;
    constexpr std::string_view before = "skipping.";
    if (const std::size_t at = now.find(before); at != std::string::npos)
      now.replace(at, before.size(), "depth_dropout.");
    const std::string name = path.substr(path.rfind('.') + 1);
    for (const auto& [former, current] : renamed_fields)
      if (now.ends_with(fmt::format(".{}", former))) now.replace(now.size() - former.size(), former.size(), current);
    const bool is_handed = std::find(std::begin(handed_down), std::end(handed_down), name) != std::end(handed_down);
    auto of_model = built.find(now);
    if (of_model == built.end() && is_handed) {
      of_model = written.find(name);  // the setting of the whole model
      if (of_model == written.end()) continue;
    }
    if (of_model == built.end()) fail("from_json: {} is no setting of such a model", path);
    if (of_model->second != value)
      fail("from_json: {} is {} in the JSON, but {} in the model that its settings build", path, value.dump(),
           of_model->second.dump());
  }
}

void expect_built(AnyLayer model) {
  try {
    named_tensors(model);
  } catch (const Error& error) {
    fail("from_json: {}", error.what());
  }
}

}  // namespace detail
}  // namespace heed::nn
