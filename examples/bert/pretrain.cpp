#include "pretrain.h"

#include <fmt/format.h>
#include <heed/graph/fail.h>

#include <algorithm>
#include <filesystem>

using namespace heed;

namespace {

/// Number of rows whose largest logit is that of the label.
std::int64_t count_right(const Tensor& logits, const Tensor& labels) {
  return sum(cast(equal(argmax(logits, -1), labels), int64)).item<std::int64_t>();
}

}  // namespace

PretrainAccuracy pretrain_accuracy(Pretrained& model, const text::PretrainingEpoch& examples, std::int64_t batches) {
  NoGrad scope;
  nn::eval(model);
  std::int64_t masked = 0, masked_right = 0, pairs = 0, pairs_right = 0;
  for (std::int64_t i = 0; i < std::min(batches, examples.batches()); ++i) {
    const nn::BertBatch batch = examples.batch(i);
    const Tensor hidden = model.bert(batch.tokens, batch.segments, batch.sequences);
    const Tensor logits =
        model.masked_head.logits(gather_rows(hidden, batch.masked_positions), model.bert.token_embedding.weight);
    masked += batch.masked_labels.elements();
    masked_right += count_right(logits, batch.masked_labels);
    if (!batch.next_labels) continue;
    pairs += batch.next_labels.elements();
    pairs_right += count_right(model.next_head(model.bert.pooled(hidden, batch.sequences)), batch.next_labels);
  }
  nn::train(model);
  const auto share = [](std::int64_t right, std::int64_t all) {
    return static_cast<double>(right) / static_cast<double>(std::max<std::int64_t>(all, 1));
  };
  PretrainAccuracy accuracy{.masked = share(masked_right, masked)};
  if (pairs > 0) accuracy.next = share(pairs_right, pairs);
  return accuracy;
}

PretrainReport pretrain(Pretrained& model, const text::WordPiece& vocabulary,
                        const std::vector<text::Sentences>& documents, const std::vector<text::Sentences>& validation,
                        const PretrainOptions& options, const train::InterruptGuard& guard) {
  optim::AdamW adam{nn::parameters(model), {.beta2 = 0.98f, .weight_decay = 0.01f}};
  const auto rate = optim::warmup_linear(options.rate, options.steps / 10, options.steps);
  const std::int64_t evaluation_interval = std::max<std::int64_t>(options.steps / 100, 1);
  constexpr std::int64_t evaluation_batches = 4;
  const auto epoch_of = [&](const char* purpose, const std::vector<text::Sentences>& texts, std::uint32_t epoch) {
    try {
      return text::PretrainingEpoch{texts, vocabulary, options.examples, epoch};
    } catch (const Error& error) {
      fail("the documents for {} do not suffice: {}", purpose, error.what());
    }
  };
  const text::PretrainingEpoch held_out = epoch_of("validation", validation, 0);

  PretrainReport report;
  train::Progress progress{"pretraining", options.steps, static_cast<double>(options.examples.batch_tokens), "tokens"};
  double masked_loss = 0, next_loss = 0, tokens = 0;
  PretrainAccuracy accuracy;
  for (std::uint32_t epoch = 0; report.steps < options.steps && !guard.interrupted(); ++epoch) {
    const text::PretrainingEpoch examples = epoch_of("training", documents, epoch);
    for (std::int64_t i = 0; i < examples.batches() && report.steps < options.steps && !guard.interrupted(); ++i) {
      const nn::BertBatch batch = examples.batch(i);
      const nn::BertLoss loss = model.loss(batch);
      backward(loss.total);
      optim::clip_norm(adam.parameters(), 1.0);
      adam.step(rate(report.steps));
      ++report.steps;

      tokens += static_cast<double>(batch.sequences.tokens());
      masked_loss += loss.masked.item();
      if (loss.next) next_loss += loss.next.item();
      if (report.steps % evaluation_interval == 0) {
        accuracy = pretrain_accuracy(model, held_out, evaluation_batches);
        const auto step = static_cast<double>(report.steps), count = static_cast<double>(evaluation_interval);
        const auto add = [step](train::Curve& curve, double value) {
          curve.x.push_back(step);
          curve.y.push_back(value);
        };
        add(report.masked_loss, masked_loss / count);
        add(report.masked_accuracy, accuracy.masked);
        if (accuracy.next) {
          add(report.next_loss, next_loss / count);
          add(report.next_accuracy, *accuracy.next);
        }
        masked_loss = next_loss = 0;
      }
      if (progress.will_show())
        progress.step(fmt::format("loss {:.3f}  masked {:.3f}", loss.total.item(), accuracy.masked) +
                      (accuracy.next ? fmt::format("  next {:.3f}", *accuracy.next) : ""));
      else
        progress.step({});
    }
  }
  report.seconds = progress.seconds();
  report.tokens_per_second = tokens / std::max(report.seconds, 1e-9);
  return report;
}

void save_pretrained(const std::string& folder, const Pretrained& model, const text::WordPiece& vocabulary) {
  std::filesystem::create_directories(folder);
  nn::save(model, folder + "/model.safetensors");
  nn::save_config(model, folder + "/config.json");
  vocabulary.save(folder + "/vocab.txt");
}

Pretrained load_pretrained(const std::string& folder) {
  auto model = nn::load_config<Pretrained>(folder + "/config.json");
  nn::load(model, folder + "/model.safetensors");
  return model;
}
