// Also tests ops/attention/rotary_frequencies.h.
#include <fmt/core.h>

#include <cmath>
#include <complex>

#include "catch.h"
#include "ops/table.h"

using namespace heed;
using namespace table;
using Catch::Matchers::Message;

namespace {

const std::vector<std::int64_t> places = {5, 0, 3, 1, 2, 70, 2};

Tensor positions_of(std::int64_t tokens) {
  return tensor(std::span<const std::int64_t>(places.data(), static_cast<std::size_t>(tokens)), {tokens});
}

/// Reference: each pair as a complex number, times factor growth^position e^(i position frequency).
Array turned(const std::vector<Array>& x, const RotaryFrequencies& frequencies, RotaryPairs pairs) {
  Array y = x[0];
  const std::int64_t tokens = y.shape[0], heads = y.shape[1];
  const auto n = static_cast<std::int64_t>(frequencies.pairs().size());
  for (std::int64_t t = 0; t < tokens; ++t)
    for (std::int64_t h = 0; h < heads; ++h)
      for (std::int64_t i = 0; i < n; ++i) {
        const auto pair = static_cast<std::size_t>(i);
        const auto position = static_cast<double>(places[static_cast<std::size_t>(t)]);
        const double growth = frequencies.growth().empty() ? 1 : frequencies.growth()[pair];
        const std::int64_t first = pairs == RotaryPairs::halves ? i : 2 * i,
                           second = pairs == RotaryPairs::halves ? n + i : 2 * i + 1;
        const std::complex<double> z(x[0].at({t, h, first}), x[0].at({t, h, second}));
        const auto turned_z =
            z * std::polar(frequencies.factor() * std::pow(growth, position), position * frequencies.pairs()[pair]);
        y.at({t, h, first}) = turned_z.real();
        y.at({t, h, second}) = turned_z.imag();
      }
  return y;
}

}  // namespace

TEST_CASE("rotary", "[ops]") {
  for (const double base : {100.0, 10000.0})
    check_op({.op = [=](auto& x) { return rotary(x[0], positions_of(x[0].size(0)), base); },
              .reference =
                  [=](const std::vector<Array>& x) {
                    const std::int64_t width = x[0].shape[2];
                    if (width == 0) return x[0];
                    return turned(x, rotary_frequencies(width, base), RotaryPairs::halves);
                  },
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
                          "rotary: the base is 0, but it must be positive and finite"}}});
}

TEST_CASE("rotary of part of a head, with both layouts of pairs and any frequencies", "[ops]") {
  const std::vector<RotaryFrequencies> all{
      rotary_frequencies(4, 100), rotary_frequencies(6, 10000, YarnScaling{.factor = 4, .trained_length = 64}),
      rotary_frequencies(2, 10, XposScaling{.side = RotarySide::key, .length = 20}),
      RotaryFrequencies({0.5, 0.25, 3}, 0.5, {1.01, 0.99, 1}), RotaryFrequencies({})};
  for (const RotaryFrequencies& frequencies : all)
    for (const RotaryPairs pairs : {RotaryPairs::halves, RotaryPairs::interleaved})
      check_op({.op = [=](auto& x) { return rotary(x[0], positions_of(x[0].size(0)), frequencies, pairs); },
                .reference = [=](const std::vector<Array>& x) { return turned(x, frequencies, pairs); },
                .linear = true,
                .shapes = {{{3, 2, 6}}, {{7, 1, 7}}, {{1, 3, 33}}, {{0, 2, 6}}, {{2, 0, 6}}}});
  const auto of_six = rotary_frequencies(6);
  check_op({.op = [=](auto& x) { return rotary(x[0], positions_of(x[0].size(0)), of_six); },
            .linear = true,
            .shapes = {{{3, 2, 6}}},
            .errors = {{[=] { rotary(ones({3, 2, 4}), arange(3), of_six); },
                        "rotary: x is [3, 2, 4], but with 3 frequencies it must be [tokens, heads, width] with a width "
                        "of at least 6"},
                       {[=] { rotary(ones({3, 6}), arange(3), of_six); },
                        "rotary: x is [3, 6], but with 3 frequencies it must be [tokens, heads, width] with a width of "
                        "at least 6"},
                       {[=] { rotary(ones({3, 1, 6}), arange(4), of_six); },
                        "rotary: positions are int64 [4], but with x [3, 1, 6] they must be int64 [3]"}}});
}

TEST_CASE("with xPos, dot products depend on the distance alone and decay with it", "[ops]") {
  seed(1);
  const Tensor q = normal({1, 1, 16}, 0, 1, float64), k = normal({1, 1, 16}, 0, 1, float64);
  const auto queries = rotary_frequencies(16, 10000, XposScaling{.side = RotarySide::query}),
             keys = rotary_frequencies(16, 10000, XposScaling{.side = RotarySide::key});
  const auto product = [&](const Tensor& a, const Tensor& b, std::int64_t at_q, std::int64_t at_k) {
    return sum(rotary(a, tensor<std::int64_t>({at_q}), queries) * rotary(b, tensor<std::int64_t>({at_k}), keys)).item();
  };
  CHECK(product(q, k, 7, 3) == Approx(product(q, k, 1004, 1000)).epsilon(1e-10));
  CHECK(product(q, k, 0, 0) == Approx(sum(q * k).item()).epsilon(1e-12));
  // For pair i alone: g[i]^(distance / 512) cos(distance frequency[i]).
  const Tensor pair =
      tensor({0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0}, {1, 1, 16});
  CHECK(product(pair, pair, 300, 100) ==
        Approx(std::pow((6.0 / 16 + 0.4) / 1.4, 200.0 / 512) * std::cos(200 * std::pow(10000.0, -6.0 / 16)))
            .epsilon(1e-10));
}

