// Sublayers that a function makes: any number of them, or one if it is wanted. These also get around GCC 12, which
// crashes when a layer in braces is an element of a list, or an argument, in the initializer of a field.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "../graph/error.h"
#include "../graph/shape.h"

namespace heed::nn {

/// The layers make(0), make(1), ..., make(times - 1), each with parameters of its own. (std::vector<Linear>(times,
/// Linear{...}) would hold copies, which share one set of parameters.)
template <class Make>
auto repeat(Size times, const Make& make) {
  std::vector<std::decay_t<decltype(make(0))>> layers;
  if (times < 0)
    throw Error("repeat: the number of layers is " + std::to_string(times) + ", but it must not be negative");
  layers.reserve(static_cast<std::size_t>(times.value));
  for (int i = 0; i < times; ++i) layers.push_back(make(i));
  return layers;
}

/// The same as a std::array: repeat<2>([&](int) { return Linear{.in = width, .out = width}; }).
template <std::size_t times, class Make>
auto repeat(const Make& make) {
  return [&]<int... i>(std::integer_sequence<int, i...>) {
    return std::array<std::decay_t<decltype(make(0))>, times>{make(i)...};
  }(std::make_integer_sequence<int, static_cast<int>(times)>{});
}

/// make() if it is wanted, else nothing:
///   std::optional<Parameter> bias = when(biased, [&] { return zeros({out}); });
template <class Make>
auto when(bool wanted, const Make& make) {
  return wanted ? std::optional<std::decay_t<decltype(make())>>(make()) : std::nullopt;
}

}  // namespace heed::nn
