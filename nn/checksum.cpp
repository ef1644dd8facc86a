#include "checksum.h"

#include <array>
#include <bit>
#include <cstring>

namespace heed::nn {
namespace {

static_assert(std::endian::native == std::endian::little);

using Block = std::array<std::uint64_t, 8>;

std::uint64_t mix(std::uint64_t h, std::uint64_t word) { return std::rotl((h ^ word) * 0x9e3779b97f4a7c15, 32); }

}  // namespace

std::uint64_t checksum(std::span<const std::byte> bytes) {
  Block lanes{0, 1, 2, 3, 4, 5, 6, 7};
  const auto take = [&](const Block& words) {
    for (std::size_t i = 0; i < words.size(); ++i) lanes[i] = mix(lanes[i], words[i]);
  };
  std::uint64_t sum = bytes.size();
  for (; bytes.size() >= sizeof(Block); bytes = bytes.subspan(sizeof(Block))) {
    Block words;
    std::memcpy(words.data(), bytes.data(), sizeof(Block));
    take(words);
  }
  if (!bytes.empty()) {
    Block words{};
    std::memcpy(words.data(), bytes.data(), bytes.size());
    take(words);
  }
  for (const std::uint64_t lane : lanes) sum = mix(sum, lane);
  return sum;
}

}  // namespace heed::nn
