// Hyperparameters of a model as JSON, and models built from such JSON.
#pragma once

#include <array>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "../../graph/ambient.h"
#include "../../graph/error.h"
#include "../layers/sequential.h"
#include "fields.h"
#include "plan.h"

namespace heed::nn {

/// Returns a model's configuration as JSON: the hyperparameters of its layers, nested like the fields, each object with
/// the "type" of its layer; enums by name, null for an absent optional sublayer, and under "shared parameters" the
/// further paths of each shared parameter, with its first path:
///   {"type": "Stack", "repeats": 1, "layers": [{"type": "EncoderLayer", "dropout": 0.1, "attention": {...}, ...}]}
/// The field `call` of a Stack is left out.
std::string to_json(AnyLayer model);

namespace detail {

/// Value in a parsed JSON text, with its path for error messages.
class JsonValue {
 public:
  /// Throws Error unless the text is a JSON object.
  explicit JsonValue(std::string_view text);

  const std::string& path() const { return path_; }
  bool is_null() const;
  bool has(std::string_view field) const;
  bool has_any(std::span<const std::string_view> fields) const;
  JsonValue at(std::string_view field) const;
  /// Returns the "type" of an object; empty if it has none.
  std::string type() const;
  /// Returns the elements of an array. Throws Error unless it is an array, of length `count` if that is not negative.
  std::vector<JsonValue> elements(std::int64_t count = -1) const;
  /// Throws Error unless it is an object with this "type" or none, and all keys are fields of the type.
  void expect_object(std::string_view type, std::span<const std::string_view> fields) const;
  [[noreturn]] void lacks(std::string_view field, std::string_view type) const;
  /// Throws Error since no type of a OneOf can be built from it. errors: of the types with its "type".
  [[noreturn]] void fits_none(std::span<const std::string_view> types, std::span<const std::string> errors) const;

  template <fields::Hyperparameter T>
  T get() const {
    if constexpr (std::is_same_v<T, Size>) {
      return integer();
    } else if constexpr (std::is_same_v<T, bool>) {
      return boolean();
    } else if constexpr (std::is_floating_point_v<T>) {
      return static_cast<T>(number(std::numeric_limits<T>::max()));
    } else if constexpr (std::is_enum_v<T>) {
      return static_cast<T>(enumerator(fields::enumerators<T>));
    } else {
      return text();
    }
  }

 private:
  JsonValue(std::shared_ptr<const void> document, const void* json, std::string path)
      : document_(std::move(document)), json_(json), path_(std::move(path)) {}
  std::int64_t integer() const;
  bool boolean() const;
  double number(double most) const;
  std::string text() const;
  std::int64_t enumerator(std::span<const std::string_view> names) const;

