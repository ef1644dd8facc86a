// Lists of parameters: duplicates, parameters that share memory, and numbers of updates.
#include <heed/heed.h>

#include <cmath>
#include <limits>

#include "catch.h"

using namespace heed;

TEST_CASE("a duplicate parameter is updated once and counted once", "[optim]") {
  const auto run = [](bool twice) {
    const nn::Parameter a(full({2, 2}, 2)), b(ones({3}));
    const std::vector<nn::Parameter> all = twice ? std::vector{a, b, a, b, a} : std::vector{a, b};
    optim::AdamW adam(all);
    CHECK(adam.parameters().size() == 2);
    for (int step = 0; step < 3; ++step) {
      backward(sum(square(a)) + sum(b));
      if (step == 0) CHECK(optim::gradient_norm(all) == Approx(std::sqrt(4 * 16.0 + 3)));
      CHECK(optim::clip_norm(all, 1) > 1);
      CHECK(optim::gradient_norm(all) == Approx(1));
      adam.step(0.1);
    }
    auto values = a.to_vector<float>();
    for (const float value : b.to_vector<float>()) values.push_back(value);
    return values;
  };
  CHECK(run(true) == run(false));
}

TEST_CASE("tensors that share elements cannot be optimized together", "[optim]") {
  const Tensor whole = ones({6});
  const auto piece = [&](std::int64_t begin, std::int64_t end) { return slice(whole.detach(), 0, begin, end); };
  const nn::Parameter a(whole), same(whole.detach()), part(piece(2, 5)), first(piece(0, 3)), second(piece(3, 6)),
      empty(zeros({0})), also_empty(piece(3, 3));
  CHECK_THROWS_WITH(optim::AdamW({empty, a, same}),
                    "AdamW: parameters 1 and 2, [6] and [6], are two tensors that share elements, but each element "
                    "must belong to one");
  CHECK_THROWS_AS(optim::AdamW({part, a}), Error);
  CHECK_THROWS_AS(optim::AdamW({first, second, part}), Error);
  for (const nn::Parameter& parameter : {a, same, part}) parameter.set_grad(ones(parameter.shape()));
  CHECK_THROWS_AS(optim::clip_norm(std::vector{a, same}, 1), Error);
  CHECK_THROWS_AS(optim::gradient_norm(std::vector{a, part}), Error);
  CHECK_NOTHROW(optim::AdamW({first, second, empty, also_empty, empty}));
}

TEST_CASE("bias correction uses each parameter's number of updates", "[optim]") {
  const nn::Parameter always(full({1}, 5)), late(full({1}, 5)), alone(full({1}, 5));
  optim::AdamW adam({always, late}, {.weight_decay = 0}), other({alone}, {.weight_decay = 0});
  for (int step = 0; step < 1000; ++step) {
    always.set_grad(ones({1}));
    adam.step(1e-3);
  }
  CHECK(late.item() == 5);
  for (int step = 0; step < 3; ++step) {
    const Tensor gradient = full({1}, 0.5 + step);
    late.set_grad(gradient);
    alone.set_grad(gradient);
    adam.step(1e-2);
    other.step(1e-2);
    CHECK(late.item() == alone.item());
    if (step == 0) CHECK(late.item() == Approx(4.99));
  }
  CHECK(adam.state().updates == std::vector<std::int64_t>{1000, 3});
  CHECK(adam.steps() == 1003);
}

TEST_CASE("the numbers of updates are part of the state", "[optim]") {
  const nn::Parameter a(ones({2})), b(ones({2}));
  optim::AdamW adam({a, b});
  optim::OptimizerState state = adam.state();
  state.steps = 7;
  state.updates = {7, 2};
  adam.resume(state);
  CHECK(adam.state().updates == std::vector<std::int64_t>{7, 2});
  for (const std::vector<std::int64_t>& bad :
       {std::vector<std::int64_t>{7}, std::vector<std::int64_t>{7, -1}, std::vector<std::int64_t>{8, 2}}) {
    state.updates = bad;
    CHECK_THROWS_AS(adam.resume(state), Error);
  }
  CHECK(adam.state().updates == std::vector<std::int64_t>{7, 2});
  state.updates.clear();
  adam.resume(state);
  CHECK(adam.state().updates == std::vector<std::int64_t>{7, 7});
}

TEST_CASE("the number of AdamW's steps cannot overflow", "[optim]") {
  const Tensor weight = zeros({2}).require_grad();
  optim::AdamW adam({weight});
  optim::OptimizerState state = adam.state();
  state.steps = std::numeric_limits<std::int64_t>::max();
  adam.resume(state);
  weight.set_grad(ones({2}));
  CHECK_THROWS_WITH(adam.step(0.1),
                    "AdamW: the number of steps is 9223372036854775807, which is the maximum, so no further step can "
                    "be counted");
  CHECK(weight.detach().to_vector<float>() == std::vector<float>{0, 0});
}
