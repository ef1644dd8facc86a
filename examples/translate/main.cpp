// Translation with a recurrent encoder-decoder, with or without attention, or a transformer. `train` trains on Debian's
// package descriptions, or on two files; `translate` translates lines of standard input.
#include <CLI/CLI.hpp>
#include <algorithm>

#include "say.h"
#include "train_command.h"

using namespace heed;

namespace {

void add_translating(CLI::App* command, TranslatingOptions& options) {
  command->add_option("--beam", options.beam, "beam size")->capture_default_str();
  command->add_option("--length-penalty", options.length_penalty, "larger values favour long translations")
      ->capture_default_str();
}

void check_translating(const TranslatingOptions& options) {
  if (options.beam < 1) throw Error(fmt::format("--beam is {}, but it must be at least 1", options.beam));
  if (!(options.length_penalty >= 0))
    throw Error(fmt::format("--length-penalty is {}, but it must not be negative", options.length_penalty));
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app{"Translation: trains a model on pairs of texts, and translates with it."};
  app.require_subcommand(0, 1);

  TrainCommand train;
  auto* train_command = app.add_subcommand("train", "trains a model");
  train_command->add_option("--model", train.kind, "recurrent, attention or transformer")->capture_default_str();
  train_command->add_option("--language", train.language, "target language of Debian's descriptions: it, fr or de")
      ->capture_default_str();
  train_command->add_option("--source", train.source,
                            "source file, a text per line, in place of Debian's descriptions");
  train_command->add_option("--target", train.target, "target file with the corresponding lines");
  train_command->add_option("--out", train.out, "output folder; default: out/translate/MODEL");
  train_command->add_flag("--resume", train.resume, "continues the interrupted run in that folder");
  train_command->add_flag("!--float32", train.bfloat16,
                          "matrix products in float32, not in bfloat16 if the CPU supports it");
  const auto number = [&](const char* name, std::int64_t& value, const char* what) {
    return train_command->add_option(name, value, what)->check(CLI::PositiveNumber);
  };
  number("--steps", train.steps, "training steps; the default depends on the model");
  number("--width", train.width, "width of the model; the default depends on the model");
  number("--depth", train.depth, "number of layers; the default depends on the model");
  number("--heads", train.heads, "number of attention heads of the transformer");
  train_command->add_option("--rate", train.rate, "peak learning rate; the default depends on the model")
      ->check(CLI::PositiveNumber);
  number("--pieces", train.pieces, "maximum vocabulary size")->capture_default_str();
  number("--longest", train.longest, "maximum number of pieces of a sentence")->capture_default_str();
  number("--tokens", train.tokens, "maximum number of source and target tokens of a batch")->capture_default_str();
  number("--test", train.test_pairs, "maximum number of test pairs")->capture_default_str();
  train_command->add_option("--seed", train.seed, "random seed")->capture_default_str();
  add_translating(train_command, train.translating);

  std::string folder;
  TranslatingOptions translating;
  auto* translate_command = app.add_subcommand("translate", "translates lines of standard input");
  translate_command->add_option("--model", folder, "output folder of train")->required();
  add_translating(translate_command, translating);

  // The default command is train.
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
  return run_train(train) ? 0 : 130;  // the shell's status of a program ended by Ctrl-C
} catch (const std::exception& error) {
  fmt::print(stderr, "translate: {}\n", error.what());
  return 1;
}
