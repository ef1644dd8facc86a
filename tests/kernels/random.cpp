#include <heed/ops/kernels/random.h>

#include <array>

#include "harness.h"

namespace heed::kernels {
namespace {

using Four = std::array<std::uint32_t, 4>;

/// Philox 4x32 with 10 rounds, as in its paper.
Four philox(Four c, std::array<std::uint32_t, 2> k) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p = 0xD2511F53ull * c[0], q = 0xCD9E8D57ull * c[2];
    c = {std::uint32_t(q >> 32) ^ c[1] ^ k[0], std::uint32_t(q), std::uint32_t(p >> 32) ^ c[3] ^ k[1],
         std::uint32_t(p)};
    k = {k[0] + 0x9E3779B9u, k[1] + 0xBB67AE85u};
  }
  return c;
}

std::uint32_t word(RandomStream key, Index w) {
  const auto block = static_cast<std::uint64_t>(16 * (w / 64) + w % 16);
  const Four c = {std::uint32_t(block), std::uint32_t(block >> 32), std::uint32_t(key.stream),
                  std::uint32_t(key.stream >> 32)};
  return philox(c, {std::uint32_t(key.seed), std::uint32_t(key.seed >> 32)})[at(w % 64 / 16)];
}

TEST_CASE("the reference Philox gives the known answers", "[kernels]") {  // Random123's for philox4x32 10
  CHECK(philox({0, 0, 0, 0}, {0, 0}) == Four{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
        Four{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Four{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("the kernels give the first known answer", "[kernels]") {
  on_each_set([](InstructionSet set) {
    Four block;
    for (Index k = 0; k < 4; ++k) get<RandomKernels>(set).random_words({0, 0}, 16 * k, &block[at(k)], 1);
    CHECK(block == Four{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  });
}

const RandomStream key{0x0123456789abcdef, 0xfedcba9876543210};
const std::vector<std::pair<Index, Index>> parts = {{0, 300}, {0, 0},   {0, 1},     {5, 1},    {15, 17},
                                                    {63, 2},  {64, 64}, {127, 130}, {250, 50}, {0x3fffffffff0, 100}};

template <class T>
double uniform(RandomStream stream, Index i) {
  if constexpr (std::is_same_v<T, float>) {
    return (word(stream, i) >> 8) * 0x1p-24;
  } else {
    const Index low = 32 * (i / 16) + i % 16;
    return double((word(stream, low) | std::uint64_t{word(stream, low + 16)} << 32) >> 11) * 0x1p-53;
  }
}

TEST_CASE("random words of any range of a stream", "[kernels]") {
  on_each_set([](InstructionSet set) {
    for (const auto& [begin, n] : parts) {
      Buffer<std::uint32_t> y(at(n));
      get<RandomKernels>(set).random_words(key, begin, y.data(), n);
      for (Index i = 0; i < n; ++i) REQUIRE(y[at(i)] == word(key, begin + i));
    }
  });
}

TEMPLATE_TEST_CASE("uniform numbers of any range of a stream", "[kernels]", float, double) {
  using T = TestType;
  on_each_set([](InstructionSet set) {
    for (const auto& [begin, n] : parts) {
      Buffer<T> y(at(n));
      get<DistributionKernels<T>>(set).uniform(key, begin, y.data(), n);
      for (Index i = 0; i < n; ++i) REQUIRE(double(y[at(i)]) == uniform<T>(key, begin + i));
    }
  });
}

TEMPLATE_TEST_CASE("normal numbers", "[kernels]", float, double) {
  using T = TestType;
  const Index n = 100000;
  std::vector<T> first(at(n));
  get<DistributionKernels<T>>(InstructionSet::baseline).normal(key, 0, first.data(), n);
  double moments[5] = {};
  for (const T x : first) {
    for (int k = 1; k <= 4; ++k) moments[k] += std::pow(double(x), k) / double(n);
  }
  CHECK(std::abs(moments[1]) < 0.015);
  CHECK(std::abs(moments[2] - 1) < 0.02);
  CHECK(std::abs(moments[3]) < 0.04);
  CHECK(std::abs(moments[4] - 3) < 0.15);
  on_each_set([&](InstructionSet set) {  // the same bits on each, and for any range
    for (const auto& [begin, size] : parts) {
      if (begin + size > n) continue;
      Buffer<T> y(at(size));
      get<DistributionKernels<T>>(set).normal(key, begin, y.data(), size);
      CHECK(std::equal(y.begin(), y.end(), first.begin() + begin));
    }
  });
}

TEMPLATE_TEST_CASE("dropout of any range, with the same mask on each instruction set", "[kernels]", float, double) {
  using T = TestType;
  for (const double p : {0.0, 0.1, 0.5, 0.999}) {
    const auto threshold = std::uint32_t(65536 * p + 0.5);
    on_each_set([&](InstructionSet set) {
      for (const auto& [begin, n] : parts) {
        Buffer<T> x = numbers<T>(n, 1, 2), y(at(n));
        get<DistributionKernels<T>>(set).dropout(key, begin, p, x.data(), y.data(), n);
        get<DistributionKernels<T>>(set).dropout(key, begin, p, x.data(), x.data(), n);
        CHECK(std::equal(x.begin(), x.end(), y.begin()));
        Buffer<T> original = numbers<T>(n, 1, 2);
        std::vector<double> expected;
        for (Index i = begin; i < begin + n; ++i) {
          const std::uint32_t bits = word(key, 16 * (i / 32) + i % 16) >> (i % 32 < 16 ? 0 : 16) & 0xffff;
          expected.push_back(bits >= threshold ? double(original[at(i - begin)]) / (1 - p) : 0);
        }
        check_close(y, expected, 1e-6);
      }
    });
  }
}

TEST_CASE("dropout removes NaN and infinity too", "[kernels]") {
  on_each_set([](InstructionSet set) {
    Buffer<float> x(std::vector<float>(1000, std::numeric_limits<float>::infinity())), y(1000);
    get<DistributionKernels<float>>(set).dropout(key, 0, 0.5, x.data(), y.data(), 1000);
    const auto dropped = std::count(y.begin(), y.end(), 0.0f);
    CHECK(dropped > 400);
    CHECK(dropped + std::count(y.begin(), y.end(), x[0]) == 1000);
  });
}

}  // namespace
}  // namespace heed::kernels
