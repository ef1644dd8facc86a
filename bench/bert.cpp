// Training and inference of BERT: vocabulary 30,522, dropout 0.1, 15 % of the tokens with a label, AdamW, clipping.
#include <benchmark/benchmark.h>
#include <heed/heed.h>

#include <memory>
#include <string>
#include <vector>

#include "task.h"

namespace {

using namespace heed;

struct Size3 {
  const char* name;
  std::int64_t width, heads, depth;
};
constexpr Size3 sizes[] = {{"tiny", 128, 2, 2}, {"mini", 256, 4, 4}, {"base", 768, 12, 12}};
constexpr std::int64_t vocabulary = 30522, no_label = -100;

// Arbitrary tokens and labels, the same as in peer.py.
std::int64_t token_at(std::int64_t i) { return 5 + i * 7919 % 29995; }
std::int64_t label_at(std::int64_t i) { return i * 13 % 20 < 3 ? 5 + i * 6007 % 29995 : no_label; }

template <class F>
Tensor integers(std::int64_t n, const F& at) {
  std::vector<std::int64_t> values;
  for (std::int64_t i = 0; i < n; ++i) values.push_back(at(i));
  return tensor(values);
}

using Model = nn::BertForPretraining<>;

std::shared_ptr<Model> model_of(const Size3& size, const std::string& weights) {
  seed(1);
  auto model = std::make_shared<Model>(Model{
      .bert = nn::bert({.vocabulary = vocabulary, .width = size.width, .heads = size.heads, .depth = size.depth})});
  if (!weights.empty()) nn::load_hugging_face(*model, weights);
  return model;
}

nn::BertBatch texts_of(std::int64_t batch, std::int64_t length) {
  const std::int64_t tokens = batch * length;
  std::vector<std::int64_t> places, labels;
  for (std::int64_t i = 0; i < tokens; ++i)
    if (label_at(i) != no_label) {
      places.push_back(i);
      labels.push_back(label_at(i));
    }
  return {integers(tokens, token_at),
          zeros({tokens}, int64),
          Sequences::equal(batch, length),
          tensor(places),
          tensor(labels),
          integers(batch, [](std::int64_t i) { return i % 2; })};
}

enum class Training { at_labels, all_logits, in_bfloat16 };

/// Logits at the labels alone, or at all tokens, where the loss ignores those without a label; or at the labels, in
/// bfloat16. Value: the loss in float32.
bench::Work training(const Size3& size, std::int64_t batch, std::int64_t length, Training kind,
                     const std::string& weights) {
  const auto model = model_of(size, weights);
  const auto adam = std::make_shared<optim::AdamW>(nn::parameters(*model), optim::AdamWOptions{.weight_decay = 0.01f});
  const auto loss = [model, texts = texts_of(batch, length), labels = integers(batch * length, label_at), kind] {
    if (kind != Training::all_logits) return model->loss(texts).total;
    const Tensor hidden = model->bert(texts.tokens, texts.segments, texts.sequences);
    const Tensor logits = model->masked_head.logits(hidden, model->bert.token_embedding.weight);
    return cross_entropy(logits, labels) +
           cross_entropy(model->next_head(model->bert.pooled(hidden, texts.sequences)), texts.next_labels);
  };
  return {[=] {
            NoGrad scope;
            nn::eval(*model);
            const double value = loss().item();
            nn::train(*model);
            return value;
          },
          [=] {
            backward(kind == Training::in_bfloat16 ? precision(bfloat16, loss) : loss());
            optim::clip_norm(adam->parameters(), 1.0);
            adam->step(1e-4);
          }};
}

/// Value: mean square of the pooled vectors.
bench::Work inference(const Size3& size, const std::vector<std::int64_t>& lengths, const std::string& weights) {
  const auto model = model_of(size, weights);
  nn::eval(*model);
  const Sequences sequences{std::span(lengths)};
  const auto pooled = [model, sequences, tokens = integers(sequences.tokens(), token_at)] {
    NoGrad scope;
    return model->bert.pooled(model->bert(tokens, {}, sequences), sequences);
  };
  return {[=] {
            const Tensor y = pooled();
            return mean(y * y).item();
          },
          [=] { benchmark::DoNotOptimize(pooled()); }};
}

const bool added = bench::add_rows(bench::bert_tasks());

}  // namespace

std::vector<bench::Task> bench::bert_tasks() {
  using Weights = const std::string&;
  std::vector<Task> tasks;
  for (const Size3& size : sizes) {
    for (const auto& [name, kind] : {std::pair{"train", Training::at_labels},
                                     {"train_all", Training::all_logits},
                                     {"train_bfloat16", Training::in_bfloat16}})
      for (const std::int64_t batch : {8, 4}) {
        const std::int64_t length = batch == 8 ? 128 : 512;
        tasks.push_back({fmt::format("{}/{}/{}x{}", name, size.name, batch, length), batch * length,
                         [=, how = kind](Weights weights) { return training(size, batch, length, how, weights); }});
      }
    // Half of 8 x 128 would be padding, which is not computed.
    using Lengths = std::vector<std::int64_t>;
    const Lengths full(8, 128), half{16, 24, 40, 48, 64, 80, 112, 128};
    for (const auto& [name, lengths] : {std::pair{"8x128", full}, {"half", half}})
      tasks.push_back({fmt::format("infer/{}/{}", size.name, name), Sequences{std::span(lengths)}.tokens(),
                       [=, of = lengths](Weights weights) { return inference(size, of, weights); }});
  }
  return tasks;
}
