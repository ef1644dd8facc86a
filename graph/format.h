// Formatters for fmt: fmt::print("{}", tensor) and fmt::print("{}", tensor.shape()).
#pragma once

#include <fmt/core.h>

#include <algorithm>
#include <concepts>

#include "print.h"

template <class T>
  requires std::same_as<T, heed::Tensor> || std::same_as<T, heed::Shape>
struct fmt::formatter<T> {
  constexpr auto parse(fmt::format_parse_context& context) { return context.begin(); }

  template <class Context>
  auto format(const T& value, Context& context) const {
    const std::string text = heed::to_string(value);
    return std::copy(text.begin(), text.end(), context.out());
  }
};
