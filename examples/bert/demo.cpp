// The demo: pretraining and classification on Debian's package descriptions, compared with a bag of words.
#include "demo.h"

#include <fmt/format.h>
#include <heed/io/files.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>

using namespace heed;

namespace {

/// Multinomial logistic regression on TF-IDF vectors: logits = X W + b, with W: [words, classes] and b: [classes].
struct LogisticRegression {
  Size words, classes;
  nn::Parameter weight{{words, classes}, zeros};
  nn::Parameter bias{{classes}, zeros, nn::Role::bias};

  Tensor operator()(const text::SparseDocuments& x) const {
    return index_add(zeros({x.documents, classes}), x.document, x.value * gather_rows(weight, x.word)) + bias;
  }
};

double accuracy(const LogisticRegression& model, const text::SparseDocuments& x,
                const std::vector<std::int64_t>& labels) {
  NoGrad scope;
  return mean(cast(equal(argmax(model(x), -1), tensor(labels)), float64)).item();
}

/// Minimises  mean of cross-entropy + sum of W^2 / (2 strength documents)  by full-batch AdamW, with a learning rate
/// that decays to 0.
LogisticRegression fit(const text::SparseDocuments& x, const std::vector<std::int64_t>& labels, std::int64_t classes,
                       double strength) {
  constexpr std::int64_t steps = 150;
  LogisticRegression model{.words = x.words, .classes = classes};
  optim::AdamW adam{nn::parameters(model), {.weight_decay = 0}};
  const auto rate = optim::warmup_linear(0.3, 1, steps);
  const Tensor targets = tensor(labels);
  for (std::int64_t step = 0; step < steps; ++step) {
    const double decay = 0.5 / (strength * static_cast<double>(x.documents));
    backward(cross_entropy(model(x), targets) + decay * sum(model.weight * model.weight));
    adam.step(rate(step));
  }
  return model;
}

/// Accuracy of a bag of words on the test texts, with the strength that is best on the validation texts.
double bag_of_words_accuracy(const text::LabelledTexts& train, const text::LabelledTexts& validation,
                             const text::LabelledTexts& test) {
  const text::TfIdf vectors{train.texts};
  const auto x = vectors(train.texts), validation_x = vectors(validation.texts);
  const std::int64_t classes = std::ssize(train.names);
  double best = -1;
  LogisticRegression chosen{.words = 0, .classes = classes};
  for (const double strength : {1.0, 3.0, 10.0, 30.0}) {
    auto model = fit(x, train.labels, classes, strength);
    const double reached = accuracy(model, validation_x, validation.labels);
    if (reached > best) best = reached, chosen = model;
  }
  return accuracy(chosen, vectors(test.texts), test.labels);
}

constexpr std::int64_t vocabulary_size = 8192;
constexpr std::int64_t classes = 20;
constexpr std::uint64_t draws = 3;  // samples of labels, over which accuracies are averaged

/// Number of labels, and of epochs over them.
struct Setting {
  std::int64_t labels;
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
  Comparison(const Pretrained& pretrained, const text::WordPiece& vocabulary, const text::LabelledSplit& split,
             std::string folder, const train::InterruptGuard& guard)
      : pretrained_(pretrained),
        vocabulary_(vocabulary),
        split_(split),
        folder_(std::move(folder)),
        guard_(guard),
        test_(encode(split.test, vocabulary, pretrained.bert.position_embedding.max_length)) {}

  /// Mean accuracies over the samples of labels. Saves the pretrained classifier in the folder.
  Accuracies with(const Setting& setting) {
    Accuracies mean;
    for (std::uint64_t draw = 0; draw < draws && !guard_.interrupted(); ++draw) {
      const text::LabelledTexts drawn = text::sample(split_.train, setting.labels, draw);
      const Examples examples = encode(drawn, vocabulary_, pretrained_.bert.position_embedding.max_length);
      const FinetuneOptions options{.epochs = setting.epochs, .seed = draw};
      Accuracies one;
      one.bag_of_words = bag_of_words_accuracy(drawn, split_.validation, split_.test);
      one.scratch = trained(false, examples, options);
      one.pretrained = trained(true, examples, options);
      mean.bag_of_words += one.bag_of_words / draws;
      mean.scratch += one.scratch / draws;
      mean.pretrained += one.pretrained / draws;
      fmt::print("  {} labels, draw {}: bag of words {:.3f}, without pretraining {:.3f}, pretrained {:.3f}\n",
                 setting.labels, draw + 1, one.bag_of_words, one.scratch, one.pretrained);
    }
    return mean;
  }

 private:
  double trained(bool from_pretrained, const Examples& examples, const FinetuneOptions& options) {
    seed(options.seed);
    Classifier classifier = new_classifier(pretrained_.bert, std::ssize(split_.train.names));
    if (from_pretrained) load_encoder(classifier, folder_ + "/model.safetensors");
    finetune(classifier, examples, options, guard_);
    if (guard_.interrupted()) return 0;
    if (from_pretrained) save_classifier(folder_ + "/classifier", classifier, vocabulary_, split_.train.names);
    return accuracy(classifier, test_);
  }

