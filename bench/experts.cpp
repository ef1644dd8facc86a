// Mixtures of experts, and a dense feed-forward part with the same number of operations: outputs and all gradients,
// including the input's, of 4,096 tokens of width 256. Each token is routed to 2 experts of hidden width 1,024; the
// dense part has hidden width 2,048. Without an optimizer, whose work grows with the number of experts.
#include <heed/heed.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "task.h"

namespace {

using namespace heed;

constexpr std::int64_t tokens = 4096, width = 256;

/// Pseudo-random numbers, the same as in peer.py.
Tensor numbers() {
  std::vector<float> values(static_cast<std::size_t>(tokens * width));
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::uint32_t h = static_cast<std::uint32_t>(i) * 2654435761u;
    h = (h ^ h >> 15) * 2246822519u;
    h ^= h >> 13;
    values[i] = static_cast<float>(static_cast<int>(h % 2001) - 1000) / 577;
  }
  return tensor(values, {tokens, width});
}

template <class Layer>
bench::Work steps(Layer made, const std::string& weights) {
  const auto layer = std::make_shared<Layer>(std::move(made));
  if (!weights.empty()) nn::load(*layer, weights);
  const Tensor x = numbers().require_grad();
  const auto loss = [=] {
    const Tensor y = (*layer)(x);
    return mean(y * y);
  };
  return {[=] { return no_grad(loss).item(); },
          [=, parameters = nn::parameters(*layer)] {
            backward(loss());
            for (const nn::Parameter& parameter : parameters) parameter.clear_grad();
            x.clear_grad();
          }};
}

const bool added = bench::add_rows(bench::expert_tasks());

}  // namespace

std::vector<bench::Task> bench::expert_tasks() {
  std::vector<Task> tasks;
  for (const std::int64_t count : {4, 8, 64})
    tasks.push_back({"moe/" + std::to_string(count), tokens, [=](const std::string& weights) {
                       seed(1);
                       return steps(nn::MixtureOfExperts<>{.width = width, .count = count}, weights);
                     }});
  tasks.push_back({"moe/dense", tokens, [](const std::string& weights) {
                     seed(1);
                     return steps(nn::FeedForward{.width = width, .hidden = 8 * width}, weights);
                   }});
  return tasks;
}
