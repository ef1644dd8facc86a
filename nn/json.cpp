#include "json.h"

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "../graph/fail.h"
#include "expect.h"
#include "files.h"
#include "strict_json.h"
#include "value_text.h"

namespace heed::nn {
namespace {

using Json = nlohmann::ordered_json;

/// The double nearest to the shortest decimal that stands for the float: 0.1f becomes 0.1.
double shortest(float number) {
  const double decimal = std::stod(fmt::format("{}", number));
  return static_cast<float>(decimal) == number ? decimal : double{number};
}

class ToJson : public fields::Reader {
 public:
  Json json;  // null if the model has no hyperparameters

 private:
  void hyperparameter(const fields::Value& value) override {
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
  /// layers.0.width is json["layers"][0]["width"].
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

/// {"layers": [{"width": 3}]} becomes {"layers.0.width": 3}.
void flatten(const Json& json, const std::string& path, std::map<std::string, Json>& leaves) {
  const std::string prefix = path.empty() ? "" : path + ".";
  if (json.is_object()) {
    for (const auto& [key, value] : json.items()) flatten(value, prefix + key, leaves);
  } else if (json.is_array()) {
    for (std::size_t i = 0; i < json.size(); ++i) flatten(json[i], prefix + std::to_string(i), leaves);
  } else if (!json.is_null()) {  // null stands for elements of which there is nothing to say
    leaves[path] = json;
  }
}

bool says(const Json& json, const fields::Value& value) {
  return std::visit(
      [&](const auto& one) {
        using T = std::decay_t<decltype(one)>;
        if constexpr (std::is_same_v<T, fields::Enumerator>) {
          return json.is_string() ? !one.name.empty() && json.get<std::string>() == one.name
                                  : json.is_number_integer() && json.get<std::int64_t>() == one.number;
        } else if constexpr (std::is_same_v<T, std::string_view>) {
          return json.is_string() && json.get<std::string>() == one;
        } else if constexpr (std::is_same_v<T, bool>) {
          return json.is_boolean() && json.get<bool>() == one;
        } else if constexpr (std::is_floating_point_v<T>) {
          return json.is_number() && static_cast<T>(json.get<double>()) == one;
        } else {
          return json.is_number_integer() && json.get<std::int64_t>() == one;
        }
      },
      value);
}

/// Of the leaves, takes away what holds.
class Checker : public fields::Reader {
 public:
  Checker(std::map<std::string, Json>& leaves, std::string_view layer) : leaves_(leaves), layer_(layer) {}

 private:
  void hyperparameter(const fields::Value& value) override {
    const auto leaf = leaves_.find(path());
    if (leaf == leaves_.end()) return;
    if (!says(leaf->second, value))
      fail("from_json: {} is {} in the JSON, but {} in the {} that its hyperparameters build", path(),
           leaf->second.dump(), fields::to_text(value), layer_);
    leaves_.erase(leaf);
  }
  std::map<std::string, Json>& leaves_;
  std::string_view layer_;
};

std::string list(std::span<const std::string_view> names) {
  std::string text;
  for (const std::string_view name : names)
    if (!name.empty()) text.append(text.empty() ? "" : ", ").append(name);
  return text;
}

Json parse(std::string_view text) {
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  return parse_object<Json>(text, 64, [](const std::string& what) { fail("from_json: the text {}", what); });
}

[[noreturn]] void wrong_type(std::string_view field, std::string_view wanted, const Json& value) {
  fail("from_json: {} must be {}, but it is {}", field, wanted, value.dump());
}

}  // namespace

std::string to_json(AnyLayer model) {
  ToJson reader;
  model.read(reader);
  try {
    return (reader.json.is_null() ? Json::object() : reader.json).dump(2) + '\n';
  } catch (const Json::exception&) {
    fail("to_json: a string in {} is not valid UTF-8", describe(model));
  }
}

void save_config(AnyLayer model, const std::string& path) { write_file("save_config", path, to_json(model)); }
std::string load_config_text(const std::string& path) { return read_text("load_config", path); }

namespace detail {

struct Hyperparameters::Parsed {
  Json json;
  std::string_view layer;
  std::string path = {};  // of the layer in the model, with a dot at its end

