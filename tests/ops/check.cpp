// Tests of check_op, which must fail for wrong ops: each test marked shouldfail passes only if it fails.
#include "catch.h"
#include "table.h"

using namespace heed;
using namespace table;

namespace {

const Reference squares = elementwise([](double x) { return x * x; });

/// x^2 with a given gradient, and another one for when the gradient is recorded.
template <class Gradient, class RecordedGradient>
Op square_with(const Gradient& gradient, const RecordedGradient& recorded) {
  return [=](const std::vector<Tensor>& x) {
    return differentiable("square", {x[0]}, no_grad([&] { return x[0] * x[0]; }), [=, x = x[0]](const Tensor& dy) {
      return Gradients{ambient().grad ? recorded(x, dy) : gradient(x, dy)};
    });
  };
}
constexpr auto right = [](const Tensor& x, const Tensor& dy) { return dy * 2 * x; };

}  // namespace

TEST_CASE("check_op passes a correct op", "[check]") {
  check_op({.op = square_with(right, right), .reference = squares, .shapes = {{{3, 5}}}});
}

TEST_CASE("check_op fails on a wrong value", "[check][!shouldfail]") {
  check_op({.op = [](auto& x) { return x[0] * x[0] * 1.001; }, .reference = squares, .shapes = {{{3, 5}}}});
}

TEST_CASE("check_op fails on a wrong shape", "[check][!shouldfail]") {
  check_op({.op = [](auto& x) { return reshape(x[0] * x[0], {5, 3}); }, .reference = squares, .shapes = {{{3, 5}}}});
}

TEST_CASE("check_op fails if only strided inputs are wrong", "[check][!shouldfail]") {
  const auto op = [](auto& x) { return x[0] * x[0] + (x[0].is_contiguous() ? 0 : 1); };
  check_op({.op = op, .reference = squares, .shapes = {{{3, 5}}}});
}

TEST_CASE("check_op fails if only float32 is wrong", "[check][!shouldfail]") {
  const auto op = [](auto& x) { return x[0] * x[0] + (x[0].dtype() == float64 ? 0 : 1); };
  check_op({.op = op, .reference = squares, .shapes = {{{3, 5}}}});
}

TEST_CASE("check_op fails on a wrong gradient", "[check][!shouldfail]") {
  const auto wrong = [](const Tensor& x, const Tensor& dy) { return dy * x; };
  check_op({.op = square_with(wrong, wrong), .reference = squares, .shapes = {{{3, 5}}}});
}

TEST_CASE("check_op fails if only the recorded gradient is wrong", "[check][!shouldfail]") {
  const auto wrong = [](const Tensor& x, const Tensor& dy) { return dy * x; };
  check_op({.op = square_with(right, wrong), .reference = squares, .shapes = {{{3, 5}}}});
}

TEST_CASE("check_op fails on a wrong second derivative", "[check][!shouldfail]") {
  const auto wrong = [](const Tensor& x, const Tensor& dy) { return dy * 2 * x.detach(); };
  check_op({.op = square_with(right, wrong), .reference = squares, .shapes = {{{3, 5}}}});
}

TEST_CASE("check_op fails if bits depend on the number of threads", "[check][!shouldfail]") {
  const auto op = [](auto& x) { return x[0] * x[0] * (1 + (threads() > 1 ? 4e-16 : 0)); };
  check_op({.op = op, .reference = squares, .shapes = {{{3, 5}}}});
}

TEST_CASE("check_op fails if a nonlinear op is declared linear", "[check][!shouldfail]") {
  check_op({.op = square_with(right, right), .reference = squares, .linear = true, .shapes = {{{3, 5}}}});
}

TEST_CASE("check_op fails if a linear op is not declared linear", "[check][!shouldfail]") {
  check_op({.op = [](auto& x) { return x[0] * 2; }, .shapes = {{{3, 5}}}});
}

TEST_CASE("check_op fails if an op is wrongly declared multilinear", "[check][!shouldfail]") {
  check_op({.op = [](auto& x) { return x[0] * x[1] + x[1]; }, .multilinear = true, .shapes = {{{5}, {5}}}});
}

TEST_CASE("check_op fails if a multilinear op is not declared multilinear", "[check][!shouldfail]") {
  check_op({.op = [](auto& x) { return x[0] * x[1]; }, .shapes = {{{5}, {5}}}});
}

TEST_CASE("check_op fails on an unexpected error message", "[check][!shouldfail]") {
  check_op({.op = square_with(right, right),
            .reference = squares,
            .shapes = {{{3, 5}}},
            .errors = {{[] { add(zeros({2}), zeros({3})); }, "add: no"}}});
}

TEST_CASE("check_op fails on a missing error", "[check][!shouldfail]") {
  check_op({.op = square_with(right, right),
            .reference = squares,
            .shapes = {{{3, 5}}},
            .errors = {{[] { add(zeros({3}), zeros({3})); }, "add: no"}}});
}

TEST_CASE("check_op fails if there is nothing to check", "[check][!shouldfail]") {
  check_op({.op = square_with(right, right), .reference = squares});
}
