#include <heed/graph/create.h>
#include <heed/graph/error.h>
#include <heed/graph/memory.h>
#include <heed/graph/print.h>

#include "catch.h"

using namespace heed;
using Catch::Matchers::Message;

TEST_CASE("shapes", "[graph]") {
  Shape shape{2, 3, 4};
  CHECK(shape.elements() == 24);
  CHECK(shape[-1] == 4);
  CHECK(contiguous_strides(shape) == Shape{12, 4, 1});
  CHECK(Shape{}.elements() == 1);
  CHECK(to_string(shape) == "[2, 3, 4]");
  CHECK(is_contiguous({2, 1, 3}, {3, 77, 1}));
  CHECK_FALSE(is_contiguous({2, 3}, {1, 2}));
  CHECK_THROWS_MATCHES((Shape{1, 2, 3, 4, 5, 6, 7, 8, 9}), Error,
                       Message("a shape has at most 8 axes, but 9 were given"));
  const std::size_t width = 7;
  Size size = width;
  CHECK(size * 2 == 14);
}
