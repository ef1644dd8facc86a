// How a hyperparameter is printed for people. Not in public headers, for fmt's sake.
#pragma once

#include <fmt/format.h>

#include "fields.h"

namespace heed::nn::fields {

/// 256, 0.1, true, "a text", or an enum's name.
inline std::string to_text(const Value& value) {
  return std::visit(
      [](const auto& one) -> std::string {
        using T = std::decay_t<decltype(one)>;
        if constexpr (std::is_same_v<T, Enumerator>) {
          return one.name.empty() ? fmt::format("{}", one.number) : std::string(one.name);
        } else if constexpr (std::is_same_v<T, std::string_view>) {
          return fmt::format("\"{}\"", one);
        } else {
          return fmt::format("{}", one);
        }
      },
      value);
}

}  // namespace heed::nn::fields
