// Also tests graph/error.h.
#include <heed/graph/create.h>
#include <heed/graph/error.h>
#include <heed/graph/memory.h>
#include <heed/graph/print.h>

#include "catch.h"

using namespace heed;
using Catch::Matchers::Message;

TEST_CASE("copies of a handle share values", "[graph]") {
  Tensor a = tensor({1.0f, 2.0f, 3.0f});
  Tensor b = a;
  b.mutable_data<float>()[1] = 5;
  CHECK(a.data<float>()[1] == 5);
  CHECK(a.is(b));
  CHECK_FALSE(Tensor{});
}

TEST_CASE("data as spans", "[graph]") {
  Tensor x = tensor({1.0f, 2.0f}, {2, 1});
  CHECK(x.data<float>().size() == 2);
  CHECK_THROWS_MATCHES(x.data<double>(), Error,
                       Message("data: elements of type float64 were asked for, but the tensor [2, 1] is float32"));
  CHECK_THROWS_MATCHES(x.item(), Error, Message("item: the tensor must have one element, but its shape is [2, 1]"));
  CHECK_THROWS_MATCHES(x.size(2), Error, Message("size: axis 2 was asked for, but the shape is [2, 1]"));
  CHECK_THROWS_MATCHES(Tensor{}.shape(), Error, Message("a Tensor is used that is empty: it was never given a value"));
}

TEST_CASE("freed memory is reused", "[graph]") {
  {
    Tensor warm = empty({1000, 1000});
  }
  const auto before = memory_report();
  for (int i = 0; i < 100; ++i) {
    Tensor x = empty({1000, 1000});
    CHECK(memory_report().in_use >= before.in_use + 4'000'000);
  }
  const auto after = memory_report();
  CHECK(after.in_use == before.in_use);
  CHECK(after.in_use + after.cached == before.in_use + before.cached);
  reset_peak_memory();
  {
    Tensor x = empty({1000, 1000});
  }
  CHECK(memory_report().peak - after.in_use >= 4'000'000);
  CHECK(memory_report().peak - after.in_use < 5'100'000);
}

TEST_CASE("memory is aligned", "[graph]") {
  for (std::int64_t n : {0, 1, 15, 16, 17, 1000, 100000, 3000000})
    CHECK(reinterpret_cast<std::uintptr_t>(fill<float>(empty({n}))) % 64 == 0);
}
