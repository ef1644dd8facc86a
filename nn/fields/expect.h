// Checks of a layer's arguments and fields. Errors name the layer with its hyperparameters.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fields.h"

namespace heed::nn {

/// Returns the layer's type and hyperparameters as text: "Linear{in = 256, out = 10}".
std::string describe(AnyLayer layer);

namespace detail {

[[noreturn, gnu::cold]] void wrong_last_axis(AnyLayer layer, const Tensor& x, std::string_view x_name, Size expected,
                                             std::string_view field);

[[noreturn, gnu::cold]] void wrong_rows(AnyLayer layer, std::string_view name, const Tensor& x, std::int64_t tokens);
[[noreturn, gnu::cold]] void does_not_divide(AnyLayer layer, std::string_view divisor, std::string_view whole);
[[noreturn, gnu::cold]] void wrong_size(AnyLayer layer, std::string_view field, std::int64_t least);
[[noreturn, gnu::cold]] void wrong_count(AnyLayer layer, std::string_view what, std::size_t count,
                                         std::string_view field, Size expected);
[[noreturn, gnu::cold]] void too_large(AnyLayer layer, std::string_view what, std::int64_t value, Size limit,
                                       std::string_view field);

/// Returns the name of the field that `hyperparameter` refers to; empty if it is not a field of the layer.
template <fields::Layer L>
std::string_view name_of(const L& layer, const Size& hyperparameter) {
  std::string_view found;
  fields::each(layer, [&](std::string_view name, const auto& field) {
    if (static_cast<const void*>(&field) == &hyperparameter) found = name;
  });
  return found;
}

}  // namespace detail

/// Throws Error unless the last axis of x has the length `expected`, which is a field of the layer:
///   expect_last_axis(*this, x, in);
/// Linear{in = 256, out = 10}: x is [32, 784], but its last axis must be 256 (in)
template <fields::Layer L>
void expect_last_axis(const L& layer, const Tensor& x, const Size& expected, std::string_view x_name = "x") {
  if (x.rank() > 0 && x.shape()[-1] == expected) [[likely]]
    return;
  detail::wrong_last_axis(layer, x, x_name, expected, detail::name_of(layer, expected));
}

/// Throws Error unless x has a row for each token:
///   expect_rows(*this, "x", x, sequences.tokens());
/// StochasticDepth{probability = 0.1}: x is [1, 4], but it must have a row for each of 5 tokens
template <fields::Layer L>
void expect_rows(const L& layer, std::string_view name, const Tensor& x, std::int64_t tokens) {
  if (x.rank() > 0 && x.shape()[0] == tokens) [[likely]]
    return;
  detail::wrong_rows(layer, name, x, tokens);
}
/// Throws Error unless x, which has one number for each token, has the shape [tokens].
template <fields::Layer L>
void expect_one_each(const L& layer, std::string_view name, const Tensor& x, std::int64_t tokens) {
  if (x.rank() == 1 && x.shape()[0] == tokens) [[likely]]
    return;
  detail::wrong_rows(layer, name, x, tokens);
}

/// Throws Error unless the layer can be used: its function check(), if it has one, does not throw, and its parameters
/// and buffers have values. Called first in a layer's call, so that the error names the wrong field rather than an
/// operand of the first op. Functions that walk over a model call it too.
///   expect_usable(*this);
/// Linear{in = 3, out = -4}: weight has no values: empty: the shape [-4, 3] has a negative length
using fields::expect_usable;

/// Throws Error unless fields are at least `least`:
///   expect_at_least(*this, 1, kernel_size, stride);
/// Conv1d{in = 3, out = 4, kernel_size = 0}: kernel_size must be at least 1
template <fields::Layer L, class... Sizes>
void expect_at_least(const L& layer, std::int64_t least, const Sizes&... sizes) {
  const auto one = [&](const Size& size) {
    if (size < least) [[unlikely]]
      detail::wrong_size(layer, detail::name_of(layer, size), least);
  };
  (one(sizes), ...);
}

/// Throws Error unless the number of elements of a vector of sublayers equals a field:
///   expect_count(*this, "forward layers", forward, depth);
/// Recurrent{in = 4, width = 8, depth = 3}: there are 2 forward layers, but depth is 3
template <fields::Layer L, class Element>
void expect_count(const L& layer, std::string_view what, const std::vector<Element>& elements, const Size& expected) {
  if (static_cast<std::int64_t>(elements.size()) == expected) [[likely]]
    return;
  detail::wrong_count(layer, what, elements.size(), detail::name_of(layer, expected), expected);
}

/// Throws Error unless one field divides another:
///   expect_divides(*this, heads, width);
/// MultiHeadAttention{width = 10, heads = 4}: heads must divide width
template <fields::Layer L>
void expect_divides(const L& layer, const Size& divisor, const Size& whole) {
  if (divisor > 0 && whole % divisor == 0) [[likely]]
    return;
  detail::does_not_divide(layer, detail::name_of(layer, divisor), detail::name_of(layer, whole));
}

/// Throws Error if a value exceeds a limit, which is a field of the layer:
///   expect_at_most(*this, "the longest sequence", sequences.max_length(), max_length);
/// LearnedPositions{max_length = 8, width = 4}: the longest sequence is 9, but at most 8 (max_length) is possible
template <fields::Layer L>
void expect_at_most(const L& layer, std::string_view what, std::int64_t value, const Size& limit) {
  if (value <= limit) [[likely]]
    return;
  detail::too_large(layer, what, value, limit, detail::name_of(layer, limit));
}

}  // namespace heed::nn
