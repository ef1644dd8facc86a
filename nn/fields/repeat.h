// Repeated and optional sublayers, built by a function.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "../../graph/error.h"
#include "../../graph/shape.h"
#include "fields.h"
#include "plan.h"

namespace heed::nn {
namespace detail {

constexpr std::int64_t max_layers = 1 << 16;

std::string wrong_times(Size times);
/// Replaces every parameter and buffer of a layer by one that throws Error with the sentence when it is used.
void unmake(AnyMutableLayer layer, const std::string& sentence);
/// Throws Error if a layer shares a parameter with an earlier one.
void expect_unshared(const std::vector<AnyLayer>& layers);

}  // namespace detail

/// Builds a vector of layers, make(0), make(1), ..., make(times - 1), each with separate parameters, at most 65536. (A
/// std::vector(times, Linear{...}) would hold copies, which share their parameters.) If `times` is negative or too
/// large, the result is one layer whose parameters throw Error when they are used, since field initializers must not
/// throw (parameter.h). Throws Error if two layers share a parameter, as they do if make copies a layer that was built
/// outside; to share parameters on purpose, assign them afterwards.
template <class Make>
auto repeat(Size times, const Make& make) {
  using Made = std::decay_t<decltype(make(0))>;
  std::vector<Made> layers;
  if (times < 0 || times > detail::max_layers) {
    const std::string sentence = detail::wrong_times(times);
    if constexpr (fields::Layer<Made>) {
      layers.push_back(make(0));
      detail::unmake(layers[0], sentence);
    } else if constexpr (fields::State<Made> && !std::is_same_v<Made, Mode>) {
      layers.push_back(Made(heed::detail::invalid_tensor(sentence)));
    } else {
      throw Error(sentence);
    }
    return layers;
  }
  layers.reserve(static_cast<std::size_t>(times.value));
  for (int i = 0; i < times; ++i) {
    if (detail::Plan::current && detail::Plan::current->is_too_much()) break;
    layers.push_back(make(i));
  }
  if constexpr (fields::Layer<Made>) detail::expect_unshared({layers.begin(), layers.end()});
  return layers;
}

/// Builds a std::array of layers: repeat<2>([&](int) { return Linear{.in = width, .out = width}; }).
template <std::size_t times, class Make>
auto repeat(const Make& make) {
  return [&]<int... i>(std::integer_sequence<int, i...>) {
    return std::array<std::decay_t<decltype(make(0))>, times>{make(i)...};
  }(std::make_integer_sequence<int, static_cast<int>(times)>{});
}

/// Returns make() if `wanted`, else std::nullopt:
///   std::optional<Parameter> bias = when(biased, [&] { return zeros({out}); });
template <class Make>
auto when(bool wanted, const Make& make) {
  return wanted ? std::optional<std::decay_t<decltype(make())>>(make()) : std::nullopt;
}

}  // namespace heed::nn
