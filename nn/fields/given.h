// Default sublayers, built from the sizes of the layer that contains them.
#pragma once

#include <string_view>
#include <vector>

#include "fields.h"

namespace heed::nn {

/// Sizes of an attention, from which its default positions are built, by their static function for_heads(const
/// HeadSizes&) if they have one.
struct HeadSizes {
  Size width, heads, key_width, value_width;
};

namespace detail {
[[noreturn, gnu::cold]] void not_given(std::string_view type);
[[noreturn, gnu::cold]] void unequal_widths(AnyLayer layer);
[[noreturn, gnu::cold]] void wrong_branch(AnyLayer layer, const Tensor& x, const Tensor& y);

/// Returns y, the output of a sublayer for x. Throws Error unless it has the shape of x.
template <fields::Layer L>
const Tensor& expect_branch(const L& layer, const Tensor& x, const Tensor& y) {
  if (y.shape() != x.shape()) [[unlikely]]
    wrong_branch(layer, x, y);
  return y;
}

template <class T>
struct First {
  using type = T;
};
template <class Layer, class... Layers>
struct First<OneOf<Layer, Layers...>> {
  using type = Layer;
};
}  // namespace detail

/// Builds a norm, residual or other sublayer of this width; the first type of a OneOf. Throws Error if the type needs
/// further arguments.
template <class Layer>
Layer of_width(const Size& width) {
  using Made = typename detail::First<Layer>::type;
  if constexpr (requires { Made{.width = width}; }) {
    return Made{.width = width};
  } else if constexpr (requires { Made{}; }) {
    return Made{};
  } else {
    detail::not_given(fields::type_name<Made>);
  }
}

/// Positions for an attention of these sizes; the first type of a OneOf. Throws Error if the type needs more.
template <class Positions>
Positions for_heads(const HeadSizes& sizes) {
  using Made = typename detail::First<Positions>::type;
  if constexpr (requires { Made::for_heads(sizes); }) {
    return Made::for_heads(sizes);
  } else if constexpr (requires { Made{}; }) {
    return Made{};
  } else {
    detail::not_given(fields::type_name<Made>);
  }
}

/// Width of a layer: its field `width`, or that of the layer it wraps (its field `layer`), or of the first of several;
/// -1 if it has none.
template <class Layer>
std::int64_t width_of(const Layer& layer) {
  if constexpr (requires { layer.width.value; }) {
    return layer.width.value;
  } else if constexpr (fields::detail::is_one_of<Layer>) {
    return std::visit([](const auto& one) { return width_of(one); }, layer.variant());
  } else if constexpr (fields::detail::is_sequence<Layer>) {
    return layer.empty() ? -1 : width_of(layer[0]);
  } else if constexpr (requires { layer.layer; }) {
    return width_of(layer.layer);
  } else if constexpr (requires { layer.attention; }) {
    return width_of(layer.attention);
  } else if constexpr (requires { layer.layers; }) {
    return width_of(layer.layers);
  } else {
    return -1;
  }
}

/// Throws Error, which names the fields, unless all sublayers that have a width have the same width.
///   expect_one_width(*this, attention, feed_forward);
/// EncoderLayer: attention.width is 64, but feed_forward.width is 32
template <fields::Layer L, class... Sublayers>
void expect_one_width(const L& layer, const Sublayers&... sublayers) {
  std::int64_t first = -1;
  bool are_equal = true;
  const auto look = [&](std::int64_t found) {  // GCC would warn if a user's global had the name of the parameter
    if (found < 0) return;
    if (first < 0) first = found;
    are_equal = are_equal && found == first;
  };
  (look(width_of(sublayers)), ...);
  if (!are_equal) [[unlikely]]
    detail::unequal_widths(layer);
}

}  // namespace heed::nn
