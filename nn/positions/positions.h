// Absolute position embeddings, which are added to token embeddings: types for the field `positions` of TokenEmbedding.
#pragma once

#include "../../ops/index/gather_rows.h"
#include "../../ops/math/arithmetic.h"
#include "../../ops/sequences/sequences.h"
#include "../fields/expect.h"
#include "../fields/given.h"
#include "../fields/init.h"
#include "../fields/parameter.h"

namespace heed::nn {

/// Learned position embedding: y[i, :] = weight[position of token i, :];  weight: [max_length, width], y: [tokens,
/// width]. Gehring et al. 2017, arXiv:1705.03122, section 3.1.
struct LearnedPositions {
  Size max_length = 512, width;
  float stddev = 0.02f;
  Parameter weight{{max_length, width}, normal_with(stddev)};

  Tensor operator()(const Sequences& sequences) const;
  /// Embeddings of given positions, int64 [tokens].
  Tensor operator()(const Tensor& positions) const;
  /// Adds the vectors to x, [tokens, width].
  Tensor operator()(const Tensor& x, const Tensor& positions) const;
};

/// Sinusoidal position embedding: for each position p and feature i, with the angle a = p base^(-2 floor(i / 2) /
/// width),
///   y[p, i] = sin a for even i, cos a for odd i
///   positions: [tokens] of int64, not negative;  y: [tokens, width], float32 or float64
/// It has no parameters, and no maximum position. Vaswani et al. 2017, arXiv:1706.03762, section 3.5.
struct SinusoidalPositions {
  Size width;
  float base = 10000;

  Tensor operator()(const Tensor& positions, DType dtype = float32) const;
  Tensor operator()(const Sequences& sequences, DType dtype = float32) const;
  /// Adds the vectors to x, [tokens, width].
  Tensor operator()(const Tensor& x, const Tensor& positions) const;
  void check() const;
};

namespace detail {
[[noreturn, gnu::cold]] void too_long(AnyLayer layer, std::int64_t length, std::int64_t possible);
constexpr std::int64_t max_first_position = std::int64_t{1} << 40;
[[noreturn, gnu::cold]] void too_late(AnyLayer layer, Size first);
[[noreturn, gnu::cold]] void wrong_width(AnyLayer layer, std::string_view field, std::int64_t width, Size expected);
}  // namespace detail

/// Returns the number of available positions; 0: unlimited.
template <class Positions>
std::int64_t max_positions(const Positions& positions) {
  if constexpr (fields::detail::is_one_of<Positions>) {
    return std::visit([](const auto& one) { return max_positions(one); }, positions.variant());
  } else if constexpr (requires { positions.max_length.value; }) {
    return positions.max_length.value;
  } else {
    return 0;
  }
}

namespace detail {
/// Returns the number of positions from `first` on, out of `count`.
constexpr std::int64_t positions_from(std::int64_t first, std::int64_t count) {
  return first < 0 || first > count ? 0 : count - first;
}

/// Throws Error, which names the layer, if there are fewer than `length` positions from `first` on.
template <fields::Layer L, class Positions>
void expect_positions(const L& layer, std::int64_t length, std::int64_t first, const Positions& positions) {
  const std::int64_t count = max_positions(positions);
  if (count > 0 && length > positions_from(first, count)) [[unlikely]]
    too_long(layer, length, positions_from(first, count));
}

/// Throws Error, which names the layer, if a sublayer has a width other than `expected`.
template <fields::Layer L, class Sublayer>
void expect_width(const L& layer, std::string_view field, const Sublayer& sublayer, const Size& expected) {
  if (const std::int64_t width = width_of(sublayer); width >= 0 && width != expected) [[unlikely]]
    wrong_width(layer, field, width, expected);
}
}  // namespace detail

}  // namespace heed::nn
