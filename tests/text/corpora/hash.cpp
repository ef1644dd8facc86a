#include <heed/text/corpora/hash.h>

#include "catch.h"

using namespace heed;

TEST_CASE("FNV-1a has the values of its authors", "[text]") {
  // RFC 9923, test vectors of 64 bits.
  CHECK(text::fnv1a("") == 0xcbf29ce484222325);
  CHECK(text::fnv1a("a") == 0xaf63dc4c8601ec8c);
  CHECK(text::fnv1a("foobar") == 0x85944171f73967e8);
  CHECK(text::fnv1a("bar", text::fnv1a("foo")) == text::fnv1a("foobar"));
}