  std::string path_of(std::string_view field) const { return path + std::string(field); }
  const Json& at(std::string_view field) const { return json.find(std::string(field)).value(); }
  void expect_known(std::span<const std::string_view> fields) const {
    for (const auto& [key, value] : json.items())
      if (std::find(fields.begin(), fields.end(), key) == fields.end())
        fail("from_json: {} has no field {}; its fields are {}", layer, key, list(fields));
  }
};

Hyperparameters::Hyperparameters(std::string_view json, std::string_view layer,
                                 std::span<const std::string_view> fields)
    : Hyperparameters(std::unique_ptr<Parsed>(new Parsed{parse(json), layer})) {
  parsed_->expect_known(fields);
}

Hyperparameters::Hyperparameters(std::unique_ptr<Parsed> parsed) : parsed_(std::move(parsed)) {}

Hyperparameters Hyperparameters::of_sublayer(std::string_view field, std::string_view layer,
                                             std::span<const std::string_view> fields) const {
  if (!has(field)) lacks(field);
  const Json& value = parsed_->at(field);
  const std::string path = parsed_->path_of(field);
  if (!value.is_object()) wrong_type(path, "an object", value);
  std::unique_ptr<Parsed> parsed(new Parsed{value, layer, path + "."});
  parsed->expect_known(fields);
  return Hyperparameters(std::move(parsed));
}

Hyperparameters::~Hyperparameters() = default;

bool Hyperparameters::has(std::string_view field) const { return parsed_->json.contains(std::string(field)); }

bool Hyperparameters::has_any(std::span<const std::string_view> some) const {
  return std::any_of(some.begin(), some.end(), [&](std::string_view field) { return has(field); });
}

void Hyperparameters::lacks(std::string_view field) const {
  fail("from_json: the JSON has no {}, without which no {} can be built", parsed_->path_of(field), parsed_->layer);
}

std::int64_t Hyperparameters::integer(std::string_view field) const {
  const Json& value = parsed_->at(field);
  if (!value.is_number_integer() || (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX))
    wrong_type(parsed_->path_of(field), "an integer", value);
  return value.get<std::int64_t>();
}

bool Hyperparameters::boolean(std::string_view field) const {
  const Json& value = parsed_->at(field);
  if (!value.is_boolean()) wrong_type(parsed_->path_of(field), "true or false", value);
  return value.get<bool>();
}

double Hyperparameters::number(std::string_view field, double most) const {
  const Json& value = parsed_->at(field);
  if (!value.is_number()) wrong_type(parsed_->path_of(field), "a number", value);
  const double number = value.get<double>();
  if (std::abs(number) > most) wrong_type(parsed_->path_of(field), fmt::format("a number of at most {}", most), value);
  return number;
}

std::string Hyperparameters::text(std::string_view field) const {
  const Json& value = parsed_->at(field);
  if (!value.is_string()) wrong_type(parsed_->path_of(field), "a string", value);
  return value.get<std::string>();
}

std::int64_t Hyperparameters::enumerator(std::string_view field, std::span<const std::string_view> names) const {
  const Json& value = parsed_->at(field);
  if (value.is_string()) {
    const auto found = std::find(names.begin(), names.end(), value.get<std::string>());
    if (found != names.end() && !found->empty()) return found - names.begin();
  }
  // Values without a name are written as numbers.
  const bool is_nameless = value.is_number_integer() && (value < 0 || value >= names.size() || names[value].empty());
  if (!is_nameless) wrong_type(parsed_->path_of(field), fmt::format("one of {}", list(names)), value);
  return value.get<std::int64_t>();
}

void Hyperparameters::check(AnyLayer built) const {
  std::map<std::string, Json> leaves;
  flatten(parsed_->json, "", leaves);
  Checker checker(leaves, parsed_->layer);
  built.read(checker);
  if (!leaves.empty())
    fail("from_json: {} is in the JSON, but not a hyperparameter of the {} that its hyperparameters build",
         leaves.begin()->first, parsed_->layer);
}

}  // namespace detail
}  // namespace heed::nn