TEST_CASE("error messages of rotary_frequencies", "[ops]") {
  const auto says = [](const auto& call, const char* sentence) {
    CHECK_THROWS_MATCHES(call(), Error, Message(sentence));
  };
  says([] { rotary_frequencies(5); }, "rotary_frequencies: width is 5, but it must be even and at least 2");
  says([] { rotary_frequencies(0); }, "rotary_frequencies: width is 0, but it must be even and at least 2");
  says([] { rotary_frequencies(4, 1); }, "rotary_frequencies: the base is 1, but it must be more than 1");
  says([] { rotary_frequencies(2, 100, NtkScaling{.factor = 2}); },
       "rotary_frequencies: width is 2, but to scale the base it must be at least 4");
  says([] { rotary_frequencies(4, 100, LinearScaling{.factor = 0.5}); },
       "rotary_frequencies: the factor is 0.5, but it must be at least 1");
  says([] { rotary_frequencies(4, 100, DynamicNtkScaling{.factor = 2, .trained_length = 0, .length = 9}); },
       "rotary_frequencies: trained_length is 0, but it must be at least 1");
  for (const auto& [fast, slow] : {std::pair{1.0, 1.0}, {2.0, 0.0}}) {
    const std::string sentence =
        fmt::format("rotary_frequencies: fast is {} and slow {}, but fast must be more than slow, and slow more than 0",
                    fast, slow);
    const double f = fast, s = slow;
    says([=] { rotary_frequencies(4, 100, YarnScaling{.factor = 2, .trained_length = 8, .fast = f, .slow = s}); },
         sentence.c_str());
    says([=] { rotary_frequencies(4, 100, Llama3Scaling{.factor = 2, .trained_length = 8, .fast = f, .slow = s}); },
         sentence.c_str());
  }
  says([] { rotary_frequencies(4, 100, XposScaling{.side = RotarySide::key, .length = 0}); },
       "rotary_frequencies: the length is 0, but it must be positive and finite");
  says([] { RotaryFrequencies({1, 2}, 1, {1}); },
       "RotaryFrequencies: there are 2 pairs and 1 numbers of growth, but there must be one for each pair, or none");
  says([] { RotaryFrequencies({std::nan("")}); }, "RotaryFrequencies: a number is not finite");
}

TEST_CASE("dot products of rotated vectors depend on the distance alone", "[ops]") {
  seed(1);
  const Tensor q = normal({1, 1, 16}, 0, 1, float64), k = normal({1, 1, 16}, 0, 1, float64);
  const auto product = [&](std::int64_t at_q, std::int64_t at_k) {
    return sum(rotary(q, tensor<std::int64_t>({at_q})) * rotary(k, tensor<std::int64_t>({at_k}))).item();
  };
  CHECK(product(7, 3) == Approx(product(104, 100)).epsilon(1e-10));
  CHECK(product(0, 0) == Approx(sum(q * k).item()).epsilon(1e-12));
}

TEST_CASE("YaRN keeps high frequencies and divides low ones, for any trained length", "[ops]") {
  for (const double base : {2.0, 100.0, 10000.0, 1e6})
    for (const std::int64_t width : {2, 4, 64, 128})
      for (const std::int64_t trained : {1, 2, 4, 7, 64, 2048, 1'000'000'000})
        for (const bool rounded : {false, true}) {
          const YarnScaling scaling{.factor = 4, .trained_length = trained, .rounded = rounded};
          const auto plain = rotary_frequencies(width, base), scaled = rotary_frequencies(width, base, scaling);
          double before = 0;
          for (std::size_t i = 0; i < plain.pairs().size(); ++i) {
            const double turns = static_cast<double>(trained) * plain.pairs()[i] / (2 * 3.14159265358979323846);
            const double divisor = plain.pairs()[i] / scaled.pairs()[i];
            INFO(base << " " << width << " " << trained << " pair " << i << " turns " << turns);
            // Rounded ends are up to one pair further out.
            const double step = rounded ? std::pow(base, 2.0 / static_cast<double>(width)) : 1;
            if (turns >= scaling.fast * step) CHECK(divisor == Approx(1));
            if (turns * step <= scaling.slow) CHECK(divisor == Approx(4));
            CHECK(divisor >= 1 - 1e-12);
            CHECK(divisor <= 4 + 1e-12);
            CHECK(divisor >= before - 1e-12);
            before = divisor;
          }
        }
  // With 4 tokens no pair makes a full rotation.
  const auto plain = rotary_frequencies(8),
             scaled = rotary_frequencies(8, 10000, YarnScaling{.factor = 4, .trained_length = 4});
  for (std::size_t i = 0; i < 4; ++i) CHECK(scaled.pairs()[i] == Approx(plain.pairs()[i] / 4));
}
