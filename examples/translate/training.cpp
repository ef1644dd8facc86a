#include "training.h"

#include <heed/graph/fail.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <nlohmann/json.hpp>

using namespace heed;

namespace {

constexpr std::int64_t evaluations = 40;   // number of evaluations on the validation pairs
constexpr std::int64_t min_interval = 10;  // minimum number of steps between evaluations
constexpr std::int64_t averaged = 5;       // number of the last evaluations whose weights are averaged

Tensor loss_of(const Model& model, const text::TranslationBatch& batch, double label_smoothing) {
  return std::visit(
      [&](const auto& one) {
        return one.loss(batch.source, batch.source_sequences, batch.target_input, batch.target_labels,
                        batch.target_sequences, label_smoothing);
      },
      model);
}

/// Settings that must be equal in a resumed run.
std::string settings_of(const TrainingOptions& options) {
  return fmt::format("{} steps of {} tokens, rate {}, label smoothing {}, {}, seed {}, corpus {}", options.steps,
                     options.tokens, options.rate, options.label_smoothing, name(options.precision), options.seed,
                     options.corpus);
}

nlohmann::json json_of(const TrainingReport& report) {
  return {{"seconds", report.seconds},
          {"cpu_seconds", report.cpu_seconds},
          {"source_tokens", report.source_tokens},
          {"target_tokens", report.target_tokens},
          {"loss", {report.loss.x, report.loss.y}},
          {"validation", {report.validation.x, report.validation.y}}};
}

TrainingReport report_of(const nlohmann::json& json) {
  TrainingReport report;
  json.at("seconds").get_to(report.seconds);
  json.at("cpu_seconds").get_to(report.cpu_seconds);
  json.at("source_tokens").get_to(report.source_tokens);
  json.at("target_tokens").get_to(report.target_tokens);
  for (const auto& [name, curve] : {std::pair{"loss", &report.loss}, {"validation", &report.validation}}) {
    json.at(name).at(0).get_to(curve->x);
    json.at(name).at(1).get_to(curve->y);
  }
  return report;
}

/// State of a training run.
class Training {
 public:
  Training(Translator& translator, const std::string& folder, const TrainingOptions& options)
      : translator_(translator),
        folder_(folder),
        options_(options),
        adam_(nn::parameters(layer_of(translator.model)), {.beta2 = 0.98f, .weight_decay = 0.01f}) {}

  void resume() {
    place_ = train::load_checkpoint(checkpoint(), layer_of(translator_.model), adam_);
    const std::string before = place_.notes["settings"], now = settings_of(options_);
    if (before != now) fail("{} is of a run with {}, and cannot go on with {}", checkpoint(), before, now);
    report_ = report_of(nlohmann::json::parse(place_.notes["report"]));
    loss_since_evaluation_ = nlohmann::json::parse(place_.notes["loss_since_evaluation"]).get<double>();
  }

  TrainingReport run(const Pairs& pairs, const Pairs& validation, const train::InterruptGuard& guard) {
    const text::TranslationBatches batches{.tokens = options_.tokens, .seed = options_.seed};
    train::Progress progress{std::string(kind_of(translator_.model)), options_.steps - place_.step,
                             tokens_of_a_step(pairs, batches), "tokens"};
    const double seconds_before = report_.seconds, cpu_seconds_before = report_.cpu_seconds;
    const std::clock_t begin = std::clock();
    const auto note_time = [&] {
      report_.seconds = seconds_before + progress.seconds();
      report_.cpu_seconds = cpu_seconds_before + static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    };
    set_training(translator_.model, true);
    while (place_.step < options_.steps && !guard.interrupted()) {
      const text::TranslationEpoch epoch{pairs, batches, static_cast<std::uint32_t>(place_.epoch)};
      while (place_.batch < epoch.batches() && place_.step < options_.steps && !guard.interrupted()) {
        const double loss = step(epoch.batch(place_.batch));
        ++place_.batch;
        if (place_.step % interval() == 0 || place_.step == options_.steps) evaluate(validation);
        progress.step(progress.will_show() ? note(loss) : "");
        note_time();
        if (place_.step % interval() == 0 && place_.step < options_.steps) save();
      }
      if (place_.batch < epoch.batches()) break;
      ++place_.epoch;
      place_.batch = 0;
    }
    note_time();
    report_.steps = place_.step;
    if (place_.step < options_.steps) {
      save();
      nn::save(layer_of(translator_.model), folder_ + "/model.safetensors");
    } else {
      finish(validation);
    }
    return report_;
  }

