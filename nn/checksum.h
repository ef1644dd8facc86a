#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace heed::nn {

/// A checksum that differs for any two texts of one length that differ within one word of 8 bytes, and for others by
/// all but 1 in 2^64. For words w[0], w[1], ... of 8 bytes, little endian, zeros behind the end to a multiple of 64
/// bytes,
///   mix(h, w) = rotate_left((h ^ w) * 0x9e3779b97f4a7c15, 32)
///   lane[i] = i for i = 0, ..., 7;   then lane[k % 8] = mix(lane[k % 8], w[k]) for k = 0, 1, ...
///   sum = number of bytes;           then sum = mix(sum, lane[i]) for i = 0, ..., 7
std::uint64_t checksum(std::span<const std::byte> bytes);

}  // namespace heed::nn
