#include "run_folder.h"

#include <filesystem>
#include <nlohmann/json.hpp>

using namespace heed;

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Settings, text, text_fingerprint, steps, batch, context, rate, look, bfloat16)

namespace {

std::string config(const std::string& folder) { return folder + "/config.json"; }
std::string joins(const std::string& folder) { return folder + "/joins.bpe"; }
std::string weights(const std::string& folder) { return folder + "/model.safetensors"; }
std::string checkpoint(const std::string& folder) { return folder + "/training.safetensors"; }

constexpr const char* settings_note = "settings";

/// Content of config.json.
struct Config {
  Size context;
  Model model;
};

}  // namespace

optim::AdamW optimizer_of(const Model& model) {
  return optim::AdamW{nn::parameters(model), {.beta2 = 0.98f, .weight_decay = 0.1f}};
}

void create_folder(const std::string& folder, const Run& run) {
  std::filesystem::create_directories(folder);
  for (const std::string& old : {weights(folder), checkpoint(folder)}) std::filesystem::remove(old);
  nn::save_config(Config{run.settings.context, run.model}, config(folder));
  run.encoding.save(joins(folder));
}

void save_run(const std::string& folder, const Run& run) {
  nn::save(run.model, weights(folder));
  train::save_checkpoint(
      checkpoint(folder), run.model, run.adam,
      {.step = run.step, .notes = {{settings_note, nlohmann::json(run.settings).dump(-1, ' ', true)}}});
}

Run load_run(const std::string& folder) {
  const Model model = nn::load_config<Config>(config(folder)).model;
  Run run{text::ByteLevelEncoding::load(joins(folder)), model, optimizer_of(model), {}};
  const train::TrainingPosition place = train::load_checkpoint(checkpoint(folder), run.model, run.adam);
  run.step = place.step;
  try {
    run.settings = nlohmann::json::parse(place.notes.at(settings_note)).get<Settings>();
  } catch (const std::exception&) {
    throw Error(checkpoint(folder) + " is no run of this program: its settings cannot be read");
  }
  return run;
}

Trained load_trained(const std::string& folder) {
  const auto encoding = text::ByteLevelEncoding::load(joins(folder));
  const auto [context, model] = nn::load_config<Config>(config(folder));
  Trained trained{encoding, model, context};
  const Size vocabulary = model.embedding.vocabulary;
  if (encoding.size() != vocabulary)
    throw Error(fmt::format("{} has {} pieces, but the model in {} has {}", joins(folder), encoding.size(),
                            config(folder), vocabulary.value));
  nn::load(trained.model, weights(folder));
  nn::eval(trained.model);
  return trained;
}
