// Pretraining: masked language model and next sentence prediction.
#include <fmt/format.h>
#include <heed/graph/fail.h>

#include <algorithm>

#include "bert.h"

using namespace heed;

SmallBert small_bert(const nn::BertConfig& c) {
  const auto norm = [&] { return nn::PreNorm<>{.width = c.width, .norm = {.width = c.width, .epsilon = c.epsilon}}; };
  const auto layer = [&](int) {
    Layer made{.dropout = c.dropout,
               .attention = {.width = c.width, .heads = c.heads, .dropout = c.attention_dropout},
               .feed_forward = {.width = c.width, .hidden = c.hidden},
               .attention_residual = norm(),
               .feed_forward_residual = norm()};
    made.attention.positions.base = 100;
    return made;
  };
  return nn::bert(c, layer, AtMost{c.max_length});
}

Pretrained new_pretrained(std::int64_t vocabulary, std::int64_t width, std::int64_t depth, std::int64_t heads,
                          std::int64_t max_length) {
  Pretrained model{.bert = small_bert({.vocabulary = vocabulary,
                                       .width = width,
                                       .heads = heads,
                                       .depth = depth,
                                       .max_length = max_length,
                                       .dropout = 0})};
  nn::init_normal(model);
  return model;
}

text::WordPiece train_vocabulary(const std::vector<text::Document>& documents, std::int64_t size) {
  std::vector<std::string> texts;
  for (const text::Document& document : documents)
    texts.insert(texts.end(), document.paragraphs.begin(), document.paragraphs.end());
  return text::train_wordpiece(texts, {.vocabulary_size = size});
}

std::vector<text::Sentences> encode_documents(const std::vector<text::Document>& documents,
                                              const text::WordPiece& vocabulary) {
  std::vector<std::vector<std::string>> paragraphs;
  for (const text::Document& document : documents) paragraphs.push_back(document.paragraphs);
  return text::encode_sentences(paragraphs, vocabulary);
}

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
        report.masked_loss.add(step, masked_loss / count);
        report.masked_accuracy.add(step, accuracy.masked);
        if (accuracy.next) {
          report.next_loss.add(step, next_loss / count);
          report.next_accuracy.add(step, *accuracy.next);
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
  nn::save_model(model, folder);
  vocabulary.save(folder + "/vocab.txt");
}

void print_filled(Pretrained& model, const text::WordPiece& vocabulary, const std::string& text) {
  text::Tokens pieces = vocabulary.encode(text);
  pieces.insert(pieces.begin(), vocabulary.classification());
  pieces.push_back(vocabulary.separator());
  std::vector<std::int64_t> masked;
  for (std::size_t i = 0; i < pieces.size(); ++i)
    if (pieces[i] == vocabulary.mask()) masked.push_back(static_cast<std::int64_t>(i));
  if (masked.empty()) fail("'{}' has no [MASK] to fill in", text);

  NoGrad scope;
  nn::eval(model);
  const std::vector<std::int64_t> tokens(pieces.begin(), pieces.end());
  const Tensor hidden = model.bert(tensor(tokens), {}, Sequences{static_cast<std::int64_t>(tokens.size())});
  const Tensor logits =
      model.masked_head.logits(gather_rows(hidden, tensor(masked)), model.bert.token_embedding.weight);
  if (!all(isfinite(logits)).item<bool>()) fail("the model's logits are not finite: its training diverged");
  constexpr std::int64_t answers = 3;
  const std::int64_t shown = std::min(answers, vocabulary.size());
  const Ranked best = topk(softmax(logits), shown);  // [masks, shown]
  const auto found = best.indices.to_vector<std::int64_t>();
  const auto probabilities = best.values.to_vector<float>();
  std::string lines = text;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (i % static_cast<std::size_t>(shown) == 0) lines += "\n   ";
    lines += fmt::format(" {} {:.2f} ", vocabulary.piece(found[i]), probabilities[i]);
  }
  fmt::print("{}\n", lines);
}
