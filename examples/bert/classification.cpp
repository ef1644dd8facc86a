// Text classification: a pretrained encoder with a linear classifier, of which all weights are trained.
#include <fmt/format.h>
#include <heed/graph/fail.h>

#include <algorithm>

#include "bert.h"

using namespace heed;

namespace {

/// Probabilities of the classes: [texts, classes].
Tensor class_probabilities(Classifier& classifier, const std::vector<text::Tokens>& texts) {
  constexpr std::size_t texts_at_once = 64;
  NoGrad scope;
  nn::eval(classifier);
  std::vector<Tensor> parts;
  for (std::size_t begin = 0; begin < texts.size(); begin += texts_at_once) {
    const std::size_t count = std::min(texts_at_once, texts.size() - begin);
    const text::TextBatch batch = text::text_batch(std::span(texts).subspan(begin, count));
    parts.push_back(softmax(classifier(batch.tokens, {}, batch.sequences)));
  }
  const Tensor probabilities = concat(parts);
  if (!all(isfinite(probabilities)).item<bool>()) fail("the classifier's probabilities are NaN: its training diverged");
  return probabilities;
}

/// Configuration of a model, with the dropout of fine-tuning.
nn::BertConfig config_of(const SmallBert& model) {
  const auto& layers = model.encoder.layers;
  return {.vocabulary = model.token_embedding.count,
          .width = model.token_embedding.width,
          .heads = layers.at(0).attention.heads,
          .depth = std::ssize(layers),
          .max_length = model.position_embedding.max_length,
          .dropout = 0.1f,
          .attention_dropout = 0.1f};
}

}  // namespace

Examples encode(const text::LabelledTexts& texts, const text::WordPiece& vocabulary, std::int64_t max_length) {
  Examples examples{vocabulary.encode(texts.texts), texts.labels};
  for (text::Tokens& tokens : examples.tokens) {
    tokens.resize(std::min(tokens.size(), static_cast<std::size_t>(max_length) - 2));
    tokens.insert(tokens.begin(), vocabulary.classification());
    tokens.push_back(vocabulary.separator());
  }
  return examples;
}

Classifier new_classifier(const SmallBert& pretrained, std::int64_t classes) {
  Classifier classifier{.classes = classes, .pooling = nn::Pooling::mean, .bert = small_bert(config_of(pretrained))};
  nn::init_normal(classifier);
  return classifier;
}

void load_encoder(Classifier& classifier, const std::string& pretrained_file) {
  const auto report = nn::load(classifier, pretrained_file, {.strict = false});
  for (const std::string& setting : report.differing) fail("{} is not of such a model: {}", pretrained_file, setting);
  for (const std::string& name : report.missing)
    if (!name.starts_with("classifier."))
      fail("{} has no {}, which a pretrained BERT must have", pretrained_file, name);
}

void finetune(Classifier& classifier, const Examples& examples, const FinetuneOptions& options,
              const train::InterruptGuard& guard, bool shows_progress) {
  const auto count = static_cast<std::int64_t>(examples.tokens.size());
  const std::int64_t steps = options.epochs * ((count + options.batch - 1) / options.batch);
  optim::AdamW adam{nn::parameters(classifier), {.weight_decay = 0.01f}};
  const auto rate = optim::warmup_linear(options.rate, steps / 10, steps);
  std::optional<train::Progress> progress;
  if (shows_progress) progress.emplace("fine-tuning", steps, static_cast<double>(options.batch), "texts");
  nn::train(classifier);
  std::int64_t step = 0;
  for (std::int64_t epoch = 0; epoch < options.epochs; ++epoch) {
    const std::vector<std::size_t> order =
        text::shuffled(examples.tokens.size(), text::Draws{options.seed, static_cast<std::uint32_t>(epoch), 0});
    for (std::size_t begin = 0; begin < order.size(); begin += static_cast<std::size_t>(options.batch)) {
      if (guard.interrupted()) return;
      const auto texts = std::min(static_cast<std::size_t>(options.batch), order.size() - begin);
      const text::LabelledBatch batch =
          text::labelled_batch(examples.tokens, examples.labels, std::span(order).subspan(begin, texts));
      const Tensor loss = cross_entropy(classifier(batch.tokens, {}, batch.sequences), batch.labels);
      backward(loss);
      optim::clip_norm(adam.parameters(), 1.0);
      adam.step(rate(step++));
      if (progress) progress->step(progress->will_show() ? fmt::format("loss {:.3f}", loss.item()) : "");
    }
  }
}

double accuracy(Classifier& classifier, const Examples& examples) {
  const Tensor found = argmax(class_probabilities(classifier, examples.tokens), -1);
  return mean(cast(equal(found, tensor(examples.labels)), float64)).item();
}

void save_classifier(const std::string& folder, const Classifier& model, const text::WordPiece& vocabulary,
                     const std::vector<std::string>& labels) {
  nn::save_model(model, folder);
  vocabulary.save(folder + "/vocab.txt");
  text::write_lines("save_classifier", folder + "/labels.txt", labels);
}

SavedClassifier load_classifier(const std::string& folder) {
  auto model = nn::load_model<Classifier>(folder);
  std::vector<std::string> labels = text::read_lines("load_classifier", folder + "/labels.txt");
  auto vocabulary = text::WordPiece::load(folder + "/vocab.txt");
  const Size pieces = model.bert.token_embedding.count;
  if (static_cast<std::int64_t>(labels.size()) != model.classes || vocabulary.size() != pieces)
    fail("{}: labels.txt has {} labels and vocab.txt {} pieces, but config.json says {} and {}", folder, labels.size(),
         vocabulary.size(), model.classes.value, pieces.value);
  return {std::move(model), std::move(vocabulary), std::move(labels)};
}

void print_classes(SavedClassifier& classifier, const std::string& line) {
  const Examples examples = encode({.texts = {line}, .labels = {}, .names = {}}, classifier.vocabulary,
                                   classifier.model.bert.position_embedding.max_length);
  constexpr std::int64_t answers = 3;
  const Ranked best =
      topk(class_probabilities(classifier.model, examples.tokens), std::min(answers, std::ssize(classifier.labels)));
  const auto classes = best.indices.to_vector<std::int64_t>();
  const auto probabilities = best.values.to_vector<float>();
  std::string answer;
  for (std::size_t i = 0; i < classes.size(); ++i)
    answer += fmt::format(" {} {:.2f} ", classifier.labels[static_cast<std::size_t>(classes[i])], probabilities[i]);
  fmt::print("{}\n   {}\n", line, answer);
}
