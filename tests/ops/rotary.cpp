#include <cmath>

#include "catch.h"
#include "table.h"

using namespace heed;
using namespace table;
using Catch::Matchers::Message;

namespace {

const std::vector<std::int64_t> places = {5, 0, 3, 1, 2, 70, 2};

Tensor positions_of(std::int64_t tokens) {
  return tensor(std::span<const std::int64_t>(places.data(), static_cast<std::size_t>(tokens)), {tokens});
}

/// Each pair as a complex number, times e^(i position base^(-2 i / width)).
Array turned(const std::vector<Array>& x, double base) {
  Array y = x[0];
  const std::int64_t tokens = y.shape[0], heads = y.shape[1], width = y.shape[2], half = width / 2;
  for (std::int64_t t = 0; t < tokens; ++t)
    for (std::int64_t h = 0; h < heads; ++h)
      for (std::int64_t i = 0; i < half; ++i) {
        const double angle = static_cast<double>(places[static_cast<std::size_t>(t)]) *
                             std::pow(base, -2.0 * static_cast<double>(i) / static_cast<double>(width));
        const double a = x[0].at({t, h, i}), b = x[0].at({t, h, i + half});
        y.at({t, h, i}) = a * std::cos(angle) - b * std::sin(angle);
        y.at({t, h, i + half}) = b * std::cos(angle) + a * std::sin(angle);
      }
  return y;
}

}  // namespace

TEST_CASE("rotary", "[ops]") {
  for (const double base : {100.0, 10000.0})
    check_op({.op = [=](auto& x) { return rotary(x[0], positions_of(x[0].size(0)), base); },
              .reference = [=](const std::vector<Array>& x) { return turned(x, base); },
              .linear = true,
              .shapes = {{{3, 2, 6}}, {{7, 1, 2}}, {{1, 3, 34}}, {{0, 2, 4}}, {{2, 0, 4}}, {{2, 2, 0}}},
              .errors = {{[] { rotary(ones({3, 4}), arange(3)); },
                          "rotary: x is [3, 4], but it must be [tokens, heads, width] with an even width"},
                         {[] { rotary(ones({3, 1, 5}), arange(3)); },
                          "rotary: x is [3, 1, 5], but it must be [tokens, heads, width] with an even width"},
                         {[] { rotary(ones({3, 1, 4}), arange(2)); },
                          "rotary: positions are int64 [2], but with x [3, 1, 4] they must be int64 [3]"},
                         {[] { rotary(ones({1, 1, 4}), tensor<std::int64_t>({-2})); },
                          "rotary: position -2 of token 0 is negative"},
                         {[] { rotary(ones({1, 1, 4}), arange(1), 0); },
                          "rotary: the base is 0, but it must be positive"}}});
}

TEST_CASE("products of turned vectors depend on the distance alone", "[ops]") {
  seed(1);
  const Tensor q = normal({1, 1, 16}, 0, 1, float64), k = normal({1, 1, 16}, 0, 1, float64);
  const auto product = [&](std::int64_t at_q, std::int64_t at_k) {
    return sum(rotary(q, tensor<std::int64_t>({at_q})) * rotary(k, tensor<std::int64_t>({at_k}))).item();
  };
  CHECK(product(7, 3) == Approx(product(104, 100)).epsilon(1e-10));
  CHECK(product(0, 0) == Approx(sum(q * k).item()).epsilon(1e-12));
}
