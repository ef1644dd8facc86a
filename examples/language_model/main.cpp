// Trains a transformer language model on bytes or byte-pair encodings of any text, and generates text with it.
#include <fmt/core.h>

#include <CLI/CLI.hpp>

#include "training.h"
#include "writing.h"

using namespace heed;

namespace {

struct TrainCommand {
  std::string folder = "out/language_model";
  std::int64_t pieces = text::ByteLevelEncoding::bytes, width = 192, heads = 3, depth = 4;
  double dropout = 0;
  std::string positions = "rotary";
  std::uint64_t seed = 1;
  Settings settings;
};

Corpus read_corpus(const std::string& text, const std::string& folder) {
  std::filesystem::create_directories(folder);
  Corpus corpus = text.empty() ? read_descriptions(folder) : read_text(text);
  fmt::print("{}\n", corpus.origin);
  return corpus;
}

/// Exit status; 130 is the shell's convention for a program ended by Ctrl-C.
int status(bool finished) { return finished ? 0 : 130; }

Model new_model(const TrainCommand& command, std::int64_t vocabulary) {
  const Size width = command.width, heads = command.heads;
  const auto embedding_positions = [&]() -> EmbeddingPositions {
    if (command.positions == "learned")
      return nn::LearnedPositions{.max_length = command.settings.context, .width = width};
    if (command.positions == "sinusoidal") return nn::SinusoidalPositions{.width = width};
    return nn::NoPositions{};
  };
  const auto attention_positions = [&]() -> AttentionPositions {
    if (command.positions == "rotary") return nn::Rotary{.width = width / heads, .base = 1000};
    return nn::NoPositions{};
  };
  const auto dropout = static_cast<float>(command.dropout);
  const auto layer = [&](int) {
    return Layer{.dropout = dropout,
                 .attention = {.width = width, .heads = heads, .dropout = dropout, .positions = attention_positions()},
                 .feed_forward = {.width = width}};
  };
  Model model{
      .embedding = {.vocabulary = vocabulary, .width = width, .dropout = dropout, .positions = embedding_positions()},
      .layers = {.layers = nn::repeat(command.depth, layer), .norm = {.width = width}}};
  nn::init_gpt2(model, 2 * command.depth);
  return model;
}

int run(TrainCommand command) {
  const Corpus corpus = read_corpus(command.settings.text, command.folder);
  command.settings.text_fingerprint = fingerprint(corpus);
  seed(command.seed);
  const auto encoding = text::train_byte_level(corpus.text.train, command.pieces);
  const Model model = new_model(command, encoding.size());
  Run run{encoding, model, optimizer_of(model), command.settings};
  create_folder(command.folder, run);
  return status(train_to_end(run, corpus, command.folder));
}

int resume(const std::string& folder) {
  Run run = load_run(folder);
  const Corpus corpus = read_corpus(run.settings.text, folder);
  if (fingerprint(corpus) != run.settings.text_fingerprint)
    throw Error(fmt::format("{} is not the text that the run in {} began with", run.settings.text, folder));
  return status(train_to_end(run, corpus, folder));
}

void generate(const std::string& folder, const std::string& prompt, Writing writing) {
  const Trained trained = load_trained(folder);
  writing.context = trained.context;
  fmt::print("{}", prompt);
  write(trained.model, trained.encoding, prompt, writing, [](const std::string& piece) {
    std::fwrite(piece.data(), 1, piece.size(), stdout);
    return std::fflush(stdout) == 0;
  });
  fmt::print("\n");
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app{"A language model of any text."};
  app.require_subcommand(1);
  const auto number = [](CLI::App* command, const char* name, std::int64_t& value, const char* what) {
    command->add_option(name, value, what)->check(CLI::PositiveNumber)->capture_default_str();
  };

  TrainCommand train;
  auto* train_command = app.add_subcommand("train", "trains a model on a text");
  train_command->add_option("--text", train.settings.text, "any file; without it, Debian's package descriptions");
  train_command->add_option("--out", train.folder, "output folder")->capture_default_str();
  number(train_command, "--pieces", train.pieces, "vocabulary size: the 256 bytes, and further trained pieces");
  number(train_command, "--width", train.width, "width of the model");
  number(train_command, "--heads", train.heads, "number of attention heads");
  number(train_command, "--depth", train.depth, "number of layers");
  number(train_command, "--context", train.settings.context, "context length, in pieces");
  number(train_command, "--steps", train.settings.steps, "training steps");
  number(train_command, "--batch", train.settings.batch, "windows of a batch, each as long as the context");
  number(train_command, "--look", train.settings.look, "steps between evaluations on the validation text");
  train_command->add_option("--rate", train.settings.rate, "peak learning rate")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  train_command->add_option("--dropout", train.dropout, "dropout probability")
      ->check(CLI::Range(0.0, 0.99))
      ->capture_default_str();
  train_command->add_option("--positions", train.positions, "sinusoidal, learned or rotary (default)")
      ->transform(CLI::IsMember({"sinusoidal", "learned", "rotary"}, CLI::ignore_case));
  train_command->add_flag("!--float32", train.settings.bfloat16,
                          "matrix products in float32, not in bfloat16 if the CPU supports it");
  train_command->add_option("--seed", train.seed, "random seed")->capture_default_str();

  std::string folder = train.folder, prompt;
  std::uint64_t sampling_seed = 1;
  Writing writing;
  auto* resume_command = app.add_subcommand("resume", "continues an interrupted run");
  auto* generate_command = app.add_subcommand("generate", "continues a prompt");
  for (CLI::App* command : {resume_command, generate_command})
    command->add_option("--model", folder, "output folder of train")->capture_default_str();
  generate_command->add_option("--prompt", prompt, "the prompt; by default the beginning of a line");
  number(generate_command, "--pieces", writing.pieces, "number of pieces to generate");
  generate_command->add_option("--temperature", writing.sampling.temperature, "sampling temperature; 0: greedy")
      ->capture_default_str();
  generate_command->add_option("--top-k", writing.sampling.top_k, "sample from the k most likely pieces; 0: all")
      ->capture_default_str();
  generate_command
      ->add_option("--top-p", writing.sampling.top_p, "sample from the most likely pieces with this total probability")
      ->capture_default_str();
  generate_command->add_option("--seed", sampling_seed, "random seed")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  if (*train_command) return run(train);
  if (*resume_command) return resume(folder);
  seed(sampling_seed);
  generate(folder, prompt, writing);
} catch (const std::exception& error) {
  fmt::print(stderr, "language_model: {}\n", error.what());
  return 1;
}
