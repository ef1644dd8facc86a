// Trains a transformer language model on bytes or byte-pair encodings of any text, and generates text with it.
#include <fmt/core.h>
#include <heed/io/files.h>

#include <filesystem>

#include "../options.h"
#include "run.h"

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

/// Reads Debian's package descriptions, which apt fetches into `folder`; a tenth of the source packages is for
/// validation. Later calls for the same folder read the saved text.
text::PlainText read_descriptions(const std::string& folder) {
  const std::string train = folder + "/train.txt", validation = folder + "/validation.txt";
  if (std::filesystem::exists(train) && std::filesystem::exists(validation)) {
    fmt::print("the package descriptions in {}\n", folder);
    return {io::read_file("language_model", train), io::read_file("language_model", validation)};
  }
  text::DebianCorpus debian = text::read_debian(folder + "/apt");
  fmt::print("{}\n", debian.origin);
  text::PlainText corpus = text::plain_text(text::split_by_group(std::move(debian.documents)));
  io::write_file("language_model", train, corpus.train);
  io::write_file("language_model", validation, corpus.validation);
  return corpus;
}

/// Reads a file of any bytes: the first nine tenths are for training, the rest for validation. Without a path, reads
/// Debian's package descriptions.
text::PlainText read_corpus(const std::string& path, const std::string& folder) {
  std::filesystem::create_directories(folder);
  if (path.empty()) return read_descriptions(folder);
  const std::string text = io::read_text("language_model", path);
  if (text.empty()) throw Error(fmt::format("{} is empty", path));
  fmt::print("{} bytes of {}\n", text.size(), path);
  return text::split_plain_text(text);
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
  const text::PlainText corpus = read_corpus(command.settings.text, command.folder);
  command.settings.text_fingerprint = text::fingerprint(corpus);
  seed(command.seed);
  const auto encoding = text::train_byte_level(corpus.train, command.pieces);
  const Model model = new_model(command, encoding.size());
  Run run{encoding, model, optimizer_of(model), command.settings};
  create_folder(command.folder, run);
  return status(train_to_end(run, corpus, command.folder));
}

int resume(const std::string& folder) {
  Run run = load_run(folder);
  const text::PlainText corpus = read_corpus(run.settings.text, folder);
  if (text::fingerprint(corpus) != run.settings.text_fingerprint)
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
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);  // shows each line at once, in a file too
  const Options options("A language model of any text.");

  TrainCommand train;
  const Options train_command = options.command("train", "trains a model on a text");
  train_command.text("--text", train.settings.text, "any file; without it, Debian's package descriptions");
  train_command.text("--out", train.folder, "output folder");
  train_command.positive("--pieces", train.pieces, "vocabulary size: the 256 bytes, and further trained pieces");
  train_command.positive("--width", train.width, "width of the model");
  train_command.positive("--heads", train.heads, "number of attention heads");
  train_command.positive("--depth", train.depth, "number of layers");
  train_command.positive("--context", train.settings.context, "context length, in pieces");
  train_command.positive("--steps", train.settings.steps, "training steps");
  train_command.positive("--batch", train.settings.batch, "windows of a batch, each as long as the context");
  train_command.positive("--look", train.settings.look, "steps between evaluations on the validation text");
  train_command.positive("--rate", train.settings.rate, "peak learning rate");
  train_command.between("--dropout", train.dropout, 0, 0.99, "dropout probability");
  train_command.choice("--positions", train.positions, {"sinusoidal", "learned", "rotary"}, "positional encoding");
  train_command.flag("!--float32", train.settings.bfloat16,
                     "matrix products in float32, not in bfloat16 if the CPU supports it");
  train_command.number("--seed", train.seed, "random seed");

  std::string folder = train.folder, prompt;
  std::uint64_t sampling_seed = 1;
  Writing writing;
  const Options resume_command = options.command("resume", "continues an interrupted run");
  const Options generate_command = options.command("generate", "continues a prompt");
  for (const Options& command : {resume_command, generate_command})
    command.text("--model", folder, "output folder of train");
  generate_command.text("--prompt", prompt, "the prompt; by default the beginning of a line");
  generate_command.positive("--pieces", writing.pieces, "number of pieces to generate");
  generate_command.number("--temperature", writing.sampling.temperature, "sampling temperature; 0: greedy");
  generate_command.number("--top-k", writing.sampling.top_k, "sample from the k most likely pieces; 0: all");
  generate_command.number("--top-p", writing.sampling.top_p,
                          "sample from the most likely pieces with this total probability");
  generate_command.number("--seed", sampling_seed, "random seed");
  if (const auto status = options.parse(argc, argv)) return *status;

  if (train_command.given()) return run(train);
  if (resume_command.given()) return resume(folder);
  seed(sampling_seed);
  generate(folder, prompt, writing);
} catch (const std::exception& error) {
  fmt::print(stderr, "language_model: {}\n", error.what());
  return 1;
}
