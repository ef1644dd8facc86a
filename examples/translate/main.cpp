// Translation with a recurrent encoder-decoder, with or without attention, or a transformer. `train` trains on Debian's
// package descriptions, or on two files, and evaluates on test pairs; `translate` translates lines of standard input.
#include <heed/graph/fail.h>
#include <heed/io/files.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "../options.h"
#include "training.h"
#include "translator.h"

using namespace heed;

namespace {

constexpr std::array<std::string_view, 3> languages{"it", "fr", "de"};
constexpr std::array<std::int64_t, 5> min_words{1, 6, 11, 21, 31};  // classes of source lengths
constexpr std::size_t shown = 5, mapped = 3;  // number of printed translations, and of attention maps

/// Default settings of a kind of model, with similar training times.
struct Recipe {
  std::int64_t width, depth, heads;
  std::int64_t steps;
  double rate;
};

Recipe recipe_of(const std::string& kind) {
  if (kind == model_kinds[0]) return {.width = 256, .depth = 1, .heads = 0, .steps = 8500, .rate = 1e-3};
  if (kind == model_kinds[1]) return {.width = 256, .depth = 1, .heads = 0, .steps = 7000, .rate = 1e-3};
  if (kind == model_kinds[2]) return {.width = 256, .depth = 2, .heads = 4, .steps = 4400, .rate = 1.5e-3};
  fail("there is no model '{}': there are {}", kind, fmt::join(model_kinds, ", "));
}

struct TrainCommand {
  std::string kind = "transformer", language = "it", source, target, out;
  std::int64_t steps = 0, width = 0, depth = 0, heads = 0;  // 0: the default of the recipe
  double rate = 0;                                          // 0: the default of the recipe
  std::int64_t pieces = 8000, longest = 100, tokens = 2048, test_pairs = 2000;
  std::uint64_t seed = 1;
  bool resume = false, bfloat16 = true;
  TranslatingOptions translating;
};

std::string folder_of(const TrainCommand& command) {
  if (!command.out.empty()) return command.out;
  return "out/translate/" + command.kind + (command.language == "it" ? "" : "-" + command.language);
}

struct Corpus {
  text::TranslationSplit texts;
  std::string origin;  // description of the source
};

/// Reads Debian's package descriptions in English and this language, fetched by apt into the folder.
Corpus debian_corpus(const std::string& folder, const std::string& language) try {
  const auto texts = text::read_debian_translations(folder, language);
  return {
      text::split_translations(texts),
      fmt::format("{} pairs of texts in English and '{}' from Debian's package descriptions", texts.size(), language)};
} catch (const Error& error) {
  fail("{}; without a network, --source and --target take files of your own", error.what());
}

/// Reads two files with corresponding lines. A hash of the source line selects a tenth for validation and a tenth for
/// the test, so that equal sources are in the same part.
Corpus corpus_of_files(const std::string& source_path, const std::string& target_path) {
  const text::ParallelTexts lines = text::read_parallel(source_path, target_path);
  std::vector<text::TranslatedText> texts;
  for (std::size_t i = 0; i < lines.source.size(); ++i)
    texts.push_back({.group = lines.source[i], .source = lines.source[i], .target = lines.target[i]});
  return {text::split_translations(texts),
          fmt::format("{} pairs of lines from {} and {}", texts.size(), source_path, target_path)};
}

Corpus read_corpus(const TrainCommand& command, const std::string& folder) {
  if (command.source.empty() != command.target.empty())
    fail("--source and --target belong together: both are files, line by line in two languages");
  Corpus corpus = command.source.empty()
                      ? debian_corpus(std::filesystem::path(folder).parent_path() / "apt", command.language)
                      : corpus_of_files(command.source, command.target);
  const auto& [train, validation, test] = corpus.texts;
  if (train.source.empty() || validation.source.empty() || test.source.empty())
    fail("a corpus of {} pairs is too small to be split into training, validation and test",
         train.source.size() + validation.source.size() + test.source.size());
  fmt::print("{}: {} to train on, {} for validation, {} for the test\n", corpus.origin, train.source.size(),
             validation.source.size(), test.source.size());
  return corpus;
}

text::ParallelTexts separate_punctuation(text::ParallelTexts texts) {
  for (auto* side : {&texts.source, &texts.target})
    for (std::string& text : *side) text = text::separate_punctuation(text);
  return texts;
}

/// Trains a byte-pair encoding of at most `count` pieces on the texts of both languages.
text::BytePairEncoding train_pieces(const text::ParallelTexts& train, std::int64_t count) {
  auto [texts, targets] = separate_punctuation(train);
  texts.insert(texts.end(), targets.begin(), targets.end());
  return text::train_byte_pair_encoding(texts, {.merges = count, .vocabulary_size = count});
}

/// Encodes the pairs, without those that are too long or too different in length.
Pairs encode(const text::ParallelTexts& texts, const Translator& translator, const char* what) {
  Pairs pairs = text::encode_pairs(separate_punctuation(texts), translator.pieces);
  const std::int64_t dropped = text::filter_by_length(pairs, {.max_length = translator.longest});
  if (pairs.empty()) fail("no pair for {} has between 1 and {} pieces on both sides", what, translator.longest);
  if (dropped > 0)
    fmt::print("{} pairs for {} left out: more than {} pieces, or one side more than 3 times as long\n", dropped, what,
               translator.longest);
  return pairs;
}

/// Samples `count` pairs (all, if there are fewer) whose source is not too long for the translator, the same in each
/// call.
text::ParallelTexts draw_pairs(const text::ParallelTexts& from, std::size_t count, const Translator& translator) {
  text::ParallelTexts drawn;
  for (const std::size_t i : text::shuffled(from.source.size(), text::Draws{1, 0, 0})) {
    if (drawn.source.size() == count) break;
    if (std::ssize(translator.encode(from.source[i])) > translator.longest) continue;
    drawn.source.push_back(from.source[i]);
    drawn.target.push_back(from.target[i]);
  }
  return drawn;
}

void save_curves(const std::string& folder, const TrainingReport& report, const train::TranslationQuality& quality) {
  io::write_file("translate", folder + "/loss.svg",
                 train::svg_chart("Loss of a token", "steps", {report.loss, report.validation}));
  train::Curve bleu{"BLEU", {}, {}}, chrf{"chrF", {}, {}};
  for (const train::QualityByLength& one : quality.by_length) {
    bleu.add(static_cast<double>(one.min_words), one.bleu);
    chrf.add(static_cast<double>(one.min_words), one.chrf);
  }
  io::write_file("translate", folder + "/by_length.svg",
                 train::svg_chart("Quality by length", "words of the source, at least", {bleu, chrf}));
}

void save_maps(const std::string& folder, const Translator& translator, const text::ParallelTexts& test,
               const std::vector<Translation>& translations) {
  for (std::size_t i = 0; i < std::min(mapped, translations.size()); ++i)
    if (const auto svg = attention_map(translator, test.source[i], translations[i]))
      io::write_file("translate", fmt::format("{}/attention-{}.svg", folder, i + 1), *svg);
}

void save_summary(const std::string& folder, const Translator& translator, const TrainingReport& report,
                  const train::TranslationQuality& quality, std::size_t sentences) {
  const auto estimate = [](const train::Estimate& one) {
    return nlohmann::ordered_json{{"value", one.value}, {"low", one.low}, {"high", one.high}};
  };
  nlohmann::ordered_json by_length = nlohmann::ordered_json::array();
  for (const train::QualityByLength& one : quality.by_length)
    by_length.push_back({{"words", {one.min_words, std::min<std::int64_t>(one.max_words, 1000)}},
                         {"sentences", one.sentences},
                         {"bleu", one.bleu},
                         {"chrf", one.chrf}});
  const nlohmann::ordered_json summary{{"model", kind_of(translator.model)},
                                       {"parameters", nn::parameter_count(layer_of(translator.model))},
                                       {"bleu", quality.bleu.value},
                                       {"chrf", quality.chrf.value},
                                       {"bleu_interval", estimate(quality.bleu)},
                                       {"chrf_interval", estimate(quality.chrf)},
                                       {"by_length", by_length},
                                       {"test_sentences", sentences},
                                       {"validation_loss", report.validation_loss},
                                       {"steps", report.steps},
                                       {"seconds", report.seconds},
                                       {"cpu_seconds", report.cpu_seconds},
                                       {"tokens_per_second", report.tokens_per_second()},
                                       {"threads", threads()},
                                       {"cpu", cpu_name()}};
  io::write_file("translate", folder + "/summary.json", summary.dump(2) + "\n");
}

/// Translates test pairs, and prints and saves the evaluation.
void evaluate(const std::string& folder, const Translator& translator, const text::ParallelTexts& all_test,
              const TrainingReport& report, const TrainCommand& command) {
  const text::ParallelTexts test = draw_pairs(all_test, static_cast<std::size_t>(command.test_pairs), translator);
  if (test.source.empty()) fail("no pair for the test has at most {} pieces", translator.longest);
  fmt::print("translating {} of the {} pairs for the test with a beam of {}\n", test.source.size(),
             all_test.source.size(), command.translating.beam);
  const std::vector<Translation> translations = translate(translator, test.source, command.translating);
  std::vector<std::string> texts;
  for (const Translation& one : translations) texts.push_back(one.text);
  const auto quality = train::translation_quality(test.source, texts, test.target, min_words);
  save_curves(folder, report, quality);
  save_maps(folder, translator, test, translations);
  save_summary(folder, translator, report, quality, test.source.size());

  fmt::print("\n{:>12} {:>10} {:>6} {:>6}\n", "source words", "sentences", "BLEU", "chrF");
  for (const train::QualityByLength& one : quality.by_length)
    fmt::print("{:>12} {:>10} {:>6.1f} {:>6.1f}\n",
               one.min_words < min_words.back() ? fmt::format("{} to {}", one.min_words, one.max_words)
                                                : fmt::format("{} or more", one.min_words),
               one.sentences, one.bleu, one.chrf);
  fmt::print("BLEU {:.1f} ({:.1f} to {:.1f}), chrF {:.1f} ({:.1f} to {:.1f})\n\n", quality.bleu.value, quality.bleu.low,
             quality.bleu.high, quality.chrf.value, quality.chrf.low, quality.chrf.high);
  for (std::size_t i = 0; i < std::min(shown, texts.size()); ++i)
    fmt::print("{}\n    {}\n    {} (reference)\n", test.source[i], texts[i], test.target[i]);
}

/// Trains a vocabulary and a model, evaluates it on the test pairs, and saves all results in the folder. Returns false
/// if it was interrupted.
bool run_train(const TrainCommand& command) {
  const Recipe recipe = recipe_of(command.kind);
  if (std::ranges::find(languages, command.language) == languages.end())
    fail("there is no language '{}': there are {}", command.language, fmt::join(languages, ", "));
  const std::string folder = folder_of(command);
  const train::InterruptGuard guard;
  std::filesystem::create_directories(folder);

  const Corpus corpus = read_corpus(command, folder);
  auto pieces =
      command.resume ? text::BytePairEncoding::load(folder) : train_pieces(corpus.texts.train, command.pieces);
  const auto or_default = [](std::int64_t given, std::int64_t by_default) { return given > 0 ? given : by_default; };
  const ModelSizes sizes{.vocabulary = pieces.size(),
                         .width = or_default(command.width, recipe.width),
                         .depth = or_default(command.depth, recipe.depth),
                         .heads = or_default(command.heads, recipe.heads)};
  seed(command.seed);
  Translator translator{new_model(command.kind, sizes), std::move(pieces), command.longest};
  const TrainingOptions options{.steps = or_default(command.steps, recipe.steps),
                                .rate = command.rate > 0 ? command.rate : recipe.rate,
                                .tokens = command.tokens,
                                .precision = command.bfloat16 ? bfloat16 : float32,
                                .seed = command.seed,
                                .corpus = fmt::format("{:016x}", text::fingerprint(corpus.texts))};
  const Pairs pairs = encode(corpus.texts.train, translator, "training"),
              validation = encode(corpus.texts.validation, translator, "validation");
  fmt::print("{} with {} parameters and {} pieces: {} steps of at most {} tokens, with {} threads\n", command.kind,
             nn::parameter_count(layer_of(translator.model)), translator.pieces.size(), options.steps, options.tokens,
             threads());
  save_config(folder, translator);
  const TrainingReport report = train_translator(translator, pairs, validation, folder, options, command.resume, guard);
  if (report.steps < options.steps) {
    fmt::print(
        "interrupted after {} of {} steps: --resume goes on with what is in {}, where the model as it is now can "
        "translate\n",
        report.steps, options.steps, folder);
    return false;
  }
  fmt::print("trained in {} ({} of CPU time), {:.0f} tokens/s; validation loss {:.3f}\n",
             train::format_duration(report.seconds), train::format_duration(report.cpu_seconds),
             report.tokens_per_second(), report.validation_loss);

  set_training(translator.model, false);
  evaluate(folder, translator, corpus.texts.test, report, command);
  fmt::print(
      "\n{} holds model.safetensors, config.json, pieces.txt, merges.txt, summary.json, loss.svg, by_length.svg{}\n",
      folder, command.kind == model_kinds[0] ? "" : " and attention maps");
  if (isatty(STDIN_FILENO) != 0) {
    fmt::print("Type a line to translate it; an empty line ends.\n");
    translate_input(translator, command.translating);
  }
  return true;
}

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
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);  // shows each line at once, in a file too
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
  train_command.positive("--steps", train.steps, "training steps; default: 8500, 7000 or 4400, by model");
  train_command.positive("--width", train.width, "width of the model; default: 256");
  train_command.positive("--depth", train.depth, "number of layers; default: 1, for a transformer 2");
  train_command.positive("--heads", train.heads, "number of attention heads of the transformer; default: 4");
  train_command.positive("--rate", train.rate, "peak learning rate; default: 0.001, for a transformer 0.0015");
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
