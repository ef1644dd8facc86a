#include "windows.h"

using namespace heed;

Windows windows_at(const text::Tokens& text, const std::vector<std::int64_t>& places, std::int64_t length) {
  const auto count = std::ssize(places);
  Windows windows{empty({count * length}, int64), empty({count * length}, int64), Sequences::equal(count, length)};
  auto token = windows.tokens.mutable_data<std::int64_t>().begin();
  auto label = windows.labels.mutable_data<std::int64_t>().begin();
  for (const std::int64_t place : places) {
    token = std::copy_n(text.begin() + place, length, token);
    label = std::copy_n(text.begin() + place + 1, length, label);
  }
  return windows;
}

Windows random_windows(const text::Tokens& text, std::int64_t count, std::int64_t length) {
  return windows_at(text, random_integers(0, std::ssize(text) - length, {count}).to_vector<std::int64_t>(), length);
}
