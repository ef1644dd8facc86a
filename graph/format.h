// fmt::print("{}", tensor) and fmt::print("{}", tensor.shape()).
#pragma once

#include <fmt/core.h>

#include "print.h"

template <>
struct fmt::formatter<heed::Tensor> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const heed::Tensor& tensor, Context& context) const {
    return fmt::formatter<std::string_view>::format(heed::to_string(tensor), context);
  }
};

template <>
struct fmt::formatter<heed::Shape> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const heed::Shape& shape, Context& context) const {
    return fmt::formatter<std::string_view>::format(heed::to_string(shape), context);
  }
};
