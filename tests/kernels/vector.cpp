#include "harness.h"
#include "vector_target.h"

namespace heed::kernels {
namespace {

TEMPLATE_TEST_CASE("lanes of a vector", "[kernels]", float, double, std::int32_t, std::int64_t) {
  using T = TestType;
  using V = Vector<T>;
  constexpr int lanes = V::lanes;
  const V up = ascending(T(1));
  const T total = T(lanes) * T(lanes + 1) / 2;
  CHECK(sum(up) == total);
  CHECK(max(up) == T(lanes));
  CHECK(sum(where(up > T(1), up, T(0))) == total - 1);
  CHECK(sum(min(up, T(1)) + max(up, T(1)) - up) == T(lanes));
  CHECK(any(up == T(lanes)));
  CHECK(!any(up > T(lanes)));
  CHECK(!any((up > T(1)) & (up < T(2))));
  CHECK(any((!(up > T(1))) | (up < T(0))));
  for (int count = 0; count < lanes; ++count) {
    Buffer<T> x = numbers<T>(count), y(at(count));
    const V v = load<T>(x.data(), count, T(7)), strided = gather<T>(x.data(), 1, count);
    store<T>(y.data(), v, count);
    CHECK(std::equal(x.begin(), x.end(), y.begin()));
    for (int lane = 0; lane < lanes; ++lane) {
      CHECK(v[lane] == (lane < count ? x[at(lane)] : T(7)));
      CHECK(strided[lane] == (lane < count ? x[at(lane)] : T(0)));
      CHECK(first_lanes<T>(count)[lane] == (lane < count));
    }
  }
}

TEST_CASE("scalars mix with vectors", "[kernels]") {
  const Vector<float> x = ascending(1.0f);
  CHECK((2 * x + 1)[1] == 5);
  CHECK((1 / x)[1] == 0.5f);
  CHECK(sqrt(x * x)[2] == 3);
  CHECK(abs(-x)[2] == 3);
  CHECK(std::signbit(Vector<float>(-0.0f)[0]));
  CHECK(sigmoid(Vector<double>(0.0))[0] == 0.5);
}

TEST_CASE("two targets in one program are separate", "[kernels]") {
  if (best_instruction_set() < InstructionSet::avx2) return;
  Buffer<float> x(std::vector<float>(100, 1));
  CHECK(lanes_for_avx2() == 8);
  CHECK(sum_for_avx2(x.data(), 100) == 100);
  CHECK(user::sum(x.data(), 100) == 100);
}

}  // namespace
}  // namespace heed::kernels
