// Reflection of layers. A layer is a plain struct, whose fields are classified by their types:
//   Size, float, double, bool, std::string, enums    hyperparameters, which come first
//   Parameter, Buffer, Mode                          state
//   layers, OneOf and Sequential of layers           sublayers
//   std::optional, std::vector, std::array           of state and sublayers
// Static members say more: is_policy (LayerType), branches, output_projection and branch_weights (branches.h).
// A layer with invalid combinations of hyperparameters has a function `void check() const` that throws Error. Field
// initializers must not throw (parameter.h): a layer of wrong sizes is built, and its first use throws.
// All functions of a whole model (parameters, saving, copying, printing) are one walk over the fields.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "../../graph/shape.h"
#include "branches.h"
#include "one_of.h"
#include "parameter.h"
#include "reflection.h"

namespace heed::nn {
template <class... Layers>
class Sequential;  // sequential.h
}  // namespace heed::nn

namespace heed::nn::fields {

/// Type of a hyperparameter.
template <class T>
concept Hyperparameter = std::is_same_v<T, Size> || std::is_same_v<T, float> || std::is_same_v<T, double> ||
                         std::is_same_v<T, bool> || std::is_same_v<T, std::string> || std::is_enum_v<T>;

/// Type of a parameter, a buffer or the mode.
template <class T>
concept State = std::is_same_v<T, Parameter> || std::is_same_v<T, Buffer> || std::is_same_v<T, Mode>;

namespace detail {
template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_sequence = false;
template <class T>
inline constexpr bool is_sequence<std::vector<T>> = true;
template <class T, std::size_t n>
inline constexpr bool is_sequence<std::array<T, n>> = true;
template <class T>
inline constexpr bool is_one_of = false;
template <class... Layers>
inline constexpr bool is_one_of<OneOf<Layers...>> = true;
template <class T>
inline constexpr bool is_sequential = false;
template <class... Layers>
inline constexpr bool is_sequential<Sequential<Layers...>> = true;
/// A plain struct: no constructor, no base class, nothing private.
template <class T>
inline constexpr bool is_struct = std::is_aggregate_v<T> && std::is_class_v<T> && !is_sequence<T>;
}  // namespace detail

/// Layer: a plain struct, or a OneOf or Sequential of layers. The fields of a struct are checked when it is walked, so
/// that the message can name the field.
template <class T>
concept Layer = (detail::is_struct<T> && !State<T>) || detail::is_one_of<T> || detail::is_sequential<T>;

namespace detail {

/// True for parameters, buffers and the mode, and for optionals, vectors and arrays of them.
template <class T>
inline constexpr bool is_state = State<T>;
template <class T>
inline constexpr bool is_state<std::optional<T>> = is_state<T>;
template <class T>
inline constexpr bool is_state<std::vector<T>> = is_state<T>;
template <class T, std::size_t n>
inline constexpr bool is_state<std::array<T, n>> = is_state<T>;

template <class T>
inline constexpr bool holds_state = State<T> || Layer<T>;
template <class T>
inline constexpr bool holds_state<std::optional<T>> = holds_state<T>;
template <class T>
inline constexpr bool holds_state<std::vector<T>> = holds_state<T>;
template <class T, std::size_t n>
inline constexpr bool holds_state<std::array<T, n>> = holds_state<T>;

// A field's name as a template argument, so that the compiler's message contains it.
template <std::size_t length>
struct Name {
  char text[length + 1] = {};
  consteval explicit Name(std::string_view name) {
    for (std::size_t i = 0; i < length; ++i) text[i] = name[i];
  }
};

/// Static assertions about a field; the compiler's message names Owner, name and Type.
template <class Owner, Name name, class Type, bool after_state>
struct Field {
  static constexpr bool is_array = std::is_array_v<Type>;
  static constexpr bool is_tensor = std::is_same_v<Type, Tensor>;
  static constexpr bool is_integer = std::is_integral_v<Type> && !std::is_same_v<Type, bool>;
  static constexpr bool is_allowed = Hyperparameter<Type> || holds_state<Type>;
  static_assert(!is_array, "a field of a layer must not be a C array: make it a std::array");
  static_assert(!is_tensor, "a field of a layer must not be a bare Tensor: make it a Parameter or a Buffer");
  static_assert(!is_integer, "an integer field of a layer must be a Size");
  static_assert(
      is_allowed || is_array || is_tensor || is_integer,
      "a field of a layer must be a Size, float, double, bool, std::string or enum, a Parameter, Buffer, Mode "
      "or layer, or a std::optional, std::vector or std::array of the last four");
  static_assert(!Hyperparameter<Type> || !after_state,
                "the hyperparameters of a layer must be its first fields: move this one up");
  static constexpr bool checked = true;
};

template <class Owner, std::size_t i = 0>
consteval std::size_t count_hyperparameters() {
  if constexpr (i == count<Owner>) {
    return i;
  } else if constexpr (!Hyperparameter<Type<Owner, i>>) {
    return i;
  } else {
    return count_hyperparameters<Owner, i + 1>();
  }
}

template <class Owner>
consteval bool check() {
  constexpr bool can_be_listed =
      !has_base<Owner> && count<Owner> <= max_fields && (count<Owner> > 0 || std::is_empty_v<Owner>);
  static_assert(!has_base<Owner>, "a layer must not have a base class: make it a field");
  static_assert(has_base<Owner> || count<Owner> <= max_fields,
                "a layer has at most 32 fields: put some of them into a layer of their own");
  static_assert(has_base<Owner> || count<Owner> > 0 || std::is_empty_v<Owner>,
                "the fields of this layer cannot be listed: one of them is a reference or cannot be moved");
  if constexpr (can_be_listed) {
    []<std::size_t... i>(std::index_sequence<i...>) {
      constexpr std::size_t first_state = count_hyperparameters<Owner>();
      return (Field<Owner, Name<names<Owner>[i].size()>(names<Owner>[i]), Type<Owner, i>, (i > first_state)>::checked &&
              ...);
    }(std::make_index_sequence<count<Owner>>{});
  }
  return can_be_listed;
}

}  // namespace detail

/// Number of hyperparameters, which are the first fields.
template <Layer L>
inline constexpr std::size_t hyperparameters = detail::count_hyperparameters<L>();

/// Value of an enum; the name is empty if it is unknown.
struct Enumerator {
  std::string_view name;
  /// The value as an integer.
  std::int64_t number;
  friend bool operator==(const Enumerator&, const Enumerator&) = default;
};
/// Value of a hyperparameter.
using Value = std::variant<std::int64_t, float, double, bool, std::string_view, Enumerator>;

/// Returns the value of a hyperparameter.
template <Hyperparameter T>
Value value_of(const T& hyperparameter) {
  if constexpr (std::is_same_v<T, Size>) {
    return hyperparameter.value;
  } else if constexpr (std::is_enum_v<T>) {
    const auto number = static_cast<std::int64_t>(hyperparameter);
    const bool known = 0 <= number && number < static_cast<std::int64_t>(enumerators<T>.size());
    return Enumerator{known ? enumerators<T>[static_cast<std::size_t>(number)] : std::string_view{}, number};
  } else {
    return hyperparameter;
  }
}

/// Type of a layer, one object for each; its address distinguishes a layer from its first sublayer, which has the same
/// address.
struct LayerType {
  std::string_view name;  // without namespaces and template arguments
  bool is_policy;         // true if it only affects how layers are called: not part of a model's JSON
};
template <class L>
inline constexpr LayerType layer_type{type_name<L>, requires {typename L::is_policy;
}  // namespace heed::nn::fields
}
;

/// Layer with a function check().
template <class L>
concept HasCheck = requires(const L& layer) { layer.check(); };

/// Calls f(tensor) for each parameter and buffer in a field that is not a layer.
template <class Node, class Function>
void each_tensor(const Node& node, const Function& f) {
  if constexpr (std::is_same_v<Node, Parameter> || std::is_same_v<Node, Buffer>) {
    f(static_cast<const Tensor&>(node));
  } else if constexpr (detail::is_optional<Node>) {
    if (node) each_tensor(*node, f);
  } else if constexpr (detail::is_sequence<Node>) {
    for (const auto& element : node) each_tensor(element, f);
  }
}

/// Visitor of all fields of a layer, with their paths: "layers.0.attention.query.weight". Derive from it.
class Reader {
 public:
  virtual ~Reader() = default;
  /// Called before and after the fields of a layer.
  virtual void begin(const LayerType&, const void* /*address*/) {}
  /// Called after the fields of a layer.
  virtual void end() {}
  /// A field of a layer that names fields for initialisation (branches.h); end_field() follows its content.
  virtual void begin_field(const BranchRole&) {}
  /// Called after the content of such a field.
  virtual void end_field() {}
  /// Called for each hyperparameter.
  virtual void hyperparameter(const Value&) {}
  /// Called for each parameter.
  virtual void parameter(const Parameter&) {}
  /// Called for each buffer.
  virtual void buffer(const Buffer&) {}
  /// Called for each mode.
  virtual void mode(const Mode&) {}
  /// Called for an empty optional sublayer.
  virtual void absent() {}
  /// Called for an empty vector of layers.
  virtual void no_layers() {}
  /// Returns true if unusable layers, of wrong sizes or moved from, should throw Error.
  virtual bool checks() const { return true; }

