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

/// y = x^2 with the gradient function `wrong`.
template <class Gradient>
Tensor square_with(const Tensor& x, const Gradient& wrong) {
  return differentiable("square", {x}, no_grad([&] { return x * x; }), wrong);
}

}  // namespace

TEST_CASE("gradcheck passes correct gradients") {
  const Tensor x = variable({0.5, -1.25, 2, 0.75}, {2, 2}), y = variable({1.5, -0.5});
  const auto f = [](const Tensor& a, const Tensor& b) { return tanh(a * b) / (2 + a * a); };
  REQUIRE(gradcheck(f, {x, y}));
  REQUIRE(gradgradcheck(f, {x, y}));
  REQUIRE(x.to_vector<double>() == std::vector{0.5, -1.25, 2.0, 0.75});
  REQUIRE_FALSE(x.grad());
}

TEST_CASE("gradcheck accepts spans, several results including integers, and views") {
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

TEST_CASE("gradcheck projects results of many elements") {
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

TEST_CASE("gradcheck checks captured inputs") {
  const Tensor x = variable({0.3, -0.4});
  REQUIRE(gradcheck([&](std::span<const Tensor>) { return x * x; }, {x}));
}

TEST_CASE("gradcheck draws the same random numbers in every call and restores the random state") {
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

TEST_CASE("gradgradcheck fails if only the second derivative is wrong") {
  const Tensor x = variable({3, 0.5});
  const auto f = [](const Tensor& a) {
    return square_with(a, [a](const Tensor& dy) { return Gradients{dy * a.detach() * 2}; });
  };
  REQUIRE(gradcheck(f, {x}));
  REQUIRE(message(gradgradcheck(f, {x})) ==
          "gradcheck: input 0 at [0]: the gradient of result 0 at [0] is 0 as no dependence was recorded, but the "
          "difference is 2.7610404");
}

TEST_CASE("gradgradcheck fails if a gradient is not computed by ops and has no composition") {
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
          "gradcheck: the gradient cannot be computed: square: its gradient for input 0 is not computed by ops, so it "
          "cannot be differentiated again; pass a composition to differentiable");
}

TEST_CASE("gradcheck fails on a gradient of the wrong shape") {
  const Tensor x = variable({3, 0.5});
  const auto f = [](const Tensor& a) { return square_with(a, [](const Tensor& dy) { return Gradients{sum(dy)}; }); };
  REQUIRE(message(gradcheck(f, {x})) ==
          "gradcheck: the gradient cannot be computed: square: its gradient for input 0 is float64 [], but that input "
          "is float64 [2]");
}

TEST_CASE("gradcheck fails on an unrecorded dependence") {
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
  // Without elements none are repeated.
  REQUIRE(gradcheck([](const Tensor& a, const Tensor& b) { return sum(a, {1}) + b * b; },
                    {zeros({3, 0}, float64).require_grad(), variable({3})}));
  REQUIRE(message(gradcheck(square, {variable({1}), variable({2})})) ==
          "gradcheck: 2 inputs were given, but the function takes 1");
  REQUIRE(message(gradcheck([](const Tensor& a) { return cast(a, float32); }, {variable({1})})) ==
          "gradcheck: result 0 is float32, but it must be float64");
}

namespace {

/// x * w, of an op that reads w but lists only x among its inputs.
Tensor scaled_by(const Tensor& x, const Tensor& w) {
  return differentiable("scaled_by", {x}, no_grad([&] { return x * w; }),
                        [w = w.detach()](const Tensor& dy) { return Gradients{dy * w}; });
}

}  // namespace

TEST_CASE("gradcheck finds a captured parameter that an op does not list") {
  const Tensor x = variable({3, 0.5}), w = variable({2, 4});
  REQUIRE(gradcheck([&](const Tensor& a) { return a * w; }, {x}));
  REQUIRE(gradgradcheck([&](const Tensor& a) { return tanh(a * w); }, {x}));
  const std::string found = message(gradcheck([&](const Tensor& a) { return scaled_by(a, w); }, {x}));
  CAPTURE(found);
  REQUIRE(
      found.starts_with("gradcheck: a captured tensor [2] along a random direction: the gradient of result 0 at "
                        "[0] is 0 as no dependence was recorded, but the difference is "));
  REQUIRE(found.ends_with("; scaled_by reads that tensor without listing it among its inputs"));
  // Also if another op lists it, so that it has an incomplete gradient.
  const std::string part = message(gradcheck([&](const Tensor& a) { return scaled_by(a, w) * w; }, {x}));
  REQUIRE(part.ends_with("; scaled_by reads that tensor without listing it among its inputs"));
  REQUIRE(w.to_vector<double>() == std::vector{2.0, 4.0});
  // An unlisted input fails the check of inputs.
  REQUIRE_FALSE(gradcheck([&](const Tensor& a, const Tensor& b) { return scaled_by(a, b); }, {x, w}));
}

TEST_CASE("gradcheck's modes") {
  const Tensor x = variable({0.3, -0.4, 1.5}), w = variable({0.5, 1, -1, 2, 0.1, 0.7}, {2, 3});
  int calls = 0;
  const auto f = [&](const Tensor& a, const Tensor& b) {
    ++calls;
    return std::vector{tanh(broadcast_to(a, {50, 3}) * 0.7), a * b};
  };
  for (const auto& [mode, expected] : {std::pair{GradcheckMode::automatic, 1 + 2 * 9},
                                       {GradcheckMode::full, 1 + 2 * 9},
                                       {GradcheckMode::projections, 1 + 2 * 2 * 3}}) {
    calls = 0;
    REQUIRE(gradcheck(f, {x, w}, {.mode = mode}));
    REQUIRE(calls == expected);
    REQUIRE(gradgradcheck(f, {x, w}, {.mode = mode}));
  }
  const auto late = [&](const Tensor& a) {  // one element of 150 is wrong
    Tensor y = tanh(broadcast_to(a, {50, 3}) * 0.7);
    return concat({slice(y, 0, 0, 49), select(y, 0, 49).detach() + zeros({1, 3}, float64)});
  };
  REQUIRE(message(gradcheck(late, {x}, {.mode = GradcheckMode::full}))
              .starts_with("gradcheck: input 0 at [0]: the gradient of result 0 at [49, 0] is 0"));
  REQUIRE(message(gradcheck(late, {x}, {.mode = GradcheckMode::projections}))
              .starts_with("gradcheck: input 0 along a random direction: the gradient of a random sum of the results"));
}

TEST_CASE("gradcheck of an op with any number of inputs and outputs, one of integers") {
  const auto f = [](std::span<const Tensor> all) {
    const std::vector<Tensor> inputs(all.begin(), all.end());
    std::vector<Tensor> outputs;
    no_grad([&] {
      for (const Tensor& one : inputs) outputs.push_back(one * one);
      outputs.push_back(cast(inputs[0], int64));
    });
    return differentiable("squares", all, outputs, [inputs](std::span<const Tensor> dy) {
      return Gradients::each(inputs.size(), [&](std::size_t i) { return dy[i] ? dy[i] * inputs[i] * 2 : Tensor{}; });
    });
  };
  std::vector<Tensor> x;
  for (int i = 0; i < 12; ++i) x.push_back(variable({0.5 + i, -1.5}));
  const std::vector<Tensor> y = f(x);
  REQUIRE(y.size() == 13);
  REQUIRE(y[12].dtype() == int64);
  REQUIRE_FALSE(y[12].requires_grad());
  REQUIRE(gradcheck(f, x));
  REQUIRE(gradgradcheck(f, x));
}
