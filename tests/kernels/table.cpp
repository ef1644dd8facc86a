#include <heed/graph/error.h>

#include "harness.h"

namespace heed::kernels {
namespace {

/// Every entry of a struct of nothing but function pointers, seen as an array.
template <class Part>
Index missing(const Part& part) {
  using Pointer = void (*)();
  std::array<Pointer, sizeof(Part) / sizeof(Pointer)> pointers;
  std::memcpy(&pointers, &part, sizeof part);
  return std::count(pointers.begin(), pointers.end(), nullptr);
}

TEST_CASE("every kernel is entered for every instruction set", "[kernels]") {
  for (const auto set : {InstructionSet::baseline, InstructionSet::avx2, InstructionSet::avx512}) {
    CHECK(missing(of<float>(table(set))) == 0);
    CHECK(missing(of<double>(table(set))) == 0);
    CHECK(missing(of<std::int32_t>(table(set))) == 1);  // integers have no divide
    CHECK(missing(of<std::int64_t>(table(set))) == 1);
    CHECK(missing(of<bool>(table(set))) == 0);
    CHECK(missing(table(set).random) == 0);
  }
}

TEST_CASE("the instruction set is what the environment asks for, or the best", "[kernels]") {
  const char* wanted = std::getenv("HEED_ISA");
  CHECK(std::string(name(instruction_set())) == (wanted ? wanted : name(best_instruction_set())));
  CHECK(&table() == &table(instruction_set()));
}

}  // namespace
}  // namespace heed::kernels
