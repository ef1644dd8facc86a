// Also tests graph/format.h.
#include <heed/graph/create.h>
#include <heed/graph/memory.h>
#include <heed/graph/print.h>

#include <cmath>
#include <limits>

#include "catch.h"

using namespace heed;
using Catch::Matchers::Message;

TEST_CASE("tensors are formatted for reading", "[graph]") {
  CHECK(to_string(tensor({1.0f, -2.5f, 0.0f, 10.0f}, {2, 2})) ==
        "[[ 1.0000, -2.5000],\n [ 0.0000, 10.0000]]  float32 [2, 2]");
  CHECK(to_string(tensor({1, 20, 300})) == "[  1,  20, 300]  int32 [3]");
  CHECK(to_string(scalar(1e-9)) == "1.0000e-09  float64 []");
  CHECK(to_string(tensor({true, false})) == "[ true, false]  bool [2]");
  CHECK(to_string(zeros({2, 0})) == "[[],\n []]  float32 [2, 0]");
  CHECK(to_string(arange(2000)) == "[   0,    1,    2, ..., 1997, 1998, 1999]  int64 [2000]");
  CHECK(to_string(Tensor{}) == "an empty Tensor");
  CHECK(to_string(tensor({std::numeric_limits<float>::infinity(), NAN})) == "[inf, nan]  float32 [2]");
}
