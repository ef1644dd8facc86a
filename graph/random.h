// Counter-based random numbers: number i of a stream depends on the seed, the stream and i alone, so they are the same
// for any number of threads and any order.
#pragma once

#include <array>
#include <cstdint>

namespace heed {

/// Random numbers of one random op: element i of its output uses number i of the stream.
struct RandomStream {
  /// Seed of the program, and number of the stream.
  std::uint64_t seed, stream;
};

/// Philox 4x32 with 10 rounds: four random 32-bit words from a counter and a key.
/// Salmon, Moraes, Dror and Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3".
struct Philox {
  /// Counter: number of the block.
  using Counter = std::array<std::uint32_t, 4>;
  /// Key: seed or stream.
  using Key = std::array<std::uint32_t, 2>;

  /// Returns the four words of a counter and a key.
  static constexpr Counter block(Counter counter, Key key) {
    for (int round = 0; round < 10; ++round) {
      const std::uint64_t product0 = std::uint64_t{0xD2511F53} * counter[0];
      const std::uint64_t product1 = std::uint64_t{0xCD9E8D57} * counter[2];
      counter = {static_cast<std::uint32_t>(product1 >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(product1),
                 static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key[1],
                 static_cast<std::uint32_t>(product0)};
      key[0] += 0x9E3779B9;  // the golden ratio
      key[1] += 0xBB67AE85;  // the square root of 3, minus 1
    }
    return counter;
  }
};

}  // namespace heed
