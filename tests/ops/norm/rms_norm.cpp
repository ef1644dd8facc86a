#include <cmath>

#include "catch.h"
#include "ops/table.h"

using namespace heed;
using namespace table;

namespace {

Array reference(const std::vector<Array>& x) {
  Array y = x[0];
  const std::int64_t width = y.shape[-1];
  for (std::int64_t first = 0; first < y.size(); first += width) {
    double squares = 0;
    for (std::int64_t i = 0; i < width; ++i) squares += x[0][first + i] * x[0][first + i];
    for (std::int64_t i = 0; i < width; ++i)
      y[first + i] *= (x.size() > 1 ? x[1][i] : 1) / std::sqrt(squares / static_cast<double>(width) + 1e-3);
  }
  return y;
}

}  // namespace

TEST_CASE("rms_norm", "[ops]") {
  check_op(
      {.op = [](auto& x) { return rms_norm(x[0], x[1], 1e-3); },
       .reference = reference,
       .shapes = {{{3, 33}, {33}}, {{7}, {7}}, {{5, 1}, {1}}, {{2, 3, 7}, {7}}, {{0, 4}, {4}}, {{3, 0}, {0}}},
       .errors = {{[] { rms_norm(scalar(1.0f)); }, "rms_norm: x is [], but it must have an axis to normalise along"},
                  {[] { rms_norm(zeros({2, 4}), ones({3})); },
                   "rms_norm: scale is float32 [3] and x is float32 [2, 4], but scale must be float32 [4]"},
                  {[] { rms_norm(zeros({2, 4}, int64)); },
                   "rms_norm: the tensor is int64, but it must be float32 or float64"}},
       .float32_tolerance = 1e-5,
       .large = {{1000, 257}, {257}}});
  check_op({.op = [](auto& x) { return rms_norm(x[0], {}, 1e-3); },
            .reference = reference,
            .shapes = {{{3, 7}}, {{2, 3, 5}}},
            .float32_tolerance = 1e-5});
  const Tensor x = to_tensor(random_array({4, 3}, 1)).require_grad(), scale = ones({3}, float64);
  backward(sum(rms_norm(x, scale)));
  REQUIRE_FALSE(scale.grad());
}
