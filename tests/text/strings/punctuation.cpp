#include <heed/text/strings/punctuation.h>

#include <random>

#include "catch.h"
#include "nn/temporary_folder.h"

using namespace heed;
using namespace heed::text;

TEST_CASE("punctuation is separated and joined again", "[text]") {
  CHECK(separate_punctuation("it's (so).") == "it ￭'￭ s (￭ so ￭) ￭.");
  CHECK(separate_punctuation("  a\t b \n") == "a b");
  CHECK(separate_punctuation("a - b") == "a - b");
  CHECK(separate_punctuation("((x))") == "( ￭(￭ x ￭) ￭)");
  CHECK(separate_punctuation("") == "");
  CHECK(join_punctuation("") == "");
  CHECK(join_punctuation("￭ a ￭") == "a");
  std::mt19937 random(2);
  for (int round = 0; round < 300; ++round) {
    std::string text;
    for (int i = 0; i < 30; ++i)
      text += std::vector<std::string>{"a", "b", "\u00e9", ".", ",", "(", "-", " "}[random() % 8];
    std::string expected;
    for (const char c : text)
      if (c != ' ' || (!expected.empty() && expected.back() != ' ')) expected += c;
    if (expected.ends_with(' ')) expected.pop_back();
    CAPTURE(text, separate_punctuation(text));
    CHECK(join_punctuation(separate_punctuation(text)) == expected);
  }
}