  const Pretrained& pretrained_;
  const text::WordPiece& vocabulary_;
  const text::LabelledSplit& split_;
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

/// Fills in each line of standard input that has a [MASK], and classifies the others, until an empty line or the end.
void answer_lines(Pretrained& model, SavedClassifier& classifier, const text::WordPiece& vocabulary) {
  for (std::string line; std::getline(std::cin, line) && !line.empty();) try {
      if (line.find("[MASK]") != std::string::npos)
        print_filled(model, vocabulary, line);
      else
        print_classes(classifier, line);
    } catch (const Error& error) {
      fmt::print("{}\n", error.what());
    }
}

}  // namespace

bool run_demo(const DemoOptions& options) {
  const auto begin = std::chrono::steady_clock::now();
  const std::string& folder = options.folder;
  std::filesystem::create_directories(folder);
  const train::InterruptGuard guard;

  text::DebianCorpus corpus = text::read_debian(folder + "/apt");
  fmt::print("{}\n", corpus.origin);
  const text::Split split = text::split_by_group(std::move(corpus.documents));
  const text::WordPiece vocabulary = train_vocabulary(split.train, vocabulary_size);
  fmt::print("{} documents to train on, {} for validation, {} for the test; a vocabulary of {} pieces\n",
             split.train.size(), split.validation.size(), split.test.size(), vocabulary.size());

  seed(options.seed);
  Pretrained model = new_pretrained(vocabulary.size());
  fmt::print("pretraining a BERT of {} parameters: {} steps of {} tokens, with {} threads\n",
             nn::parameter_count(model), options.pretraining.steps, options.pretraining.examples.batch_tokens,
             threads());
  const auto validation = encode_documents(split.validation, vocabulary);
  const PretrainReport report =
      pretrain(model, vocabulary, encode_documents(split.train, vocabulary), validation, options.pretraining, guard);
  save_pretrained(folder, model, vocabulary);
  save_curves(folder, report);
  if (guard.interrupted()) {
    fmt::print("interrupted after {} of {} steps: the model as it is now is in {}\n", report.steps,
               options.pretraining.steps, folder);
    return false;
  }
  const auto learned = pretrain_accuracy(
      model, text::PretrainingEpoch{validation, vocabulary, options.pretraining.examples, 1}, 1 << 20);
  fmt::print("pretrained in {}, {:.0f} tokens/s; on validation texts it guesses {:.3f} of the masked tokens{}\n",
             train::format_duration(report.seconds), report.tokens_per_second, learned.masked,
             learned.next ? fmt::format(" and {:.3f} of the next sentences", *learned.next) : "");

  const text::LabelledSplit labelled = text::most_frequent_labels(split, classes);
  const double majority = share_of_largest(labelled.test);
  fmt::print("classifying the {} largest sections: {} test texts\n", labelled.test.names.size(),
             labelled.test.texts.size());
  Comparison comparison{model, vocabulary, labelled, folder, guard};
  nlohmann::ordered_json accuracies{{"majority", majority}};
  std::string table = fmt::format("\n{:>8} {:>10} {:>14} {:>21} {:>12}\n", "labels", "majority", "bag of words",
                                  "without pretraining", "pretrained");
  for (const Setting& setting : settings) {
    const Accuracies found = comparison.with(setting);
    if (guard.interrupted()) {
      fmt::print("interrupted while fine-tuning: the pretrained model is in {}\n", folder);
      return false;
    }
    const std::string labels = std::to_string(setting.labels);
    accuracies["pretrained"][labels] = found.pretrained;
    accuracies["scratch"][labels] = found.scratch;
    accuracies["bag_of_words"][labels] = found.bag_of_words;
    table += fmt::format("{:>8} {:>10.3f} {:>14.3f} {:>21.3f} {:>12.3f}\n", labels, majority, found.bag_of_words,
                         found.scratch, found.pretrained);
  }
  fmt::print("{}\n", table);

  for (const std::string sentence : masked_sentences) print_filled(model, vocabulary, sentence);
  SavedClassifier classifier = load_classifier(folder + "/classifier");
  for (const std::string line : lines_to_classify) print_classes(classifier, line);

  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  nlohmann::ordered_json summary{{"accuracy", accuracies},  {"mlm_accuracy", learned.masked},
                                 {"nsp_accuracy", nullptr}, {"tokens_per_second", report.tokens_per_second},
                                 {"seconds", seconds},      {"cpu", cpu_name()}};
  if (learned.next) summary["nsp_accuracy"] = *learned.next;
  io::write_file("demo", folder + "/summary.json", summary.dump(2) + "\n");
  fmt::print(
      "\n{} in all. {} holds model.safetensors, config.json, vocab.txt, loss.svg, accuracy.svg, summary.json, and the "
      "classifier\n",
      train::format_duration(seconds), folder);
  if (isatty(STDIN_FILENO)) {
    fmt::print("Type a line to classify it, or one with [MASK] to fill it in; an empty line ends.\n");
    answer_lines(model, classifier, vocabulary);
  }
  return true;
}
