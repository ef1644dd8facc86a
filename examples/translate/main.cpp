// Translation with a recurrent encoder-decoder, with or without attention, or a transformer. `train` trains on Debian's
// package descriptions, or on two files; `translate` translates lines of standard input.
#include <string_view>
#include <vector>

#include "../options.h"
#include "say.h"
#include "train_command.h"

using namespace heed;

namespace {

void add_translating(const Options& command, TranslatingOptions& options) {
  command.number("--beam", options.beam, "beam size");
  command.number("--length-penalty", options.length_penalty, "larger values favour long translations");
}

void check_translating(const TranslatingOptions& options) {
  if (options.beam < 1) throw Error(fmt::format("--beam is {}, but it must be at least 1", options.beam));
  if (!(options.length_penalty >= 0))
    throw Error(fmt::format("--length-penalty is {}, but it must not be negative", options.length_penalty));
}

}  // namespace

int main(int argc, char** argv) try {
  const Options options("Translation: trains a model on pairs of texts, and translates with it.");

  TrainCommand train;
  const Options train_command = options.command("train", "trains a model");
  train_command.text("--model", train.kind, "recurrent, attention or transformer");
  train_command.text("--language", train.language, "target language of Debian's descriptions: it, fr or de");
  train_command.text("--source", train.source, "source file, a text per line, in place of Debian's descriptions");
  train_command.text("--target", train.target, "target file with the corresponding lines");
  train_command.text("--out", train.out, "output folder; default: out/translate/MODEL");
  train_command.flag("--resume", train.resume, "continues the interrupted run in that folder");
  train_command.flag("!--float32", train.bfloat16,
                     "matrix products in float32, not in bfloat16 if the CPU supports it");
  train_command.positive("--steps", train.steps, "training steps; the default depends on the model");
  train_command.positive("--width", train.width, "width of the model; the default depends on the model");
  train_command.positive("--depth", train.depth, "number of layers; the default depends on the model");
  train_command.positive("--heads", train.heads, "number of attention heads of the transformer; default: 4");
  train_command.positive("--rate", train.rate, "peak learning rate; the default depends on the model");
  train_command.positive("--pieces", train.pieces, "maximum vocabulary size");
  train_command.positive("--longest", train.longest, "maximum number of pieces of a sentence");
  train_command.positive("--tokens", train.tokens, "maximum number of source and target tokens of a batch");
  train_command.positive("--test", train.test_pairs, "maximum number of test pairs");
  train_command.number("--seed", train.seed, "random seed");
  add_translating(train_command, train.translating);

  std::string folder;
  TranslatingOptions translating;
  const Options translate_command = options.command("translate", "translates lines of standard input");
  translate_command.required_text("--model", folder, "output folder of train");
  add_translating(translate_command, translating);

  // The default command is train.
  std::vector<const char*> arguments(argv, argv + argc);
  const std::string_view first = argc > 1 ? arguments[1] : "--";
  if (first.starts_with("--") && first != "--help") arguments.insert(arguments.begin() + 1, "train");
  if (const auto status = options.parse(static_cast<int>(arguments.size()), arguments.data())) return *status;

  if (translate_command.given()) {
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
