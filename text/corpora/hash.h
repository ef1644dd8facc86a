// Hash function that is the same on every machine, unlike std::hash. Used to split corpora.
#pragma once

#include <cstdint>
#include <string_view>

namespace heed::text {

/// 64-bit FNV-1a hash by Fowler, Noll and Vo, https://datatracker.ietf.org/doc/html/rfc9923. `before` is the hash of a
/// preceding text, to continue from.
constexpr std::uint64_t fnv1a(std::string_view text, std::uint64_t before = 0xcbf29ce484222325) {
  for (const char c : text) before = (before ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return before;
}

}  // namespace heed::text
