// A hash that is the same on every machine, unlike std::hash: what decides which part of a corpus a text is for.
#pragma once

#include <cstdint>
#include <string_view>

namespace heed::text {

/// FNV-1a with 64 bits, by Fowler, Noll and Vo, https://datatracker.ietf.org/doc/html/rfc9923. Given the hash of what
/// came before, it goes on from there.
constexpr std::uint64_t fnv1a(std::string_view text, std::uint64_t before = 0xcbf29ce484222325) {
  for (const char c : text) before = (before ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return before;
}

}  // namespace heed::text
