// Random numbers of an item in an epoch.
#pragma once

#include <cstdint>

#include "../../graph/fail.h"
#include "../../graph/random.h"

namespace heed::text {

/// Random number generator of an item in an epoch: the numbers depend on seed, epoch and item alone, so that examples
/// can be created in any order, by any thread, and again after a resume.
class Draws {
 public:
  /// Generator of this item in this epoch.
  Draws(std::uint64_t seed, std::uint32_t epoch, std::uint64_t item)
      : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
        counter_{0, epoch, static_cast<std::uint32_t>(item), static_cast<std::uint32_t>(item >> 32)} {}

  /// Uniform in [0, 2^32).
  std::uint32_t word() {
    if (used_ == words_.size()) {
      words_ = Philox::block(counter_, key_);
      ++counter_[0];
      used_ = 0;
    }
    return words_[used_++];
  }
  /// Uniform in 0, ..., n - 1 (to one part in 2^32 / n). Throws Error unless 1 <= n <= 2^32.
  std::int64_t below(std::int64_t n) {
    if (n < 1 || n > std::int64_t{1} << 32) [[unlikely]]
      fail("Draws: a number below {} was asked for, but it must be from 1 to 2^32", n);
    return static_cast<std::int64_t>((std::uint64_t{word()} * static_cast<std::uint64_t>(n)) >> 32);
  }
  /// Uniform in [0, 1).
  double uniform() { return word() * 0x1p-32; }

 private:
  Philox::Key key_;
  Philox::Counter counter_;
  Philox::Counter words_{};
  std::size_t used_ = 4;
};

}  // namespace heed::text
