#include "catch.h"
#include "ops/elementwise_rows.h"

using namespace heed;
using namespace table;

namespace {

double sigmoid_of(double x) { return 1 / (1 + std::exp(-x)); }

void check_gated(const std::string& name, Function2 f, double (*activation)(double)) {
  check_op(
      {.op = [f](auto& x) { return f(x[0], x[1]); },
       .reference = elementwise([=](double gate, double up) { return activation(gate) * up; }),
       .shapes = {{{33}, {33}}, {{2, 7}, {2, 7}}, {{1}, {1}}, {{}, {}}, {{0, 4}, {0, 4}}},
       .errors = {{[f] { f(zeros({2, 3}), zeros({3})); },
                   name + ": gate is [2, 3] and up is [3], but both must have the same shape"},
                  {[f] { f(zeros({2}), zeros({2}, float64)); },
                   name + ": gate is float32 and up is float64, but both must have the same dtype; cast one of them"},
                  {[f] { f(arange(2), arange(2)); },
                   name + ": the tensor is int64, but it must be float32 or float64"}},
       .kinks = {0},
       .large = {{20, 1001}, {20, 1001}}});
}

}  // namespace

TEST_CASE("swiglu", "[ops]") {
  check_gated("swiglu", swiglu, [](double x) { return x * sigmoid_of(x); });
}

TEST_CASE("geglu", "[ops]") {
  check_gated("geglu", geglu, [](double x) { return x * std::erfc(-x / std::sqrt(2.0)) / 2; });
}

TEST_CASE("reglu", "[ops]") {
  check_gated("reglu", reglu, [](double x) { return x > 0 ? x : 0; });
}

TEST_CASE("glu", "[ops]") {
  const auto halves = [](int axis) {
    return [axis](const std::vector<Array>& x) {
      Shape shape = x[0].shape;
      shape[axis] /= 2;
      Array y(shape);
      for (std::int64_t i = 0; i < y.size(); ++i) {
        Shape place = place_of(i, shape);
        const double a = x[0].at(place);
        place[axis] += shape[axis];
        y[i] = a * sigmoid_of(x[0].at(place));
      }
      return y;
    };
  };
  check_op(
      {.op = [](auto& x) { return glu(x[0]); },
       .reference = halves(-1),
       .shapes = {{{3, 14}}, {{2}}, {{0, 4}}, {{3, 0}}},
       .errors = {{[] { glu(zeros({2, 3})); }, "glu: x is [2, 3], but axis 1 must have an even length to be halved"},
                  {[] { glu(zeros({2}), 1); }, "glu: axis 1 was given, but x is [2]"},
                  {[] { glu(arange(2)); }, "glu: the tensor is int64, but it must be float32 or float64"}},
       .large = {{20, 1002}}});
  check_op({.op = [](auto& x) { return glu(x[0], 0); }, .reference = halves(0), .shapes = {{{4, 5}}, {{2, 3, 2}}}});
}
