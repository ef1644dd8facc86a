#include <heed/text/corpora/shuffled.h>

#include <algorithm>

#include "catch.h"

using namespace heed;

TEST_CASE("a shuffled order holds each number once, and follows from the seed", "[text]") {
  const auto order = text::shuffled(1000, {1, 2, 3});
  auto sorted = order;
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t i = 0; i < sorted.size(); ++i) REQUIRE(sorted[i] == i);
  CHECK(order != sorted);
  CHECK(order == text::shuffled(1000, {1, 2, 3}));
  CHECK(order != text::shuffled(1000, {1, 2, 4}));
  CHECK(text::shuffled(0, {1, 2, 3}).empty());
}
