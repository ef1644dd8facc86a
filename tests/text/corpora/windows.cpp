#include <heed/heed.h>

#include "catch.h"

using namespace heed;
using Catch::Matchers::Message;

namespace {
const text::Tokens numbers{0, 1, 2, 3, 4, 5, 6};
}

TEST_CASE("windows of a text with the next tokens as labels", "[text]") {
  const text::Windows windows = text::windows_at(numbers, {4, 0, 3}, 2);
  CHECK(windows.tokens.to_vector<std::int64_t>() == std::vector<std::int64_t>{4, 5, 0, 1, 3, 4});
  CHECK(windows.labels.to_vector<std::int64_t>() == std::vector<std::int64_t>{5, 6, 1, 2, 4, 5});
  CHECK(windows.sequences.count() == 3);
  CHECK(windows.sequences.length(1) == 2);
  CHECK(text::windows_at(numbers, {}, 2).tokens.shape() == Shape{0});
  CHECK_THROWS_MATCHES(
      text::windows_at(numbers, {0, 5}, 2), Error,
      Message("windows_at: a window of 2 tokens at 5 and the token after it do not fit in a text of 7 tokens"));
  CHECK_THROWS_AS(text::windows_at(numbers, {-1}, 2), Error);
  CHECK_THROWS_AS(text::windows_at(numbers, {0}, 0), Error);
}

TEST_CASE("random windows cover all offsets of a text", "[text]") {
  seed(1);
  const text::Windows windows = text::random_windows(numbers, 200, 3);
  std::vector<std::size_t> starts(numbers.size());
  const auto tokens = windows.tokens.to_vector<std::int64_t>();
  for (std::size_t i = 0; i < tokens.size(); i += 3) ++starts[static_cast<std::size_t>(tokens[i])];
  for (std::size_t offset = 0; offset < 4; ++offset) CHECK(starts[offset] > 20);
  CHECK(starts[4] + starts[5] + starts[6] == 0);
  CHECK_THROWS_MATCHES(text::random_windows(numbers, 1, 7), Error,
                       Message("random_windows: a text of 7 tokens has no window of 7 tokens followed by another"));
}
