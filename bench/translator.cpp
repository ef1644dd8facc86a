// Encoder-decoder transformer for translation: 6 + 6 layers of width 512, 8 heads, vocabulary 8,000. A training step
// (dropout 0.1, label smoothing 0.1, AdamW, clipping) on pairs of texts of equal length; and greedy decoding with
// caches, from sources of 32 tokens to 32 new tokens each: tokens_per_second counts the new ones.
#include <heed/heed.h>

#include <memory>
#include <string>
#include <vector>

#include "task.h"

namespace {

using namespace heed;

constexpr std::int64_t vocabulary = 8000, width = 512, heads = 8, depth = 6;

// Arbitrary tokens, the same as in peer.py.
Tensor tokens(std::int64_t n, std::int64_t first) {
  std::vector<std::int64_t> values;
  for (std::int64_t i = first; i < first + n; ++i) values.push_back(5 + i * 7919 % 7993);
  return tensor(values);
}

auto new_model() {
  constexpr float dropout = 0.1f;
  const auto attention = [] { return nn::MultiHeadAttention<>{.width = width, .heads = heads, .dropout = dropout}; };
  const auto cross_attention = [] { return nn::CrossAttention{.width = width, .heads = heads, .dropout = dropout}; };
  const auto feed_forward = [] { return nn::FeedForward{.width = width}; };
  return nn::transformer(
      {.vocabulary = vocabulary, .width = width, .heads = heads, .depth = depth, .dropout = dropout},
      [&](int) {
        return nn::EncoderLayer{.dropout = dropout, .attention = attention(), .feed_forward = feed_forward()};
      },
      [&](int) {
        return nn::DecoderLayer{.dropout = dropout,
                                .attention = attention(),
                                .cross_attention = cross_attention(),
                                .feed_forward = feed_forward()};
      });
}

auto model_of(const std::string& weights) {
  seed(1);
  auto model = std::make_shared<decltype(new_model())>(new_model());
  if (!weights.empty()) nn::load(*model, weights);
  return model;
}

/// Value: the loss.
bench::Work training(std::int64_t batch, std::int64_t length, const std::string& weights) {
  const auto model = model_of(weights);
  const auto adam = std::make_shared<optim::AdamW>(nn::parameters(*model), optim::AdamWOptions{.weight_decay = 0.01f});
  const std::int64_t n = batch * length;
  const auto loss = [model, source = tokens(n, 0), input = tokens(n, 1), labels = tokens(n, 2),
                     sequences = Sequences::equal(batch, length)] {
    return model->loss(source, sequences, input, labels, sequences, 0.1);
  };
  return {[=] {
            NoGrad scope;
            nn::eval(*model);
            const double value = loss().item();
            nn::train(*model);
            return value;
          },
          [=] {
            backward(loss());
            optim::clip_norm(adam->parameters(), 1.0);
            adam->step(1e-4);
          }};
}

/// Value: mean square of the logits after given tokens.
bench::Work decoding(std::int64_t batch, std::int64_t length, const std::string& weights) {
  const auto model = model_of(weights);
  nn::eval(*model);
  const Tensor source = tokens(batch * length, 0);
  const Sequences sequences = Sequences::equal(batch, length), one = Sequences::equal(batch, 1);
  return {[=] {
            auto state = model->initial_state(source, sequences);
            Tensor logits;
            for (std::int64_t i = 0; i < length; ++i) logits = model->decode_step(state, tokens(batch, i), one);
            return mean(logits * logits).item();
          },
          [=] {
            auto state = model->initial_state(source, sequences);
            Tensor newest = tokens(batch, 0);
            for (std::int64_t i = 0; i < length; ++i) newest = argmax(model->decode_step(state, newest, one), -1);
          }};
}

const bool added = bench::add_rows(bench::translator_tasks());

}  // namespace

std::vector<bench::Task> bench::translator_tasks() {
  using Weights = const std::string&;
  std::vector<Task> tasks{
      {"train_translator/32x32", 2 * 32 * 32, [](Weights weights) { return training(32, 32, weights); }}};
  for (const std::int64_t batch : {1, 8, 32})
    tasks.push_back({fmt::format("decode/{}x32", batch), batch * 32,
                     [batch](Weights weights) { return decoding(batch, 32, weights); }});
  return tasks;
}
