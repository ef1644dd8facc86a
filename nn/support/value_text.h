// Internal: hyperparameters as text. Not included by public headers, so that they do not depend on fmt.
#pragma once

#include <fmt/format.h>

#include "../fields/fields.h"

namespace heed::nn::fields::detail {

/// Returns a hyperparameter as text: 256, 0.1, true, "a text", or an enum's name.
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

}  // namespace heed::nn::fields::detail
