#include "train_command.h"

#include <heed/graph/fail.h>
#include <heed/io/files.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "attention_map.h"
#include "corpus.h"
#include "quality.h"
#include "say.h"
#include "training.h"

using namespace heed;

namespace {

constexpr std::array<std::string_view, 3> languages{"it", "fr", "de"};
constexpr std::size_t shown = 5, mapped = 3;  // number of printed translations, and of attention maps

std::string folder_of(const TrainCommand& command) {
  if (!command.out.empty()) return command.out;
  return "out/translate/" + command.kind + (command.language == "it" ? "" : "-" + command.language);
}

Corpus corpus_of(const TrainCommand& command, const std::string& folder) {
  if (command.source.empty() != command.target.empty())
    fail("--source and --target belong together: both are files, line by line in two languages");
  return command.source.empty() ? debian_corpus(std::filesystem::path(folder).parent_path() / "apt", command.language)
                                : corpus_of_files(command.source, command.target);
}

/// Encodes the pairs, without those that are too long or too different in length.
Pairs encode(const text::ParallelTexts& texts, const Translator& translator, const char* what) {
  Pairs pairs = text::encode_pairs(separate_punctuation(texts), translator.pieces);
  const std::int64_t dropped = text::filter_by_length(pairs, {.max_length = translator.longest});
  if (pairs.empty()) fail("no pair for {} has between 1 and {} pieces on both sides", what, translator.longest);
  if (dropped > 0)
    say("{} pairs for {} left out: more than {} pieces, or one side more than 3 times as long", dropped, what,
        translator.longest);
  return pairs;
}

void save_curves(const std::string& folder, const TrainingReport& report, const Quality& quality) {
  io::write_file("translate", folder + "/loss.svg",
                 train::svg_chart("Loss of a token", "steps", {report.loss, report.validation}));
  train::Curve bleu{"BLEU", {}, {}}, chrf{"chrF", {}, {}};
  for (const QualityOfLength& one : quality.by_length) {
    bleu.x.push_back(static_cast<double>(one.shortest));
    bleu.y.push_back(one.bleu);
    chrf.x.push_back(static_cast<double>(one.shortest));
    chrf.y.push_back(one.chrf);
  }
  io::write_file("translate", folder + "/by_length.svg",
                 train::svg_chart("Quality by length", "words of the source, at least", {bleu, chrf}));
}

void save_maps(const std::string& folder, const Translator& translator, const text::ParallelTexts& test,
               const std::vector<Translation>& translations) {
  for (std::size_t i = 0; i < std::min(mapped, translations.size()); ++i)
    if (const auto map = attention_map(translator, encode_line(translator, test.source[i]), translations[i].pieces))
      io::write_file("translate", fmt::format("{}/attention-{}.svg", folder, i + 1), svg_of(*map));
}

void save_summary(const std::string& folder, const Translator& translator, const TrainingReport& report,
                  const Quality& quality, std::size_t sentences) {
  const auto estimate = [](const train::Estimate& one) {
    return nlohmann::ordered_json{{"value", one.value}, {"low", one.low}, {"high", one.high}};
  };
  nlohmann::ordered_json by_length = nlohmann::ordered_json::array();
  for (const QualityOfLength& one : quality.by_length)
    by_length.push_back(
        {{"words", {one.shortest, one.longest}}, {"sentences", one.sentences}, {"bleu", one.bleu}, {"chrf", one.chrf}});
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
void measure(const std::string& folder, const Translator& translator, const text::ParallelTexts& all_test,
             const TrainingReport& report, const TrainCommand& command) {
  const text::ParallelTexts test = draw_pairs(all_test, static_cast<std::size_t>(command.test_pairs), translator);
  if (test.source.empty()) fail("no pair for the test has at most {} pieces", translator.longest);
  say("translating {} of the {} pairs for the test with a beam of {}", test.source.size(), all_test.source.size(),
      command.translating.beam);
  const std::vector<Translation> translations = translate(translator, test.source, command.translating);
  std::vector<std::string> texts;
  for (const Translation& one : translations) texts.push_back(one.text);
  const Quality quality = measure_quality(test.source, texts, test.target);
  save_curves(folder, report, quality);
  save_maps(folder, translator, test, translations);
  save_summary(folder, translator, report, quality, test.source.size());

  say("\n{:>12} {:>10} {:>6} {:>6}", "source words", "sentences", "BLEU", "chrF");
  for (const auto& [shortest, longest, sentences, bleu, chrf] : quality.by_length)
    say("{:>12} {:>10} {:>6.1f} {:>6.1f}",
        longest < 1000 ? fmt::format("{} to {}", shortest, longest) : fmt::format("{} or more", shortest), sentences,
        bleu, chrf);
  say("BLEU {:.1f} ({:.1f} to {:.1f}), chrF {:.1f} ({:.1f} to {:.1f})\n", quality.bleu.value, quality.bleu.low,
      quality.bleu.high, quality.chrf.value, quality.chrf.low, quality.chrf.high);
  for (std::size_t i = 0; i < std::min(shown, texts.size()); ++i)
    say("{}\n    {}\n    {} (reference)", test.source[i], texts[i], test.target[i]);
}

}  // namespace

Recipe recipe_of(const std::string& kind) {
  if (kind == model_kinds[0]) return {.width = 256, .depth = 1, .heads = 0, .steps = 8500, .rate = 1e-3};
  if (kind == model_kinds[1]) return {.width = 256, .depth = 1, .heads = 0, .steps = 7000, .rate = 1e-3};
  if (kind == model_kinds[2]) return {.width = 256, .depth = 2, .heads = 4, .steps = 4400, .rate = 1.5e-3};
  fail("there is no model '{}': there are {}", kind, fmt::join(model_kinds, ", "));
}

bool run_train(const TrainCommand& command) {
  const Recipe recipe = recipe_of(command.kind);
  if (std::ranges::find(languages, command.language) == languages.end())
    fail("there is no language '{}': there are {}", command.language, fmt::join(languages, ", "));
  const std::string folder = folder_of(command);
  const train::InterruptGuard guard;
  std::filesystem::create_directories(folder);

  const Corpus corpus = corpus_of(command, folder);
  say("{}: {} to train on, {} for validation, {} for the test", corpus.origin, corpus.texts.train.source.size(),
      corpus.texts.validation.source.size(), corpus.texts.test.source.size());
  auto pieces = command.resume ? text::BytePairEncoding::load(folder) : train_pieces(corpus, command.pieces);
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
                                .corpus = fmt::format("{:016x}", fingerprint(corpus))};
  const Pairs pairs = encode(corpus.texts.train, translator, "training"),
              validation = encode(corpus.texts.validation, translator, "validation");
  say("{} with {} parameters and {} pieces: {} steps of at most {} tokens, with {} threads", command.kind,
      nn::parameter_count(layer_of(translator.model)), translator.pieces.size(), options.steps, options.tokens,
      threads());
  save_config(folder, translator);
  const TrainingReport report = train_translator(translator, pairs, validation, folder, options, command.resume, guard);
  if (report.steps < options.steps) {
    say("interrupted after {} of {} steps: --resume goes on with what is in {}, where the model as it is now can "
        "translate",
        report.steps, options.steps, folder);
    return false;
  }
  say("trained in {} ({} of CPU time), {:.0f} tokens/s; validation loss {:.3f}", train::format_duration(report.seconds),
      train::format_duration(report.cpu_seconds), report.tokens_per_second(), report.validation_loss);

  set_training(translator.model, false);
  measure(folder, translator, corpus.texts.test, report, command);
  say("\n{} holds model.safetensors, config.json, pieces.txt, merges.txt, summary.json, loss.svg, by_length.svg{}",
      folder, command.kind == model_kinds[0] ? "" : " and attention maps");
  if (isatty(STDIN_FILENO) != 0) {
    say("Type a line to translate it; an empty line ends.");
    translate_input(translator, command.translating);
  }
  return true;
}
