// From one language to another, with a recurrent encoder-decoder, the same with attention, or a transformer. `train`
// learns from Debian's package descriptions, or from two files of one's own; `translate` reads lines.
#include <CLI/CLI.hpp>
#include <algorithm>

#include "say.h"
#include "train_command.h"

using namespace heed;

namespace {

void add_translating(CLI::App* command, TranslatingOptions& options) {
  command->add_option("--beam", options.beam, "hypotheses that are followed for each line")->capture_default_str();
  command->add_option("--length-penalty", options.length_penalty, "larger values favour long translations")
      ->capture_default_str();
}

void check_translating(const TranslatingOptions& options) {
  if (options.beam < 1)
    throw Error(fmt::format("--beam is {}, but at least one hypothesis must be followed", options.beam));
  if (!(options.length_penalty >= 0))
    throw Error(fmt::format("--length-penalty is {}, but it must not be negative", options.length_penalty));
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app{"Translation: trains a model on pairs of texts, and translates with it."};
  app.require_subcommand(0, 1);

  TrainCommand train;
  auto* train_command = app.add_subcommand("train", "learns to translate");
  train_command->add_option("--model", train.kind, "recurrent, attention or transformer")->capture_default_str();
  train_command->add_option("--language", train.language, "of Debian's descriptions, from English: it, fr or de")
      ->capture_default_str();
  train_command->add_option("--source", train.source, "a file to learn from instead, a text a line");
  train_command->add_option("--target", train.target, "the same lines in another language");
  train_command->add_option("--out", train.out, "the folder for what it leaves; else out/translate/MODEL");
  train_command->add_flag("--resume", train.resume, "goes on with the run that was interrupted in that folder");
  train_command->add_flag("!--float32", train.bfloat16,
                          "does not multiply in bfloat16 while it trains, where the CPU can");
  const auto number = [&](const char* name, std::int64_t& value, const char* what) {
    return train_command->add_option(name, value, what)->check(CLI::PositiveNumber);
  };
  number("--steps", train.steps, "of training, in place of the model's own number");
  number("--width", train.width, "of the hidden vectors, in place of the model's own");
  number("--depth", train.depth, "layers, in place of the model's own");
  number("--heads", train.heads, "of the transformer's attention, in place of its own");
  train_command->add_option("--rate", train.rate, "the learning rate's peak, in place of the model's own")
      ->check(CLI::PositiveNumber);
  number("--pieces", train.pieces, "of words, at most")->capture_default_str();
  number("--longest", train.longest, "pieces of a sentence")->capture_default_str();
  number("--tokens", train.tokens, "of a batch, at most: source and target together")->capture_default_str();
  number("--test", train.test_pairs, "pairs to translate at the end, at most")->capture_default_str();
  train_command->add_option("--seed", train.seed, "of weights, dropout and batches")->capture_default_str();
  add_translating(train_command, train.translating);

  std::string folder;
  TranslatingOptions translating;
  auto* translate_command = app.add_subcommand("translate", "translates lines of standard input");
  translate_command->add_option("--model", folder, "a folder that train left")->required();
  add_translating(translate_command, translating);

  // Without a command it trains.
  std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  if (arguments.empty() || (arguments[0].starts_with("--") && arguments[0] != "--help"))
    arguments.insert(arguments.begin(), "train");
  std::reverse(arguments.begin(), arguments.end());
  try {
    app.parse(arguments);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }

  if (*translate_command) {
    check_translating(translating);
    translate_input(load_translator(folder), translating);
    return 0;
  }
  check_translating(train.translating);
  return run_train(train) ? 0 : 130;  // as a shell says of a program ended by Ctrl-C
} catch (const std::exception& error) {
  fmt::print(stderr, "translate: {}\n", error.what());
  return 1;
}
