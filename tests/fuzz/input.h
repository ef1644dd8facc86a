// Random decisions from bytes of libFuzzer, or of a file of the corpus.
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);

namespace fuzz {

class Input {
 public:
  Input(const std::uint8_t* bytes, std::size_t size) : next_(bytes), end_(bytes + size) {}

  bool is_used_up() const { return next_ == end_; }
  /// Returns the next byte, 0 after the end.
  std::uint8_t byte() { return is_used_up() ? std::uint8_t{0} : *next_++; }
  /// Returns a number in [low, high]; at most 256 different ones.
  std::int64_t pick(std::int64_t low, std::int64_t high) { return low + byte() % (high - low + 1); }
  /// Returns true with probability 1 / times.
  bool once_in(int times) { return byte() % times == times - 1; }

 private:
  const std::uint8_t *next_, *end_;
};

}  // namespace fuzz
