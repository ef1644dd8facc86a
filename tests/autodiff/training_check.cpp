#include <heed/heed.h>

#include <algorithm>

#include "catch.h"

using namespace heed;
using Catch::Matchers::Contains;
using Catch::Matchers::Message;

TEST_CASE("TrainingCheck names parameters that are not trained", "[diagnostics]") {
  struct Model {
    Size width;
    nn::Parameter used = ones({width}), unused = ones({width}), forgotten = ones({width}), dead = ones({width});
  };
  const Model model{.width = 2};
  const nn::Parameter foreign = ones({3});
  const optim::AdamW adam{{model.used, model.unused, model.dead, foreign}};
  const TrainingCheck check{nn::named_parameters(model), adam.parameters()};
  backward(sum(model.used * model.forgotten + relu(model.dead * -1.0)));
  CHECK(check.gradients() ==
        std::vector<std::string>{
            "parameter unused [2] got no gradient: the loss does not depend on it, or an op does not list it among its "
            "inputs",
            "parameter forgotten [2] is not in the optimizer", "parameter dead [2] got a gradient that is all zeros",
            "tensor 3 of the optimizer, [3], is not a parameter of the model: perhaps a clone's"});
}

TEST_CASE("TrainingCheck says which ops keep the graph alive", "[diagnostics]") {
  const Tensor w = ones({3}).require_grad();
  const std::vector<std::pair<std::string, Tensor>> parameters{{"w", w}};
  {
    TrainingCheck check{parameters, std::vector{w}};
    Tensor last;
    for (int step = 0; step < 4; ++step) {
      last = sum(w * w);  // kept until the next step
      CHECK(check.graph().empty());
    }
  }
  TrainingCheck check{parameters, std::vector{w}};
  Tensor total = scalar(0.0f);
  for (int step = 0; step < 4; ++step) {
    const Tensor loss = sum(w * w);
    total = total + loss;
    backward(loss);
    w.clear_grad();
    const auto problems = check.graph();
    if (step == 0) CHECK(problems.empty());
    if (step == 2)
      CHECK(problems == std::vector<std::string>{
                            "the graph grew from 2 to 3 live nodes in this step (add +1), as in the one before: "
                            "something keeps a result with its graph, such as a sum of losses; keep its item() or "
                            "detach() instead"});
  }
}
