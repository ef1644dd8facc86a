#include <heed/graph/create.h>
#include <heed/graph/error.h>
#include <heed/graph/memory.h>
#include <heed/graph/print.h>
#include <heed/graph/support/machine_memory.h>
#include <heed/ops/math/arithmetic.h>
#include <heed/ops/reduce/reduce.h>
#include <heed/ops/shape/shape.h>
#include <heed/ops/shape/view.h>

#include <limits>

#include "catch.h"

using namespace heed;
using namespace heed::detail;

namespace {

constexpr std::int64_t max_size = std::numeric_limits<std::int64_t>::max(), tera = std::int64_t{1} << 40;

}  // namespace

TEST_CASE("shapes whose number of elements overflows are errors", "[graph]") {
  const std::string end = " have a product that does not fit in 64 bits";
  CHECK_THROWS_WITH(empty({std::int64_t{1} << 32, std::int64_t{1} << 32}),
                    "the lengths of the shape [4294967296, 4294967296]" + end);
  CHECK_THROWS_WITH((Shape{max_size, 2}.elements()), "the lengths of the shape [9223372036854775807, 2]" + end);
  CHECK_THROWS_WITH(empty({tera, tera, 0}), "the lengths of the shape [1099511627776, 1099511627776, 0]" + end);
  CHECK_THROWS_WITH(empty({0, tera, tera}), "the lengths of the shape [0, 1099511627776, 1099511627776]" + end);
  CHECK_THROWS_WITH(empty({max_size}),
                    "a tensor [9223372036854775807] of float32 takes more bytes than can be counted in 64 bits");
  CHECK_THROWS_WITH(broadcast_to(zeros({}), {tera, tera}),
                    "the lengths of the shape [1099511627776, 1099511627776]" + end);
  CHECK(Shape{max_size, 1}.elements() == max_size);
  CHECK(broadcast_to(zeros({}), {max_size}).elements() == max_size);
}

TEST_CASE("a tensor without elements may have long axes, and is formatted", "[graph]") {
  CHECK(zeros({tera, 0}).elements() == 0);
  CHECK(zeros({tera, 0}).strides() == Shape{0, 1});
  CHECK(to_string(zeros({3, 0})) == "[[],\n [],\n []]  float32 [3, 0]");
  CHECK(to_string(zeros({tera, 0})) == "[[],\n [],\n [],\n ...,\n [],\n [],\n []]  float32 [1099511627776, 0]");
  CHECK(to_string(zeros({0, tera})) == "[]  float32 [0, 1099511627776]");
}

TEST_CASE("a failed allocation is an error and is not counted", "[graph]") {
  reset_peak_memory();
  const MemoryReport before = memory_report();
  for (const std::int64_t length :
       {std::int64_t{1} << 60, std::int64_t{1} << 46, std::int64_t{1} << 44, machine_memory() / 4 + 1})
    for (const auto& make : {+[](std::int64_t n) { return empty({n}); }, +[](std::int64_t n) { return zeros({n}); },
                             +[](std::int64_t n) { return contiguous(broadcast_to(zeros({}), {n})); },
                             +[](std::int64_t n) { return broadcast_to(zeros({}), {n}) + 1; }}) {
      const std::string start = "a tensor [" + std::to_string(length) + "] of float32 takes " +
                                std::to_string(4 * length) + " bytes: out of memory: ";
      CHECK_THROWS_WITH(make(length), Catch::StartsWith(start));
      CHECK(memory_report().in_use == before.in_use);
      CHECK(memory_report().peak < before.in_use + 4096);
    }
  CHECK(memory_report().cached >= 0);
  CHECK(sum(ones({1000})).item() == 1000);
  const Tensor x = arange(10'000'000, float32);
  CHECK_THROWS_WITH(unsqueeze(x, 1) - unsqueeze(x, 0),
                    Catch::StartsWith("a tensor [10000000, 10000000] of float32 takes 400000000000000 bytes"));
  CHECK_THROWS_WITH(broadcast_to(zeros({}), {tera}).to_vector<float>(),
                    Catch::StartsWith("to_vector: the 1099511627776 elements of the tensor [1099511627776] take more"));
}

TEST_CASE("machine_memory is plausible", "[graph]") {
  CHECK(machine_memory() > std::int64_t{64} << 20);
  CHECK(machine_memory() < std::int64_t{1} << 60);
}
