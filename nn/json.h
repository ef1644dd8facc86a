// A model's hyperparameters as JSON, and a model from such JSON.
#pragma once

#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "../graph/ambient.h"
#include "fields.h"
#include "plan.h"

namespace heed::nn {

/// The hyperparameters, nested as the fields are; enums by name:  {"width": 256, "layers": [{"width": 256, ...}, ...]}
std::string to_json(AnyLayer model);

namespace detail {

/// A parsed JSON object whose keys are fields of one type of layer.
class Hyperparameters {
 public:
  Hyperparameters(std::string_view json, std::string_view layer, std::span<const std::string_view> fields);
  Hyperparameters(const Hyperparameters&) = delete;
  Hyperparameters& operator=(const Hyperparameters&) = delete;
  ~Hyperparameters();

  bool has(std::string_view field) const;
  bool has_any(std::span<const std::string_view> some) const;
  /// The object in a field that is a layer, which it must have.
  Hyperparameters of_sublayer(std::string_view field, std::string_view layer,
                              std::span<const std::string_view> fields) const;
  [[noreturn]] void lacks(std::string_view field) const;
  template <fields::Hyperparameter T>
  T get(std::string_view field) const {
    if constexpr (std::is_same_v<T, Size>) {
      return integer(field);
    } else if constexpr (std::is_same_v<T, bool>) {
      return boolean(field);
    } else if constexpr (std::is_floating_point_v<T>) {
      return static_cast<T>(number(field, std::numeric_limits<T>::max()));
    } else if constexpr (std::is_enum_v<T>) {
      return static_cast<T>(enumerator(field, fields::enumerators<T>));
    } else {
      return text(field);
    }
  }
  /// Throws Error if the JSON says anything about the model, or a layer in it, that does not hold.
  void check(AnyLayer built) const;

 private:
  std::int64_t integer(std::string_view field) const;
  bool boolean(std::string_view field) const;
  double number(std::string_view field, double most) const;
  std::string text(std::string_view field) const;
  std::int64_t enumerator(std::string_view field, std::span<const std::string_view> names) const;

  struct Parsed;
  explicit Hyperparameters(std::unique_ptr<Parsed> parsed);
  std::unique_ptr<Parsed> parsed_;
};

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
/// Model{first, ..., then the other hyperparameters}. The default of one that is left out may depend on earlier ones,
/// so it is taken from a model built from those; if nothing else follows, that is the result. A layer that does not
/// follow from the hyperparameters, as that of WithPrecision, is built from its own.
template <class Model, class... Values>
Model build(const Hyperparameters& values, const Values&... first) {
  constexpr std::size_t i = sizeof...(first);
  if constexpr (i >= fields::hyperparameters<Model>) {
    if constexpr (requires { Model{first...}; }) {
      return Model{first...};
    } else {
      using Layer = fields::Type<Model, i>;
      static_assert(fields::detail::is_struct<Layer> && !fields::State<Layer>,
                    "from_json cannot build a field that has no default and is no layer");
      return build<Model>(
          values, first...,
          build<Layer>(values.of_sublayer(fields::names<Model>[i], fields::type_name<Layer>, fields::names<Layer>)));
    }
  } else {
    constexpr std::string_view field = fields::names<Model>[i];
    using Field = fields::Type<Model, i>;
    if (values.has(field)) return build<Model>(values, first..., values.get<Field>(field));
    if constexpr (requires { Model{first...}; }) {
      if (!values.has_any(std::span(fields::names<Model>).first(fields::hyperparameters<Model>).subspan(i)))
        return Model{first...};
      const Field by_default = [&] {
        const AmbientScope unchanged{ambient()};  // this model's random numbers do not count
        const PlanScope no_memory;
        const Model probe{first...};
        return std::get<i>(fields::tie(probe));
      }();
      return build<Model>(values, first..., by_default);
    } else {
      values.lacks(field);
    }
  }
}
#pragma GCC diagnostic pop

}  // namespace detail

/// Builds a model from its hyperparameters. The JSON must have those of Model that have no default; sublayers follow
/// from them as they do in code. What it says about sublayers is not used, but must hold for the model so built: a
/// model whose sublayers were given other values by hand is refused, not built wrongly. Where a sublayer has no default
/// (WithRegisters, WithPrecision), the JSON must have all hyperparameters of the model, and those of the sublayer as of
/// a model. Throws Error for unknown keys, missing keys and wrong types, with their path. Before any memory is taken
/// for it, the model's parameters and buffers are counted: Error says how many bytes they would take if this machine
/// has less.
template <fields::Layer Model>
Model from_json(std::string_view json) {
  static_assert(fields::detail::is_struct<Model>, "from_json builds plain structs");
  static_assert(fields::detail::check<Model>());
  const detail::Hyperparameters values(json, fields::type_name<Model>, fields::names<Model>);
  {
    const AmbientScope unchanged{ambient()};
    const detail::PlanScope scope;
    const Model planned = detail::build<Model>(values);
    detail::expect_memory("from_json", std::string(fields::type_name<Model>), scope.plan());
    values.check(planned);
  }
  Model model = detail::build<Model>(values);
  values.check(model);
  return model;
}

/// to_json in a file that is replaced at once, and back: the file beside a checkpoint that says which model it is of.
void save_config(AnyLayer model, const std::string& path);
std::string load_config_text(const std::string& path);
template <fields::Layer Model>
Model load_config(const std::string& path) {
  return from_json<Model>(load_config_text(path));
}

}  // namespace heed::nn
