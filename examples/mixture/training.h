// Training of a language model with any feed-forward layers, and the load of its experts.
#pragma once

#include <fmt/core.h>
#include <heed/heed.h>

#include <algorithm>
#include <ctime>

constexpr std::int64_t width = 128, depth = 3, context = 128, windows = 16;
constexpr std::int64_t experts = 8, chosen = 2;  // chosen for each byte: the routers' default
constexpr std::int64_t steps_of_a_point = 20;    // number of steps averaged in a point of a curve

/// Mixture with 2 of 8 experts for each byte, each half as wide as the dense layer: the same number of multiplications,
/// four times the weights.
template <class Router>
heed::nn::MixtureOfExperts<heed::nn::FeedForward, Router> mixture() {
  return {.width = width, .count = experts, .hidden = 2 * width};
}

/// Training and validation text; each byte is a token.
struct Corpus {
  heed::text::Tokens train, validation;
};

/// Load balancing in addition to the router.
struct Balance {
  double loss_weight = 0;  // weight of the balancing loss
  float bias_rate = 0;     // rate of balance_experts
};

struct Result {
  std::string name;
  std::int64_t parameters;
  heed::train::Curve loss, busiest, idlest;    // by step; loads as multiples of the mean load
  double validation, cpu_milliseconds_a_step;  // CPU time of all threads, independent of other load on the machine
};

/// Load of the busiest and of the idlest expert as multiples of the mean load, averaged over the layers; 0 without
/// experts.
struct Load {
  double busiest = 0, idlest = 0;
};
inline Load load_of(const heed::nn::Taps& taps) {
  Load all;
  for (const auto& [path, tensor] : taps) {
    if (!path.ends_with(".load")) continue;
    const auto loads = tensor.to_vector<std::int64_t>();
    const auto [idlest, busiest] = std::minmax_element(loads.begin(), loads.end());
    constexpr double mean = static_cast<double>(chosen * windows * context) / experts;
    all.busiest += static_cast<double>(*busiest) / (mean * depth);
    all.idlest += static_cast<double>(*idlest) / (mean * depth);
  }
  return all;
}

template <class Model>
double validation_loss(const Model& model, const heed::text::Tokens& bytes) {
  const heed::NoGrad scope;
  constexpr std::int64_t batches = 16;
  const std::int64_t apart = (std::ssize(bytes) - context - 1) / (batches * windows);
  heed::train::Perplexity found;
  for (std::int64_t batch = 0; batch < batches; ++batch) {
    std::vector<std::int64_t> places;
    for (std::int64_t i = 0; i < windows; ++i) places.push_back((batch * windows + i) * apart);
    const heed::text::Windows of = heed::text::windows_at(bytes, places, context);
    found.add(model.loss(of.tokens, of.labels, of.sequences).item(), of.labels.elements());
  }
  return found.loss();
}

/// Trains and evaluates a model whose feed-forward layers are built by feed_forward().
template <class MakeFeedForward>
Result train_and_measure(const std::string& name, const MakeFeedForward& feed_forward, const Corpus& corpus,
                         std::int64_t steps, Balance balance = {}) {
  using namespace heed;
  seed(1);
  const auto layer = [&](int) {
    return nn::EncoderLayer{.attention = nn::MultiHeadAttention<nn::Rotary>{.width = width, .heads = 4},
                            .feed_forward = feed_forward()};
  };
  nn::LanguageModel model{
      .embedding = nn::TokenEmbedding<>{.vocabulary = 256, .width = width},
      .layers = nn::Stack{.layers = nn::repeat(depth, layer), .norm = nn::LayerNorm{.width = width}}};
  nn::init_gpt2(model, 2 * depth);
  optim::AdamW adam{nn::parameters(model), {.beta2 = 0.98f}};
  const auto rate = optim::warmup_linear(3e-3, std::min<std::int64_t>(100, steps), steps);
  seed(2);  // the same batches for all models, independently of the routers' random numbers
  const Tensor places = randint(0, std::ssize(corpus.train) - context, {steps, windows});
  Result result{name, nn::parameter_count(model), {name, {}, {}}, {name, {}, {}}, {name, {}, {}}, 0, 0};
  train::Progress progress(name, steps);
  const std::clock_t begin = std::clock();
  double losses = 0;
  Load loads;
  for (std::int64_t step = 0; step < steps; ++step) {
    const text::Windows batch =
        text::windows_at(corpus.train, select(places, 0, step).to_vector<std::int64_t>(), context);
    const nn::Taps taps{model};
    const Tensor loss = model.loss(batch.tokens, batch.labels, batch.sequences);
    backward(balance.loss_weight > 0 ? loss + balance.loss_weight * taps.total("switch_balance") : loss);
    optim::clip_norm(adam.parameters(), 1.0);
    adam.step(rate(step));
    if (balance.bias_rate > 0) nn::balance_experts(model, balance.bias_rate);
    losses += loss.item();
    const Load load = load_of(taps);
    loads.busiest += load.busiest;
    loads.idlest += load.idlest;
    progress.step(progress.will_show() ? fmt::format("loss {:.3f}", loss.item()) : "");
    if ((step + 1) % steps_of_a_point != 0) continue;
    for (const auto& [curve, total] :
         {std::pair{&result.loss, &losses}, {&result.busiest, &loads.busiest}, {&result.idlest, &loads.idlest}}) {
      curve->add(static_cast<double>(step + 1), *total / steps_of_a_point);
      *total = 0;
    }
  }
  result.cpu_milliseconds_a_step =
      1e3 * static_cast<double>(std::clock() - begin) / static_cast<double>(CLOCKS_PER_SEC * steps);
  nn::eval(model);
  result.validation = validation_loss(model, corpus.validation);
  return result;
}
