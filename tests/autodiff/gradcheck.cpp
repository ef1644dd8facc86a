#include <heed/heed.h>

#include "catch.h"

using namespace heed;

namespace {

Tensor variable(std::initializer_list<double> values) { return tensor(values).require_grad(); }
Tensor variable(std::initializer_list<double> values, const Shape& shape) {
  return tensor(values, shape).require_grad();
}

std::string message(const GradcheckResult& result) {
  REQUIRE_FALSE(result.ok);
  return result.message;
}

/// y = x^2 whose gradient is `wrong`.
template <class Gradient>
Tensor square_with(const Tensor& x, const Gradient& wrong) {
  return differentiable("square", {x}, no_grad([&] { return x * x; }), wrong);
}

}  // namespace

TEST_CASE("gradcheck passes right gradients") {
  const Tensor x = variable({0.5, -1.25, 2, 0.75}, {2, 2}), y = variable({1.5, -0.5});
  const auto f = [](const Tensor& a, const Tensor& b) { return tanh(a * b) / (2 + a * a); };
  REQUIRE(gradcheck(f, {x, y}));
  REQUIRE(gradgradcheck(f, {x, y}));
  REQUIRE(x.to_vector<double>() == std::vector{0.5, -1.25, 2.0, 0.75});
  REQUIRE_FALSE(x.grad());
}

TEST_CASE("gradcheck takes spans, several results, integers among them, and views") {
  const Tensor x = variable({1, 2, 3, 4, 5, 6}, {2, 3});
  const Tensor turned = transpose(x.detach()).require_grad();
  const auto f = [](std::span<const Tensor> all) {
    return std::vector{exp(all[0] * 0.1), cast(all[0], int64), sum(all[0] * all[0], {0})};
  };
  for (const Tensor& input : {x, turned}) {
    REQUIRE(gradcheck(f, {input}));
    REQUIRE(gradgradcheck(f, {input}));
  }
}

TEST_CASE("gradcheck projects results that are many") {
  const Tensor x = variable({0.3, -0.4, 1.5});
  const auto f = [](const Tensor& a) { return tanh(broadcast_to(a, {50, 3}) * 0.7); };
  REQUIRE(gradcheck(f, {x}));
  REQUIRE(gradgradcheck(f, {x}));
  const auto late = [&](const Tensor& a) {  // only one element of 150 is wrong
    Tensor y = f(a);
    return concat({slice(y, 0, 0, 49), select(y, 0, 49).detach() + zeros({1, 3}, float64)});
  };
  REQUIRE(message(gradcheck(late, {x})).find("input 0 at [0]: the gradient of a random sum of the results is") !=
          std::string::npos);
}

TEST_CASE("gradcheck checks what a function captured") {
  const Tensor x = variable({0.3, -0.4});
  REQUIRE(gradcheck([&](std::span<const Tensor>) { return x * x; }, {x}));
}

TEST_CASE("gradcheck draws the same random numbers in every call, and leaves the next ones") {
  const Tensor x = variable({0.3, -0.4, 1.5, 2});
  seed(5);
  const auto f = [](const Tensor& a) {
    const double factor = static_cast<double>(next_random_stream().stream) + 1;
    return a * a * factor;
  };
  REQUIRE(gradcheck(f, {x}));
  REQUIRE(gradgradcheck(f, {x}));
  REQUIRE(next_random_stream().stream == 0);
}

TEST_CASE("gradcheck fails on a wrong gradient") {
  const Tensor x = variable({3, 0.5});
  const auto f = [](const Tensor& a) {
    return square_with(a, [a](const Tensor& dy) { return Gradients{dy * a * 3}; });
  };
  REQUIRE(message(gradcheck(f, {x})) ==
          "gradcheck: input 0 at [0]: the gradient of result 0 at [0] is 9, but the difference is 6");
}

TEST_CASE("gradgradcheck fails where only the second derivative is wrong") {
  const Tensor x = variable({3, 0.5});
  const auto f = [](const Tensor& a) {
    return square_with(a, [a](const Tensor& dy) { return Gradients{dy * a.detach() * 2}; });
  };
  REQUIRE(gradcheck(f, {x}));
  REQUIRE(message(gradgradcheck(f, {x})) ==
          "gradcheck: input 0 at [0]: the gradient of result 0 at [0] is 0 as no dependence was recorded, but the "
          "difference is 2.7610404");
}

