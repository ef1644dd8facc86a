#include <heed/graph/error.h>
#include <heed/ops/kernels/elementwise.h>
#include <heed/ops/kernels/gated.h>
#include <heed/ops/kernels/softmax.h>

#include <array>
#include <cstdlib>

#include "harness.h"

namespace heed::kernels {
namespace {

/// The number of null pointers in a struct of nothing but function pointers.
template <class Family>
Index missing(const Family& family) {
  using Pointer = void (*)();
  std::array<Pointer, sizeof(Family) / sizeof(Pointer)> pointers;
  std::memcpy(&pointers, &family, sizeof family);
  return std::count(pointers.begin(), pointers.end(), nullptr);
}

TEMPLATE_TEST_CASE("families for every dtype are complete", "[kernels]", float, double, std::int32_t, std::int64_t,
                   bool, Bfloat16, Float16) {
  on_each_set([](InstructionSet set) { CHECK(missing(get<AnyKernels<TestType>>(set)) == 0); });
}

TEMPLATE_TEST_CASE("families for float and double are complete", "[kernels]", float, double) {
  on_each_set([](InstructionSet set) {
    CHECK(missing(get<NumberKernels<TestType>>(set)) == 0);
    CHECK(missing(get<ElementwiseKernels<TestType>>(set)) == 0);
    CHECK(missing(get<GatedKernels<TestType>>(set)) == 0);
  });
}

TEMPLATE_TEST_CASE("integers have every number kernel but divide", "[kernels]", std::int32_t, std::int64_t) {
  on_each_set([](InstructionSet set) {
    CHECK(missing(get<NumberKernels<TestType>>(set)) == 1);
    CHECK(get<NumberKernels<TestType>>(set).binary[Binary::divide] == nullptr);
  });
}

#if defined(__x86_64__)
TEST_CASE("AVX-512 takes its memory-bound loops from AVX2", "[kernels]") {
  const auto& wide = get<NumberKernels<float>>(InstructionSet::avx512);
  const auto& narrow = get<NumberKernels<float>>(InstructionSet::avx2);
  CHECK(wide.binary[Binary::multiply] == narrow.binary[Binary::multiply]);
  CHECK(wide.add_to == narrow.add_to);
  CHECK(wide.scale == narrow.scale);
  CHECK(wide.binary[Binary::divide] != narrow.binary[Binary::divide]);
  const auto& wide_floats = get<ElementwiseKernels<float>>(InstructionSet::avx512);
  const auto& narrow_floats = get<ElementwiseKernels<float>>(InstructionSet::avx2);
  CHECK(wide_floats.unary[Unary::relu] == narrow_floats.unary[Unary::relu]);
  CHECK(wide_floats.backward[Backward::relu] == narrow_floats.backward[Backward::relu]);
  CHECK(wide_floats.unary[Unary::exp] != narrow_floats.unary[Unary::exp]);
}
#endif

// Kernels are constant-initialised: this runs before main, in no particular order with the library's own objects.
const float before_main = [] {
  const float x = -2;
  float y = 0;
  get<ElementwiseKernels<float>>().unary[Unary::absolute]({&x}, &y, 1);
  return y;
}();

TEST_CASE("kernels can be called before main", "[kernels]") { CHECK(before_main == 2); }

TEST_CASE("an instruction set by name", "[kernels]") {
  CHECK(instruction_set_named(nullptr) == best_instruction_set());
  CHECK(instruction_set_named("baseline") == InstructionSet::baseline);
  CHECK_THROWS_WITH(instruction_set_named("AVX2"), "HEED_ISA is \"AVX2\", but it must be baseline, avx2 or avx512");
  if (best_instruction_set() != InstructionSet::avx512) {
    CHECK_THROWS_WITH(instruction_set_named("avx512"), Catch::Matchers::Contains("but this CPU has no more than"));
  }
}

TEST_CASE("the instruction set is what the environment asks for, or the best", "[kernels]") {
  const char* wanted = std::getenv("HEED_ISA");
  CHECK(std::string(name(instruction_set())) == (wanted ? wanted : name(best_instruction_set())));
  CHECK(&get<SoftmaxKernels<float>>() == &get<SoftmaxKernels<float>>(instruction_set()));
}

}  // namespace
}  // namespace heed::kernels
