#include "demo.h"

#include <fmt/format.h>
#include <heed/io/files.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>

#include "bag_of_words.h"
#include "classifier.h"
#include "corpus.h"
#include "fill.h"
#include "show.h"

using namespace heed;

namespace {

constexpr std::int64_t vocabulary_size = 8192;
constexpr std::size_t classes = 20;
constexpr std::uint64_t draws = 3;  // samples of labels, over which accuracies are averaged

/// Number of labels, and of epochs over them.
struct Setting {
  std::size_t labels;
  std::int64_t epochs;
};
constexpr std::array settings{Setting{500, 12}, Setting{2000, 4}};

constexpr std::array masked_sentences = {
    "This package contains the development [MASK] and headers.",
    "A fast and lightweight web [MASK] written in C.",
    "It supports many image [MASK], including PNG and JPEG.",
    "[MASK] is a programming language.",
};
constexpr std::array lines_to_classify = {
    "A puzzle game where you push boxes through a warehouse.",
    "Shared library to read and write compressed archives.",
    "Fonts for Thai and Lao scripts.",
    "Aligns DNA sequences of a genome against a reference.",
};

struct Accuracies {
  double pretrained = 0, scratch = 0, bag_of_words = 0;
};

double share_of_largest(const text::LabelledTexts& texts) {
  std::vector<double> sizes(texts.names.size());
  for (const std::int64_t label : texts.labels) ++sizes[static_cast<std::size_t>(label)];
  return std::ranges::max(sizes) / static_cast<double>(texts.labels.size());
}

/// Comparison of the three classifiers, on the same labels and test texts.
class Comparison {
 public:
  Comparison(const Pretrained& pretrained, const text::WordPiece& vocabulary, const LabelledSplit& split,
             std::string folder, const train::InterruptGuard& guard)
      : pretrained_(pretrained),
        vocabulary_(vocabulary),
        split_(split),
        folder_(std::move(folder)),
        guard_(guard),
        test_(encode(split.test.texts, split.test.labels, vocabulary, pretrained.bert.position_embedding.max_length)) {}

  /// Mean accuracies over the samples of labels. Saves the pretrained classifier in the folder.
  Accuracies with(const Setting& setting) {
    Accuracies mean;
    for (std::uint64_t draw = 0; draw < draws && !guard_.interrupted(); ++draw) {
      const text::LabelledTexts drawn = draw_texts(split_.train, setting.labels, draw);
      const Examples examples =
          encode(drawn.texts, drawn.labels, vocabulary_, pretrained_.bert.position_embedding.max_length);
      const FinetuneOptions options{.epochs = setting.epochs, .seed = draw};
      Accuracies one;
      one.bag_of_words =
          bag_of_words_accuracy(drawn, split_.validation, split_.test, static_cast<std::int64_t>(split_.names.size()));
      one.scratch = trained(false, examples, options);
      one.pretrained = trained(true, examples, options);
      mean.bag_of_words += one.bag_of_words / draws;
      mean.scratch += one.scratch / draws;
      mean.pretrained += one.pretrained / draws;
      say("  {} labels, draw {}: bag of words {:.3f}, without pretraining {:.3f}, pretrained {:.3f}", setting.labels,
          draw + 1, one.bag_of_words, one.scratch, one.pretrained);
    }
    return mean;
  }

 private:
  double trained(bool from_pretrained, const Examples& examples, const FinetuneOptions& options) {
    seed(options.seed);
    Classifier classifier = new_classifier(pretrained_.bert, static_cast<std::int64_t>(split_.names.size()));
    if (from_pretrained) load_encoder(classifier, folder_ + "/model.safetensors");
    finetune(classifier, examples, options, guard_);
    if (guard_.interrupted()) return 0;
    if (from_pretrained) save_classifier(folder_ + "/classifier", classifier, vocabulary_, split_.names);
    return accuracy(classifier, test_);
  }

  const Pretrained& pretrained_;
  const text::WordPiece& vocabulary_;
  const LabelledSplit& split_;
  const std::string folder_;
  const train::InterruptGuard& guard_;
  const Examples test_;
};

void save_curves(const std::string& folder, const PretrainReport& report) {
  std::vector<train::Curve> losses{report.masked_loss}, accuracies{report.masked_accuracy};
  if (!report.next_loss.x.empty()) {
    losses.push_back(report.next_loss);
    accuracies.push_back(report.next_accuracy);
  }
  io::write_file("demo", folder + "/loss.svg", train::svg_chart("Pretraining: loss", "steps", losses));
  io::write_file("demo", folder + "/accuracy.svg",
                 train::svg_chart("Pretraining: accuracy on validation texts", "steps", accuracies));
}

}  // namespace