  std::shared_ptr<const void> document_;
  const void* json_;
  std::string path_;
  friend void share_parameters(const JsonValue& json, AnyMutableLayer model, AnyLayer same);
  friend void expect_flat_settings(const JsonValue& json, AnyLayer model);
};

/// Shares the parameters listed in "shared parameters". Throws Error for paths that the model does not have.
void share_parameters(const JsonValue& json, AnyMutableLayer model, AnyLayer same);

/// Throws Error if a layer of the model has invalid sizes.
void expect_built(AnyLayer model);
/// Throws Error unless the model built from settings of an earlier version agrees with all of them.
void expect_flat_settings(const JsonValue& json, AnyLayer model);

template <class T>
T read_value(const JsonValue& json);

using fields::detail::is_state;

/// Names of the fields that are in the JSON; empty for other fields.
template <class T>
inline constexpr auto written_names = []<std::size_t... i>(std::index_sequence<i...>) {
  return std::array<std::string_view, sizeof...(i)>{(is_state<fields::Type<T, i>> || requires {
    typename fields::Type<T, i>::is_policy;
  } ? std::string_view{} : fields::names<T>[i])...};
}(std::make_index_sequence<fields::count<T>>{});

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
/// Builds T{first..., the other fields from the JSON}. The default of a missing field, which may depend on earlier
/// fields, is taken from a T{first...}.
template <class T, class... Values>
T build(const JsonValue& json, const Values&... first) {
  constexpr std::size_t i = sizeof...(first);
  constexpr std::span<const std::string_view> rest = std::span(fields::names<T>).subspan(i);
  if constexpr (i == fields::count<T>) {
    return T{first...};
  } else if constexpr (is_state<fields::Type<T, i>>) {
    static_assert(
        requires { T{first...}; }, "a sublayer without a default must be declared before parameters and buffers");
    T built{first...};
    [&]<std::size_t... j>(std::index_sequence<j...>) {
      const auto read = [&]<std::size_t at>() {
        using Field = fields::Type<T, i + at>;
        if constexpr (!is_state<Field>)
          if (json.has(rest[at])) std::get<i + at>(fields::tie(built)) = read_value<Field>(json.at(rest[at]));
      };
      (read.template operator()<j>(), ...);
    }(std::make_index_sequence<fields::count<T> - i>{});
    return built;
  } else {
    using Field = fields::Type<T, i>;
    if (json.has(rest[0])) return build<T>(json, first..., read_value<Field>(json.at(rest[0])));
    if constexpr (requires { T{first...}; }) {
      if (!json.has_any(rest)) return T{first...};
      const auto probed = [&] {
        const T probe{first...};
        return std::get<i>(fields::tie(probe));
      };
      if constexpr (fields::Hyperparameter<Field>) {
        const Field by_default = [&] {
          const AmbientScope unchanged{ambient()};  // this layer must not advance the random state
          const PlanScope no_memory;
          return probed();
        }();
        return build<T>(json, first..., by_default);
      } else {
        return build<T>(json, first..., Field(probed()));
      }
    } else {
      json.lacks(rest[0], fields::type_name<T>);
    }
  }
}
#pragma GCC diagnostic pop

template <class... Layers>
OneOf<Layers...> read_one_of(const JsonValue& json, const OneOf<Layers...>* /*type*/) {
  std::optional<OneOf<Layers...>> found;
  std::vector<std::string> errors;
  const auto attempt = [&]<class Layer>() {
    constexpr bool has_no_type = fields::detail::is_one_of<Layer> || fields::detail::is_sequential<Layer>;
    if (found || (!has_no_type && json.type() != fields::type_name<Layer>)) return;
    const Ambient before = ambient();
    try {
      found.emplace(read_value<Layer>(json));
    } catch (const Error& error) {
      ambient() = before;  // a type that does not fit must not advance the random state
      if (!has_no_type) errors.emplace_back(error.what());
    }
  };
  (attempt.template operator()<Layers>(), ...);
  constexpr std::string_view types[] = {fields::type_name<Layers>...};
  if (!found) json.fits_none(types, errors);
  return *found;
}

template <class... Layers>
Sequential<Layers...> read_sequential(const JsonValue& json, const Sequential<Layers...>* /*type*/) {
  const std::vector<JsonValue> elements = json.elements(sizeof...(Layers));
  return [&]<std::size_t... i>(std::index_sequence<i...>) {
    return Sequential<Layers...>{read_value<Layers>(elements[i])...};
  }(std::index_sequence_for<Layers...>{});
}

template <class T>
T read_value(const JsonValue& json) {
  if constexpr (fields::Hyperparameter<T>) {
    return json.get<T>();
  } else if constexpr (fields::detail::is_optional<T>) {
    if (json.is_null()) return std::nullopt;
    return read_value<typename T::value_type>(json);
  } else if constexpr (fields::detail::is_one_of<T>) {
    return read_one_of(json, static_cast<const T*>(nullptr));
  } else if constexpr (fields::detail::is_sequential<T>) {
    return read_sequential(json, static_cast<const T*>(nullptr));
  } else if constexpr (requires { std::tuple_size<T>::value; }) {  // std::array
    const std::vector<JsonValue> elements = json.elements(std::tuple_size_v<T>);
    return [&]<std::size_t... i>(std::index_sequence<i...>) {
      return T{read_value<typename T::value_type>(elements[i])...};
    }(std::make_index_sequence<std::tuple_size_v<T>>{});
  } else if constexpr (fields::detail::is_sequence<T>) {
    T values;
    for (const JsonValue& element : json.elements()) {
      if (Plan::current && Plan::current->is_too_much()) break;
      values.push_back(read_value<typename T::value_type>(element));
    }
    return values;
  } else {
    static_assert(fields::detail::check<T>());
    json.expect_object(fields::type_name<T>, written_names<T>);
    return build<T>(json);
  }
}

template <fields::Layer Model>
Model read_model(const JsonValue& whole) {
  if constexpr (fields::detail::is_sequential<Model>) {
    constexpr std::string_view layers[] = {"layers"};
    whole.expect_object("Sequential", layers);
  }
  const JsonValue value = fields::detail::is_sequential<Model> ? whole.at("layers") : whole;
  if constexpr (requires { model_of_flat_settings(value, static_cast<Model*>(nullptr)); }) {
    if (value.type().empty() && value.has("depth")) {
      Model model = model_of_flat_settings(value, static_cast<Model*>(nullptr));
      expect_flat_settings(value, model);
      return model;
    }
  }
  {
    const AmbientScope unchanged{ambient()};
    const PlanScope scope;
    [[maybe_unused]] const Model planned = read_value<Model>(value);
    detail::expect_memory("from_json", std::string(fields::type_name<Model>), scope.plan());
  }
  Model model = read_value<Model>(value);
  share_parameters(whole, model, model);
  return model;
}

}  // namespace detail

/// Builds a model from the JSON of to_json. The "type" of an object must be that of the field (any of the types of a
/// OneOf). Missing keys have their defaults; sublayers without a default, and the fields before them, are required.
/// Throws Error for unknown keys, missing keys, wrong types, layers of another type and invalid sizes. Parameters and
/// buffers are counted before memory is allocated: Error gives the number of bytes if they exceed this machine's
/// memory. Parameters are initialised by the layers. For BERT and its heads, the flat settings of earlier versions are
/// accepted too.
template <fields::Layer Model>
Model from_json(std::string_view json) {
  const detail::JsonValue whole(json);
  Model model = detail::read_model<Model>(whole);
  detail::expect_built(model);
  return model;
}

/// Saves to_json(model) in a file, which is replaced atomically: the config.json of a checkpoint.
void save_config(AnyLayer model, const std::string& path);
/// Returns the text of such a file.
std::string load_config_text(const std::string& path);
/// Builds a model from such a file.
template <fields::Layer Model>
Model load_config(const std::string& path) {
  return from_json<Model>(load_config_text(path));
}

}  // namespace heed::nn