  /// Path of the current field; empty for the whole model.
  const std::string& path() const { return path_; }
  /// Appends a field or an element to the path.
  void enter(std::string_view field);
  void enter(std::size_t element);
  /// Removes the last part of the path.
  void leave();

 private:
  std::string path_;
};

/// Visitor that modifies the state of a layer. Derive from it.
class Writer {
 public:
  virtual ~Writer() = default;
  /// Called for each parameter.
  virtual void parameter(Parameter&) {}
  /// Called for each buffer.
  virtual void buffer(Buffer&) {}
  /// Called for each mode.
  virtual void mode(Mode&) {}
};

/// Throws Error if a layer cannot be used: its check() does, a hyperparameter is NaN, or a parameter or buffer has no
/// values.
template <Layer L>
void expect_usable(const L& layer);

/// Visits all fields, in order.
template <class Node>
void walk(const Node& node, Reader& reader) {
  if constexpr (std::is_same_v<Node, Parameter>) {
    reader.parameter(node);
  } else if constexpr (std::is_same_v<Node, Buffer>) {
    reader.buffer(node);
  } else if constexpr (std::is_same_v<Node, Mode>) {
    reader.mode(node);
  } else if constexpr (Hyperparameter<Node>) {
    reader.hyperparameter(value_of(node));
  } else if constexpr (detail::is_optional<Node>) {
    if (node) {
      walk(*node, reader);
    } else if constexpr (Layer<typename Node::value_type>) {
      reader.absent();
    }
  } else if constexpr (detail::is_sequence<Node>) {
    if constexpr (!detail::is_state<Node>)
      if (node.empty()) reader.no_layers();
    for (std::size_t i = 0; i < node.size(); ++i) {
      reader.enter(i);
      walk(node[i], reader);
      reader.leave();
    }
  } else if constexpr (detail::is_one_of<Node>) {
    std::visit([&](const auto& layer) { walk(layer, reader); }, node.variant());
  } else if constexpr (detail::is_sequential<Node>) {
    std::apply(
        [&](const auto&... layers) {
          std::size_t i = 0;
          ((reader.enter(i++), walk(layers, reader), reader.leave()), ...);
        },
        node.layers());
  } else if constexpr (!Layer<Node>) {
    // the check of the layer that contains this field has failed
  } else if constexpr (detail::check<Node>()) {
    if (reader.checks()) expect_usable(node);
    reader.begin(layer_type<Node>, &node);
    each(node, [&](std::string_view name, const auto& field) {
      reader.enter(name);
      if constexpr (NamesFields<Node>) reader.begin_field(branch_role(node, &field));
      walk(field, reader);
      if constexpr (NamesFields<Node>) reader.end_field();
      reader.leave();
    });
    reader.end();
  }
}
/// Visits all state, to modify it.
template <class Node>
void walk(Node& node, Writer& writer) {
  if constexpr (std::is_same_v<Node, Parameter>) {
    writer.parameter(node);
  } else if constexpr (std::is_same_v<Node, Buffer>) {
    writer.buffer(node);
  } else if constexpr (std::is_same_v<Node, Mode>) {
    writer.mode(node);
  } else if constexpr (detail::is_optional<Node>) {
    if (node) walk(*node, writer);
  } else if constexpr (detail::is_sequence<Node>) {
    for (auto& element : node) walk(element, writer);
  } else if constexpr (detail::is_one_of<Node>) {
    std::visit([&](auto& layer) { walk(layer, writer); }, node.variant());
  } else if constexpr (detail::is_sequential<Node>) {
    std::apply([&](auto&... layers) { (walk(layers, writer), ...); }, node.layers());
  } else if constexpr (Layer<Node>) {
    if constexpr (detail::check<Node>()) each(node, [&](std::string_view, auto& field) { walk(field, writer); });
  }
}

}  // namespace heed::nn::fields

