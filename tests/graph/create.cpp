#include <heed/graph/create.h>
#include <heed/graph/error.h>
#include <heed/graph/memory.h>
#include <heed/graph/print.h>

#include "catch.h"

using namespace heed;
using Catch::Matchers::Message;

TEST_CASE("creation", "[graph]") {
  CHECK(zeros({2, 2}).to_vector<float>() == std::vector<float>{0, 0, 0, 0});
  CHECK(full({2}, 2.5, float64).to_vector<double>() == std::vector<double>{2.5, 2.5});
  CHECK(arange(3).to_vector<std::int64_t>() == std::vector<std::int64_t>{0, 1, 2});
  CHECK(tensor({true, false}).to_vector<bool>() == std::vector<bool>{true, false});
  CHECK(scalar(3.5).item() == 3.5);
  CHECK(ones({0, 4}).elements() == 0);
  CHECK_THROWS_MATCHES(tensor({1.0f, 2.0f}, {3}), Error,
                       Message("tensor: 2 values were given, but the shape [3] has 3 elements"));
  CHECK_THROWS_MATCHES(empty({2, -1}), Error, Message("empty: the shape [2, -1] has a negative length"));
}
