#include "run.h"

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

void write(const Model& model, const text::ByteLevelEncoding& encoding, const std::string& prompt,
           const Writing& writing, const std::function<bool(const std::string& piece)>& take) {
  const text::Tokens read = encoding.encode(prompt.empty() ? "\n" : prompt);
  std::vector<std::int64_t> tokens(read.begin(), read.end());
  bool goes_on = true;
  for (std::int64_t left = writing.pieces; left > 0 && goes_on;) {
    const std::int64_t kept = std::min(std::ssize(tokens), std::max<std::int64_t>(writing.context / 2, 1));
    const nn::GenerateOptions options{.sampling = writing.sampling,
                                      .max_new_tokens = left,
                                      .context = writing.context,
                                      .on_token = [&](std::int64_t, std::int64_t token) {
                                        tokens.push_back(token);
                                        return goes_on = take(encoding.piece(token));
                                      }};
    left -= std::ssize(
        nn::generate(model, model.initial_state(1), {{tokens.end() - kept, tokens.end()}}, options)[0].tokens);
  }
}
