// BERT: pretraining and text classification. `bert demo` runs the whole on Debian's package descriptions; the other
// commands are the single steps, on any texts.
#include <heed/graph/fail.h>
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "classifier.h"
#include "corpus.h"
#include "demo.h"
#include "fill.h"
#include "show.h"

using namespace heed;

namespace {

struct PretrainCommand {
  std::string text, folder = "out/bert", weights;
  std::int64_t vocabulary_size = 8192, width = 128, depth = 4, heads = 2;
  std::uint64_t seed = 1;
  PretrainOptions options;
};

/// Returns true unless it was interrupted.
bool run(const PretrainCommand& command) {
  text::Split split;
  if (command.text.empty()) {
    text::DebianCorpus corpus = text::read_debian(command.folder + "/apt");
    say("{}", corpus.origin);
    split = text::split_by_group(std::move(corpus.documents));
  } else {
    split = text::split_by_group(text::read_documents(command.text));
  }
  if (split.train.empty() || split.validation.empty())
    fail(
        "there are {} documents, of which {} fall to training, {} to validation and {} to a test, but training and "
        "validation need some: more documents would help",
        split.train.size() + split.validation.size() + split.test.size(), split.train.size(), split.validation.size(),
        split.test.size());
  const text::WordPiece vocabulary = train_vocabulary(split.train, command.vocabulary_size);
  seed(command.seed);
  Pretrained model = new_pretrained(vocabulary.size(), command.width, command.depth, command.heads,
                                    2 * command.options.examples.max_length);
  nn::init_normal(model);
  say("{} documents, {} of them for validation; {} pieces; {} parameters", split.train.size() + split.validation.size(),
      split.validation.size(), vocabulary.size(), nn::parameter_count(model));
  const train::InterruptGuard guard;
  const PretrainReport report = pretrain(model, vocabulary, encode_documents(split.train, vocabulary),
                                         encode_documents(split.validation, vocabulary), command.options, guard);
  save_pretrained(command.folder, model, vocabulary);
  if (!command.weights.empty()) nn::save(model, command.weights);
  say("{} steps, {:.0f} tokens/s; model.safetensors, config.json and vocab.txt are in {}", report.steps,
      report.tokens_per_second, command.folder);
  if (guard.interrupted()) say("interrupted after {} of {} steps", report.steps, command.options.steps);
  return !guard.interrupted();
}

struct FinetuneCommand {
  std::string model, train, test, text_column = "text", label_column = "label", folder = "out/classifier";
  bool from_scratch = false;
  FinetuneOptions options;
};

/// Returns true unless it was interrupted.
bool run(const FinetuneCommand& command) {
  const auto vocabulary = text::WordPiece::load(command.model + "/vocab.txt");
  const auto texts = text::read_tsv(command.train, command.text_column, command.label_column);
  std::optional<text::LabelledTexts> test;
  if (!command.test.empty())
    test = text::read_tsv(command.test, command.text_column, command.label_column, texts.names);
  const auto pretrained = nn::load_config<Pretrained>(command.model + "/config.json").bert;
  const std::int64_t max_length = pretrained.position_embedding.max_length;
  seed(command.options.seed);
  Classifier classifier = new_classifier(pretrained, static_cast<std::int64_t>(texts.names.size()));
  if (!command.from_scratch) load_encoder(classifier, command.model + "/model.safetensors");
  const train::InterruptGuard guard;
  finetune(classifier, encode(texts.texts, texts.labels, vocabulary, max_length), command.options, guard, true);
  save_classifier(command.folder, classifier, vocabulary, texts.names);
  say("{} texts of {} classes; the classifier is in {}", texts.texts.size(), texts.names.size(), command.folder);
  if (test)
    say("accuracy on {}: {:.4f}", command.test,
        accuracy(classifier, encode(test->texts, test->labels, vocabulary, max_length)));
  return !guard.interrupted();
}

void classify(const std::string& folder) {
  SavedClassifier classifier = load_classifier(folder);
  for (std::string line; std::getline(std::cin, line);)
    if (!line.empty()) show_classes(classifier, line);
}

void fill(const std::string& folder) {
  Pretrained model = load_pretrained(folder);
  const auto vocabulary = text::WordPiece::load(folder + "/vocab.txt");
  for (std::string line; std::getline(std::cin, line);)
    if (!line.empty()) show_filled(model, vocabulary, line);
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app{"BERT: pretraining on text, classification with few labels."};
  app.require_subcommand(1);

  DemoOptions demo;
  auto* demo_command = app.add_subcommand("demo", "pretraining and classification on Debian's package descriptions");
  demo_command->add_option("--out", demo.folder, "output folder")->capture_default_str();
  demo_command->add_option("--steps", demo.pretraining.steps, "pretraining steps")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  demo_command->add_flag("!--no-next", demo.pretraining.examples.next_sentence, "without next sentence prediction");

  PretrainCommand pretrain;
  auto* pretrain_command = app.add_subcommand("pretrain", "trains a vocabulary and a BERT on text");
  pretrain_command->add_option(
      "--text", pretrain.text,
      "documents separated by empty lines, a paragraph per line; default: Debian's descriptions");
  pretrain_command->add_option("--out", pretrain.folder, "output folder")->capture_default_str();
  pretrain_command->add_option("--save", pretrain.weights, "additional output file of the weights");
  const auto number = [](CLI::App* command, const char* name, std::int64_t& value, const char* what) {
    command->add_option(name, value, what)->check(CLI::PositiveNumber)->capture_default_str();
  };
  number(pretrain_command, "--steps", pretrain.options.steps, "pretraining steps");
  number(pretrain_command, "--vocabulary", pretrain.vocabulary_size, "maximum vocabulary size");
  number(pretrain_command, "--width", pretrain.width, "width of the model");
  number(pretrain_command, "--depth", pretrain.depth, "number of layers");
  number(pretrain_command, "--heads", pretrain.heads, "number of attention heads");
  number(pretrain_command, "--longest", pretrain.options.examples.max_length,
         "maximum number of tokens of an example; the model accepts twice as many");
  number(pretrain_command, "--batch", pretrain.options.examples.batch_tokens, "tokens of a batch");
  pretrain_command->add_option("--rate", pretrain.options.rate, "peak learning rate")->capture_default_str();
  pretrain_command->add_option("--masked", pretrain.options.examples.masking.share, "fraction of masked tokens")
      ->capture_default_str();
  pretrain_command->add_flag("!--no-next", pretrain.options.examples.next_sentence, "without next sentence prediction");
  pretrain_command->add_option("--seed", pretrain.seed, "random seed")->capture_default_str();

  FinetuneCommand finetune;
  auto* finetune_command = app.add_subcommand("finetune", "trains a classifier on a TSV file with a header");
  finetune_command->add_option("--model", finetune.model, "output folder of pretrain")->required();
  finetune_command->add_option("--train", finetune.train, "training file")->required();
  finetune_command->add_option("--test", finetune.test, "test file, on which accuracy is measured");
  finetune_command->add_option("--text-column", finetune.text_column, "name of the text column")->capture_default_str();
  finetune_command->add_option("--label-column", finetune.label_column, "name of the label column")
      ->capture_default_str();
  finetune_command->add_option("--out", finetune.folder, "output folder")->capture_default_str();
  finetune_command->add_flag("--from-scratch", finetune.from_scratch, "without the pretrained weights");
  number(finetune_command, "--epochs", finetune.options.epochs, "epochs over the training file");
  number(finetune_command, "--batch", finetune.options.batch, "texts of a batch");
  finetune_command->add_option("--rate", finetune.options.rate, "peak learning rate")->capture_default_str();
  finetune_command->add_option("--seed", finetune.options.seed, "random seed")->capture_default_str();

  std::string classifier_folder, model_folder;
  auto* classify_command = app.add_subcommand("classify", "classifies lines of standard input");
  classify_command->add_option("--model", classifier_folder, "output folder of finetune")->required();
  auto* fill_command = app.add_subcommand("fill", "fills in [MASK] in lines of standard input");
  fill_command->add_option("--model", model_folder, "output folder of pretrain")->required();
  CLI11_PARSE(app, argc, argv);

  if (*demo_command && !run_demo(demo)) return 130;  // the shell's status of a program ended by Ctrl-C
  pretrain.options.examples.seed = pretrain.seed;
  if (*pretrain_command && !run(pretrain)) return 130;
  if (*finetune_command && !run(finetune)) return 130;
  if (*classify_command) classify(classifier_folder);
  if (*fill_command) fill(model_folder);
} catch (const std::exception& error) {
  fmt::print(stderr, "bert: {}\n", error.what());
  return 1;
}
