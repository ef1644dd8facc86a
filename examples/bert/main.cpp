// BERT from text to classes. `bert demo` does it all on Debian's package descriptions; the other commands do each step
// on texts of one's own.
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

/// Returns true if it came to its end, and was not interrupted.
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
                                    2 * command.options.examples.longest);
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

/// Returns true if it came to its end, and was not interrupted.
bool run(const FinetuneCommand& command) {
  const auto vocabulary = text::WordPiece::load(command.model + "/vocab.txt");
  const auto texts = text::read_tsv(command.train, command.text_column, command.label_column);
  std::optional<text::LabelledTexts> test;
  if (!command.test.empty())
    test = text::read_tsv(command.test, command.text_column, command.label_column, texts.names);
  const auto pretrained = nn::load_config<Pretrained>(command.model + "/config.json").bert;
  const std::int64_t longest = pretrained.position_embedding.longest;
  seed(command.options.seed);
  Classifier classifier = new_classifier(pretrained, static_cast<std::int64_t>(texts.names.size()));
  if (!command.from_scratch) load_encoder(classifier, command.model + "/model.safetensors");
  const train::InterruptGuard guard;
  finetune(classifier, encode(texts.texts, texts.labels, vocabulary, longest), command.options, guard, true);
  save_classifier(command.folder, classifier, vocabulary, texts.names);
  say("{} texts of {} classes; the classifier is in {}", texts.texts.size(), texts.names.size(), command.folder);
  if (test)
    say("accuracy on {}: {:.4f}", command.test,
        accuracy(classifier, encode(test->texts, test->labels, vocabulary, longest)));
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
  auto* demo_command = app.add_subcommand("demo", "all of it, on Debian's package descriptions");
  demo_command->add_option("--out", demo.folder, "the folder for what it leaves")->capture_default_str();
  demo_command->add_option("--steps", demo.pretraining.steps, "of pretraining")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  demo_command->add_flag("!--no-next", demo.pretraining.examples.next_sentence, "the masked language model alone");

  PretrainCommand pretrain;
  auto* pretrain_command = app.add_subcommand("pretrain", "trains a vocabulary and a BERT on text");
  pretrain_command->add_option("--text", pretrain.text,
                               "documents between empty lines, a paragraph a line; without it, Debian's descriptions");
  pretrain_command->add_option("--out", pretrain.folder, "the folder for the model")->capture_default_str();
  pretrain_command->add_option("--save", pretrain.weights, "leaves the weights in this file too");
  const auto number = [](CLI::App* command, const char* name, std::int64_t& value, const char* what) {
    command->add_option(name, value, what)->check(CLI::PositiveNumber)->capture_default_str();
  };
  number(pretrain_command, "--steps", pretrain.options.steps, "of pretraining");
  number(pretrain_command, "--vocabulary", pretrain.vocabulary_size, "pieces, at most");
  number(pretrain_command, "--width", pretrain.width, "of the hidden vectors");
  number(pretrain_command, "--depth", pretrain.depth, "layers");
  number(pretrain_command, "--heads", pretrain.heads, "of attention");
  number(pretrain_command, "--longest", pretrain.options.examples.longest,
         "tokens of an example; the model can read twice as many");
  number(pretrain_command, "--batch", pretrain.options.examples.tokens_of_a_batch, "tokens of a batch");
  pretrain_command->add_option("--rate", pretrain.options.rate, "the learning rate's peak")->capture_default_str();
  pretrain_command->add_option("--masked", pretrain.options.examples.masking.share, "share of tokens to guess")
      ->capture_default_str();
  pretrain_command->add_flag("!--no-next", pretrain.options.examples.next_sentence, "the masked language model alone");
  pretrain_command->add_option("--seed", pretrain.seed, "of weights, pairs and masks")->capture_default_str();

  FinetuneCommand finetune;
  auto* finetune_command = app.add_subcommand("finetune", "trains a classifier on a TSV file with a header");
  finetune_command->add_option("--model", finetune.model, "a folder that pretrain left")->required();
  finetune_command->add_option("--train", finetune.train, "the file to learn from")->required();
  finetune_command->add_option("--test", finetune.test, "a file to measure the accuracy on");
  finetune_command->add_option("--text-column", finetune.text_column, "its name in the header")->capture_default_str();
  finetune_command->add_option("--label-column", finetune.label_column, "the same")->capture_default_str();
  finetune_command->add_option("--out", finetune.folder, "the folder for the classifier")->capture_default_str();
  finetune_command->add_flag("--from-scratch", finetune.from_scratch, "do not take the pretrained weights");
  number(finetune_command, "--epochs", finetune.options.epochs, "times through the file");
  number(finetune_command, "--batch", finetune.options.batch, "texts of a batch");
  finetune_command->add_option("--rate", finetune.options.rate, "the learning rate's peak")->capture_default_str();
  finetune_command->add_option("--seed", finetune.options.seed, "of the order and new weights")->capture_default_str();

  std::string classifier_folder, model_folder;
  auto* classify_command = app.add_subcommand("classify", "classifies lines of standard input");
  classify_command->add_option("--model", classifier_folder, "a folder that finetune left")->required();
  auto* fill_command = app.add_subcommand("fill", "fills in [MASK] in lines of standard input");
  fill_command->add_option("--model", model_folder, "a folder that pretrain left")->required();
  CLI11_PARSE(app, argc, argv);

  if (*demo_command && !run_demo(demo)) return 130;  // as a shell says of a program ended by Ctrl-C
  pretrain.options.examples.seed = pretrain.seed;
  if (*pretrain_command && !run(pretrain)) return 130;
  if (*finetune_command && !run(finetune)) return 130;
  if (*classify_command) classify(classifier_folder);
  if (*fill_command) fill(model_folder);
} catch (const std::exception& error) {
  fmt::print(stderr, "bert: {}\n", error.what());
  return 1;
}
