// BERT as people train and use it: vocabulary 30,522, dropout 0.1, 15 % of the tokens with a label, AdamW, clipping.
#include <heed/heed.h>

#include <string>
#include <vector>

#include "steps.h"

namespace {

using namespace heed;

struct Size3 {
  const char* name;
  std::int64_t width, heads, depth;
};
constexpr Size3 sizes[] = {{"tiny", 128, 2, 2}, {"mini", 256, 4, 4}, {"base", 768, 12, 12}};
constexpr std::int64_t vocabulary = 30522;

Tensor random_tokens(std::int64_t n) { return cast(uniform({n}, 5, 30000), int64); }

nn::BertForPretraining<> model_of(const Size3& size) {
  seed(1);
  return {.vocabulary = vocabulary, .width = size.width, .heads = size.heads, .depth = size.depth};
}

/// Logits at the labels alone, or at all tokens, those without a label ignored by the loss.
void train(benchmark::State& state, const Size3& size, std::int64_t batch, std::int64_t length, bool all_logits) {
  auto model = model_of(size);
  optim::AdamW adam{nn::parameters(model), {.weight_decay = 0.01f}};
  const std::int64_t tokens = batch * length;
  nn::BertBatch texts{random_tokens(tokens),
                      zeros({tokens}, int64),
                      Sequences::equal(batch, length),
                      {},
                      {},
                      cast(uniform({batch}, 0, 2), int64)};
  std::vector<std::int64_t> at, labels, at_all(static_cast<std::size_t>(tokens), -100);
  const auto chances = uniform({tokens}).to_vector<float>();
  for (std::int64_t i = 0; i < tokens; ++i) {
    if (chances[static_cast<std::size_t>(i)] >= 0.15f) continue;
    at.push_back(i);
    labels.push_back(5 + i * 7919 % 30000);
    at_all[static_cast<std::size_t>(i)] = labels.back();
  }
  texts.masked_positions = tensor(at);
  texts.masked_labels = tensor(labels);
  const Tensor labels_of_all = tensor(at_all);
  const auto loss = [&] {
    if (!all_logits) return model.loss(texts).total;
    const Tensor hidden = model.bert(texts.tokens, texts.segments, texts.sequences);
    const Tensor logits = model.masked_head.logits(hidden, model.bert.token_embedding.weight);
    return cross_entropy(logits, labels_of_all) +
           cross_entropy(model.next_head(model.bert.pooled(hidden, texts.sequences)), texts.next_labels);
  };
  bench::run_steps(state, tokens, [&] {
    backward(loss());
    optim::clip_norm(adam.parameters(), 1.0);
    adam.step(1e-4);
  });
}

void infer(benchmark::State& state, const Size3& size, const std::vector<std::int64_t>& lengths) {
  auto model = model_of(size);
  nn::eval(model);
  const Sequences sequences{std::span(lengths)};
  const Tensor tokens = random_tokens(sequences.tokens());
  NoGrad scope;
  bench::run_steps(state, sequences.tokens(), [&] {
    const Tensor hidden = model.bert(tokens, {}, sequences);
    benchmark::DoNotOptimize(model.bert.pooled(hidden, sequences));
  });
}

template <class Body>
void add(const std::string& name, const Body& body) {
  benchmark::RegisterBenchmark(name.c_str(), body)->Unit(benchmark::kMillisecond)->UseRealTime()->MinTime(1);
}

const bool added = [] {
  for (const Size3& size : sizes) {
    const std::string name = size.name;
    for (const bool all : {false, true})
      for (const std::int64_t batch : {8, 4}) {
        const std::int64_t length = batch == 8 ? 128 : 512;
        add((all ? "train_all/" : "train/") + name + "/" + std::to_string(batch) + "x" + std::to_string(length),
            [&size, batch, length, all](benchmark::State& state) { train(state, size, batch, length, all); });
      }
    add("infer/" + name + "/8x128",
        [&size](benchmark::State& state) { infer(state, size, std::vector<std::int64_t>(8, 128)); });
    // Half of 8 x 128 is padding, which is not computed.
    add("infer/" + name + "/half",
        [&size](benchmark::State& state) { infer(state, size, {16, 24, 40, 48, 64, 80, 112, 128}); });
  }
  return true;
}();

}  // namespace
