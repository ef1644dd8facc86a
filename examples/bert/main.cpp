// BERT: pretraining and text classification. `bert demo` runs the whole on Debian's package descriptions; the other
// commands are the single steps, on any texts.
#include <heed/graph/fail.h>

#include <iostream>
#include <optional>

#include "../options.h"
#include "bert.h"
#include "demo.h"

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
    fmt::print("{}\n", corpus.origin);
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
  fmt::print("{} documents, {} of them for validation; {} pieces; {} parameters\n",
             split.train.size() + split.validation.size(), split.validation.size(), vocabulary.size(),
             nn::parameter_count(model));
  const train::InterruptGuard guard;
  const PretrainReport report = pretrain(model, vocabulary, encode_documents(split.train, vocabulary),
                                         encode_documents(split.validation, vocabulary), command.options, guard);
  save_pretrained(command.folder, model, vocabulary);
  if (!command.weights.empty()) nn::save(model, command.weights);
  fmt::print("{} steps, {:.0f} tokens/s; model.safetensors, config.json and vocab.txt are in {}\n", report.steps,
             report.tokens_per_second, command.folder);
  if (guard.interrupted()) fmt::print("interrupted after {} of {} steps\n", report.steps, command.options.steps);
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
  finetune(classifier, encode(texts, vocabulary, max_length), command.options, guard, true);
  save_classifier(command.folder, classifier, vocabulary, texts.names);
  fmt::print("{} texts of {} classes; the classifier is in {}\n", texts.texts.size(), texts.names.size(),
             command.folder);
  if (test)
    fmt::print("accuracy on {}: {:.4f}\n", command.test, accuracy(classifier, encode(*test, vocabulary, max_length)));
  return !guard.interrupted();
}

void classify(const std::string& folder) {
  SavedClassifier classifier = load_classifier(folder);
  for (std::string line; std::getline(std::cin, line);)
    if (!line.empty()) print_classes(classifier, line);
}

void fill(const std::string& folder) {
  auto model = nn::load_model<Pretrained>(folder);
  const auto vocabulary = text::WordPiece::load(folder + "/vocab.txt");
  for (std::string line; std::getline(std::cin, line);)
    if (!line.empty()) print_filled(model, vocabulary, line);
}

}  // namespace

int main(int argc, char** argv) try {
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);  // shows each line at once, in a file too
  const Options options("BERT: pretraining on text, classification with few labels.");

  DemoOptions demo;
  const Options demo_command =
      options.command("demo", "pretraining and classification on Debian's package descriptions");
  demo_command.text("--out", demo.folder, "output folder");
  demo_command.positive("--steps", demo.pretraining.steps, "pretraining steps");
  demo_command.flag("!--no-next", demo.pretraining.examples.next_sentence, "without next sentence prediction");

  PretrainCommand pretrain;
  const Options pretrain_command = options.command("pretrain", "trains a vocabulary and a BERT on text");
  pretrain_command.text("--text", pretrain.text,
                        "documents separated by empty lines, a paragraph per line; default: Debian's descriptions");
  pretrain_command.text("--out", pretrain.folder, "output folder");
  pretrain_command.text("--save", pretrain.weights, "additional output file of the weights");
  pretrain_command.positive("--steps", pretrain.options.steps, "pretraining steps");
  pretrain_command.positive("--vocabulary", pretrain.vocabulary_size, "maximum vocabulary size");
  pretrain_command.positive("--width", pretrain.width, "width of the model");
  pretrain_command.positive("--depth", pretrain.depth, "number of layers");
  pretrain_command.positive("--heads", pretrain.heads, "number of attention heads");
  pretrain_command.positive("--longest", pretrain.options.examples.max_length,
                            "maximum number of tokens of an example; the model accepts twice as many");
  pretrain_command.positive("--batch", pretrain.options.examples.batch_tokens, "tokens of a batch");
  pretrain_command.number("--rate", pretrain.options.rate, "peak learning rate");
  pretrain_command.number("--masked", pretrain.options.examples.masking.share, "fraction of masked tokens");
  pretrain_command.flag("!--no-next", pretrain.options.examples.next_sentence, "without next sentence prediction");
  pretrain_command.number("--seed", pretrain.seed, "random seed");

  FinetuneCommand finetune;
  const Options finetune_command = options.command("finetune", "trains a classifier on a TSV file with a header");
  finetune_command.required_text("--model", finetune.model, "output folder of pretrain");
  finetune_command.required_text("--train", finetune.train, "training file");
  finetune_command.text("--test", finetune.test, "test file, on which accuracy is measured");
  finetune_command.text("--text-column", finetune.text_column, "name of the text column");
  finetune_command.text("--label-column", finetune.label_column, "name of the label column");
  finetune_command.text("--out", finetune.folder, "output folder");
  finetune_command.flag("--from-scratch", finetune.from_scratch, "without the pretrained weights");
  finetune_command.positive("--epochs", finetune.options.epochs, "epochs over the training file");
  finetune_command.positive("--batch", finetune.options.batch, "texts of a batch");
  finetune_command.number("--rate", finetune.options.rate, "peak learning rate");
  finetune_command.number("--seed", finetune.options.seed, "random seed");

  std::string classifier_folder, model_folder;
  const Options classify_command = options.command("classify", "classifies lines of standard input");
  classify_command.required_text("--model", classifier_folder, "output folder of finetune");
  const Options fill_command = options.command("fill", "fills in [MASK] in lines of standard input");
  fill_command.required_text("--model", model_folder, "output folder of pretrain");
  if (const auto status = options.parse(argc, argv)) return *status;

  pretrain.options.examples.seed = pretrain.seed;
  constexpr int interrupted = 130;  // the shell's status of a program ended by Ctrl-C
  if (demo_command.given() && !run_demo(demo)) return interrupted;
  if (pretrain_command.given() && !run(pretrain)) return interrupted;
  if (finetune_command.given() && !run(finetune)) return interrupted;
  if (classify_command.given()) classify(classifier_folder);
  if (fill_command.given()) fill(model_folder);
} catch (const std::exception& error) {
  fmt::print(stderr, "bert: {}\n", error.what());
  return 1;
}