TEST_CASE("gradgradcheck fails where a gradient is not made of ops and has no composition") {
  const Tensor x = variable({3, 0.5});
  const auto f = [](const Tensor& a) {
    return square_with(a, [a](const Tensor& dy) {
      Tensor dx = empty(a.shape(), float64);
      for (int i = 0; i < 2; ++i) fill<double>(dx)[i] = 2 * read<double>(a)[i] * read<double>(dy)[i];
      return Gradients{dx};
    });
  };
  REQUIRE(gradcheck(f, {x}));
  REQUIRE(message(gradgradcheck(f, {x})) ==
          "gradcheck: the gradient cannot be computed: square: its gradient for input 0 is not made of ops, so it "
          "cannot be differentiated again; pass a composition to differentiable");
}

TEST_CASE("gradcheck fails on a gradient of wrong size") {
  const Tensor x = variable({3, 0.5});
  const auto f = [](const Tensor& a) { return square_with(a, [](const Tensor& dy) { return Gradients{sum(dy)}; }); };
  REQUIRE(message(gradcheck(f, {x})) ==
          "gradcheck: the gradient cannot be computed: square: its gradient for input 0 is float64 [], but that input "
          "is float64 [2]");
}

TEST_CASE("gradcheck fails on a dependence that was not recorded") {
  const Tensor x = variable({3, 0.5}), w = variable({2, 4});
  const auto f = [](const Tensor& a, const Tensor& b) { return a * b.detach(); };
  REQUIRE(message(gradcheck(f, {x, w})) ==
          "gradcheck: input 1 at [0]: the gradient of result 0 at [0] is 0 as no dependence was recorded, but the "
          "difference is 3");
  REQUIRE(message(gradcheck([](const Tensor& a) { return std::vector{a * a, exp(a.detach())}; }, {x})) ==
          "gradcheck: input 0 at [0]: the gradient of result 1 at [0] is 0, but the difference is 20.0855369");
}

TEST_CASE("gradcheck fails on NaN") {
  const Tensor x = variable({-1});
  REQUIRE(message(gradcheck([](const Tensor& a) { return log(a); }, {x})).find("but the difference is") !=
          std::string::npos);
}

TEST_CASE("gradcheck fails when there is nothing to compare") {
  const Tensor x = variable({3, 0.5}), none = empty({0, 2}, float64).require_grad();
  const auto square = [](const Tensor& a) { return a * a; };
  REQUIRE(message(gradcheck([&](std::span<const Tensor>) { return x * x; }, {})) ==
          "gradcheck: no inputs were given, so there is nothing to compare");
  REQUIRE(message(gradcheck(square, {none})) ==
          "gradcheck: the inputs have no elements, so there is nothing to compare");
  REQUIRE(message(gradcheck([](const Tensor& a) { return slice(a, 0, 0, 0); }, {x})) ==
          "gradcheck: the results have no elements, so there is nothing to compare");
  const std::string no_dependence =
      "gradcheck: no result depends on an input through recorded ops, so there is nothing to compare";
  REQUIRE(message(gradcheck([](const Tensor& a) { return a.detach() * 2; }, {x})) == no_dependence);
  REQUIRE(message(gradcheck([](const Tensor& a) { return cast(a, int64); }, {x})) == no_dependence);
  REQUIRE(message(gradcheck([](const Tensor&) { return std::vector<Tensor>{}; }, {x})) == no_dependence);
  REQUIRE(message(gradgradcheck([](const Tensor& a) { return a.detach() * 2; }, {x})) == no_dependence);
}

TEST_CASE("gradcheck fails on inputs that it cannot check") {
  const auto square = [](const Tensor& a) { return a * a; };
  REQUIRE(message(gradcheck(square, {tensor({1.0f}).require_grad()})) ==
          "gradcheck: input 0 is float32, but it must be float64");
  REQUIRE(message(gradcheck(square, {tensor({1.0})})) == "gradcheck: input 0 does not require a gradient");
  REQUIRE(message(gradgradcheck(square, {tensor({1.0})})) == "gradcheck: input 0 does not require a gradient");
  REQUIRE(message(gradcheck(square, {broadcast_to(tensor({1.0}), {3}).require_grad()})) ==
          "gradcheck: input 0 repeats its elements along axis 0, so they cannot be changed one by one");
  REQUIRE(message(gradcheck(square, {variable({1}), variable({2})})) ==
          "gradcheck: 2 inputs were given, but the function takes 1");
  REQUIRE(message(gradcheck([](const Tensor& a) { return cast(a, float32); }, {variable({1})})) ==
          "gradcheck: result 0 is float32, but it must be float64");
}