 private:
  std::string checkpoint() const { return folder_ + "/checkpoint.safetensors"; }
  std::string weights_after(std::int64_t step) const { return fmt::format("{}/weights-{}.safetensors", folder_, step); }
  std::int64_t interval() const { return std::max(options_.steps / evaluations, min_interval); }

  bool is_averaged(std::int64_t step) const { return step > options_.steps - averaged * interval(); }

  static double tokens_of_a_step(const Pairs& pairs, const text::TranslationBatches& batches) {
    double tokens = 0;
    for (const text::SentencePair& pair : pairs)
      tokens += static_cast<double>(pair.source.size() + pair.target.size() + 2);
    return tokens / static_cast<double>(text::TranslationEpoch{pairs, batches, 0}.batches());
  }

  double step(const text::TranslationBatch& batch) {
    const auto rate = optim::warmup_linear(options_.rate, options_.steps / 10, options_.steps);
    const Tensor loss =
        precision(options_.precision, [&] { return loss_of(translator_.model, batch, options_.label_smoothing); });
    backward(loss);
    optim::clip_norm(adam_.parameters(), 1.0);
    adam_.step(rate(place_.step));
    ++place_.step;
    report_.source_tokens += static_cast<double>(batch.source_sequences.tokens());
    report_.target_tokens += static_cast<double>(batch.target_sequences.tokens());
    const double value = loss.item();
    loss_since_evaluation_ += value;
    return value;
  }

  void evaluate(const Pairs& validation) {
    const auto at = static_cast<double>(place_.step), steps = at - (report_.loss.x.empty() ? 0 : report_.loss.x.back());
    report_.loss.add(at, loss_since_evaluation_ / steps);
    report_.validation.add(at, held_out_loss(translator_, validation));
    loss_since_evaluation_ = 0;
    if (is_averaged(place_.step)) nn::save(layer_of(translator_.model), weights_after(place_.step));
  }

  std::string note(double loss) const {
    return fmt::format("loss {:.3f}", loss) +
           (report_.validation.y.empty() ? "" : fmt::format("  validation {:.3f}", report_.validation.y.back()));
  }

  void save() {
    place_.notes["settings"] = settings_of(options_);
    place_.notes["report"] = json_of(report_).dump();
    place_.notes["loss_since_evaluation"] = nlohmann::json(loss_since_evaluation_).dump();
    train::save_checkpoint(checkpoint(), layer_of(translator_.model), adam_, place_);
  }

  /// Averages the last weights.
  void finish(const Pairs& validation) {
    std::vector<std::string> paths;
    for (const double x : report_.loss.x)
      if (const auto step = static_cast<std::int64_t>(x); is_averaged(step)) paths.push_back(weights_after(step));
    train::average_files(paths, folder_ + "/model.safetensors");
    nn::load(layer_of(translator_.model), folder_ + "/model.safetensors");
    for (const std::string& path : paths) std::filesystem::remove(path);
    std::filesystem::remove(checkpoint());
    report_.validation_loss = held_out_loss(translator_, validation);
  }

  Translator& translator_;
  const std::string folder_;
  const TrainingOptions options_;
  optim::AdamW adam_;
  train::TrainingPosition place_;
  TrainingReport report_;
  double loss_since_evaluation_ = 0;
};

}  // namespace

double held_out_loss(Translator& translator, const Pairs& pairs) {
  constexpr std::int64_t batches = 4;
  NoGrad scope;
  set_training(translator.model, false);
  const text::TranslationEpoch epoch{pairs, {.tokens = 4096}, 0};
  train::Perplexity perplexity;
  for (std::int64_t i = 0; i < std::min(batches, epoch.batches()); ++i) {
    const text::TranslationBatch batch = epoch.batch(i);
    perplexity.add(loss_of(translator.model, batch, 0).item(), batch.target_sequences.tokens());
  }
  set_training(translator.model, true);
  return perplexity.loss();
}

TrainingReport train_translator(Translator& translator, const Pairs& pairs, const Pairs& validation,
                                const std::string& folder, const TrainingOptions& options, bool resume,
                                const train::InterruptGuard& guard) {
  Training training{translator, folder, options};
  if (resume) training.resume();
  return training.run(pairs, validation, guard);
}
