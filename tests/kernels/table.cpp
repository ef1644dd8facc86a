#include <heed/graph/error.h>

#include "harness.h"

namespace heed::kernels {
namespace {

/// Views a struct of function pointers as an array.
template <class Part>
Index missing(const Part& part) {
  using Pointer = void (*)();
  std::array<Pointer, sizeof(Part) / sizeof(Pointer)> pointers;
  std::memcpy(&pointers, &part, sizeof part);
  return std::count(pointers.begin(), pointers.end(), nullptr);
}

TEST_CASE("the table has every kernel for every instruction set", "[kernels]") {
  on_each_set([](const Table& table) {
    CHECK(missing(of<float>(table)) == 0);
    CHECK(missing(of<double>(table)) == 0);
    CHECK(missing(of<std::int32_t>(table)) == 1);  // integers have no divide
    CHECK(missing(of<std::int64_t>(table)) == 1);
    CHECK(missing(of<bool>(table)) == 0);
    CHECK(missing(table.random) == 0);
  });
}

TEST_CASE("an instruction set by name", "[kernels]") {
  CHECK(instruction_set_named(nullptr) == best_instruction_set());
  CHECK(instruction_set_named("baseline") == InstructionSet::baseline);
  CHECK_THROWS_WITH(instruction_set_named("AVX2"), "HEED_ISA is \"AVX2\", but it must be baseline, avx2 or avx512");
  if (best_instruction_set() != InstructionSet::avx512) {
    CHECK_THROWS_WITH(instruction_set_named("avx512"), Catch::Matchers::Contains("but this CPU has no more than"));
  }
}

TEST_CASE("the instruction set is that of the environment variable, or the best", "[kernels]") {
  const char* wanted = std::getenv("HEED_ISA");
  CHECK(std::string(name(instruction_set())) == (wanted ? wanted : name(best_instruction_set())));
  CHECK(&table() == &table(instruction_set()));
}

}  // namespace
}  // namespace heed::kernels