bool run_demo(const DemoOptions& options) {
  const auto begin = std::chrono::steady_clock::now();
  const std::string& folder = options.folder;
  std::filesystem::create_directories(folder);
  const train::InterruptGuard guard;

  text::DebianCorpus corpus = text::read_debian(folder + "/apt");
  say("{}", corpus.origin);
  const text::Split split = text::split_by_group(std::move(corpus.documents));
  const text::WordPiece vocabulary = train_vocabulary(split.train, vocabulary_size);
  say("{} documents to train on, {} for validation, {} for the test; a vocabulary of {} pieces", split.train.size(),
      split.validation.size(), split.test.size(), vocabulary.size());

  seed(options.seed);
  Pretrained model = new_pretrained(vocabulary.size());
  nn::init_normal(model);
  say("pretraining a BERT of {} parameters: {} steps of {} tokens, with {} threads", nn::parameter_count(model),
      options.pretraining.steps, options.pretraining.examples.batch_tokens, threads());
  const auto validation = encode_documents(split.validation, vocabulary);
  const PretrainReport report =
      pretrain(model, vocabulary, encode_documents(split.train, vocabulary), validation, options.pretraining, guard);
  save_pretrained(folder, model, vocabulary);
  save_curves(folder, report);
  if (guard.interrupted()) {
    say("interrupted after {} of {} steps: the model as it is now is in {}", report.steps, options.pretraining.steps,
        folder);
    return false;
  }
  const auto learned = pretrain_accuracy(
      model, text::PretrainingEpoch{validation, vocabulary, options.pretraining.examples, 1}, 1 << 20);
  say("pretrained in {}, {:.0f} tokens/s; on validation texts it guesses {:.3f} of the masked tokens{}",
      train::format_duration(report.seconds), report.tokens_per_second, learned.masked,
      learned.next ? fmt::format(" and {:.3f} of the next sentences", *learned.next) : "");

  const LabelledSplit labelled = largest_classes(split, classes);
  const double majority = share_of_largest(labelled.test);
  say("classifying the {} largest sections: {} test texts", labelled.names.size(), labelled.test.texts.size());
  Comparison comparison{model, vocabulary, labelled, folder, guard};
  nlohmann::ordered_json accuracies{{"majority", majority}};
  std::string table = fmt::format("\n{:>8} {:>10} {:>14} {:>21} {:>12}\n", "labels", "majority", "bag of words",
                                  "without pretraining", "pretrained");
  for (const Setting& setting : settings) {
    const Accuracies found = comparison.with(setting);
    if (guard.interrupted()) {
      say("interrupted while fine-tuning: the pretrained model is in {}", folder);
      return false;
    }
    const std::string labels = std::to_string(setting.labels);
    accuracies["pretrained"][labels] = found.pretrained;
    accuracies["scratch"][labels] = found.scratch;
    accuracies["bag_of_words"][labels] = found.bag_of_words;
    table += fmt::format("{:>8} {:>10.3f} {:>14.3f} {:>21.3f} {:>12.3f}\n", labels, majority, found.bag_of_words,
                         found.scratch, found.pretrained);
  }
  say("{}", table);

  for (const std::string sentence : masked_sentences) show_filled(model, vocabulary, sentence);
  SavedClassifier classifier = load_classifier(folder + "/classifier");
  for (const std::string line : lines_to_classify) show_classes(classifier, line);

  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  nlohmann::ordered_json summary{{"accuracy", accuracies},  {"mlm_accuracy", learned.masked},
                                 {"nsp_accuracy", nullptr}, {"tokens_per_second", report.tokens_per_second},
                                 {"seconds", seconds},      {"cpu", cpu_name()}};
  if (learned.next) summary["nsp_accuracy"] = *learned.next;
  io::write_file("demo", folder + "/summary.json", summary.dump(2) + "\n");
  say("\n{} in all. {} holds model.safetensors, config.json, vocab.txt, loss.svg, accuracy.svg, summary.json, and the "
      "classifier",
      train::format_duration(seconds), folder);
  if (isatty(STDIN_FILENO)) {
    say("Type a line to classify it, or one with [MASK] to fill it in; an empty line ends.");
    answer_lines(model, classifier, vocabulary);
  }
  return true;
}