namespace heed::nn {

/// Reference to a layer of any type: the argument of functions that read a model.
class AnyLayer {
 public:
  /// Refers to the layer, which must stay alive.
  template <fields::Layer L>
  AnyLayer(const L& layer)
      : layer_(&layer), walk_([](const void* object, fields::Reader& reader) {
          fields::walk(*static_cast<const L*>(object), reader);
        }) {}
  /// Visits all fields.
  void read(fields::Reader& reader) const { walk_(layer_, reader); }

 private:
  const void* layer_;
  void (*walk_)(const void*, fields::Reader&);
};

/// Reference to a layer of any type, for functions that modify its state.
class AnyMutableLayer {
 public:
  /// Refers to the layer, which must stay alive.
  template <fields::Layer L>
    requires(!std::is_const_v<L>)
  AnyMutableLayer(L& layer)
      : layer_(&layer),
        walk_([](void* object, fields::Writer& writer) { fields::walk(*static_cast<L*>(object), writer); }) {}
  /// Visits all state.
  void write(fields::Writer& writer) const { walk_(layer_, writer); }

 private:
  void* layer_;
  void (*walk_)(void*, fields::Writer&);
};

namespace fields {

/// Throws the errors of expect_usable.
[[noreturn, gnu::cold]] void is_nan(AnyLayer layer, std::string_view field);
/// Throws the error that a parameter or buffer has no values.
[[noreturn, gnu::cold]] void has_no_values(AnyLayer layer, std::string_view field, const Tensor& tensor);

template <Layer L>
void expect_usable(const L& layer) {
  if constexpr (HasCheck<L>) layer.check();
  each(layer, [&](std::string_view name, const auto& field) {
    if constexpr (std::is_floating_point_v<std::remove_cvref_t<decltype(field)>>)
      if (std::isnan(field)) [[unlikely]]
        is_nan(layer, name);
    each_tensor(field, [&](const Tensor& tensor) {
      if (!heed::detail::is_valid(tensor)) [[unlikely]]
        has_no_values(layer, name, tensor);
    });
  });
}

}  // namespace fields
}  // namespace heed::nn
