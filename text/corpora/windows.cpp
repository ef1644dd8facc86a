#include "windows.h"

#include <algorithm>

#include "../../graph/create.h"
#include "../../graph/fail.h"
#include "../../graph/support/size.h"
#include "../../ops/random/sampling.h"

namespace heed::text {
using namespace heed::detail;

Windows windows_at(const Tokens& text, const std::vector<std::int64_t>& places, std::int64_t length) {
  const auto count = std::ssize(places);
  if (length < 1) fail("windows_at: the length is {}, but it must be 1 or more", length);
  const std::int64_t tokens = multiply_sizes("windows_at", count, length);
  Windows windows{empty({tokens}, int64), empty({tokens}, int64), Sequences::equal(count, length)};
  auto token = windows.tokens.mutable_data<std::int64_t>().begin();
  auto label = windows.labels.mutable_data<std::int64_t>().begin();
  for (const std::int64_t place : places) {
    if (place < 0 || place >= std::ssize(text) - length)
      fail("windows_at: a window of {} tokens at {} and the token after it do not fit in a text of {} tokens", length,
           place, text.size());
    token = std::copy_n(text.begin() + place, length, token);
    label = std::copy_n(text.begin() + place + 1, length, label);
  }
  return windows;
}

Windows random_windows(const Tokens& text, std::int64_t count, std::int64_t length) {
  if (std::ssize(text) <= length)
    fail("random_windows: a text of {} tokens has no window of {} tokens followed by another", text.size(), length);
  return windows_at(text, randint(0, std::ssize(text) - length, {count}).to_vector<std::int64_t>(), length);
}

}  // namespace heed::text
