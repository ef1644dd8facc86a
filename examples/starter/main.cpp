// Trains a small GPT on the bytes of a text file, and continues where it was stopped.
#include <fmt/core.h>
#include <heed/heed.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>

using namespace heed;

int main(int argc, char** argv) try {
  std::string file, folder = "run";
  std::int64_t steps = 500, batch = 16, context = 64;
  double peak_rate = 2e-3;
  CLI::App app{"Trains a small GPT on the bytes of a text file."};
  app.add_option("text", file, "text file")->required();
  app.add_option("--out", folder, "folder for the checkpoint and the curve")->capture_default_str();
  app.add_option("--steps", steps, "training steps")->capture_default_str();
  app.add_option("--batch", batch, "sequences of a step")->capture_default_str();
  app.add_option("--context", context, "bytes of a sequence")->capture_default_str();
  app.add_option("--rate", peak_rate, "peak learning rate")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  // Data: each byte is a token.
  std::ifstream input(file, std::ios::binary);
  if (!input) throw Error("cannot read " + file);
  text::Tokens tokens;
  for (char byte; input.get(byte);) tokens.push_back(static_cast<unsigned char>(byte));

  // Model and optimizer.
  seed(1);
  auto model = nn::gpt({.vocabulary = 256, .width = 64, .heads = 4, .depth = 2, .max_length = context});
  optim::AdamW adam{nn::parameters(model), {.weight_decay = 0.1f}};
  const auto rate = optim::warmup_cosine(peak_rate, steps / 20, steps);

  // Continue from the last checkpoint, if there is one.
  std::filesystem::create_directories(folder);
  const std::string checkpoint = folder + "/checkpoint.safetensors";
  train::TrainingPosition place;
  if (std::filesystem::exists(checkpoint)) place = train::load_checkpoint(checkpoint, model, adam);

  train::Curve curve{.name = "training loss", .x = {}, .y = {}};
  const train::InterruptGuard guard;  // Ctrl-C ends the loop after its step
  train::Progress progress("training", steps - std::min(steps, place.step));
  while (place.step < steps && !guard.interrupted()) {
    const auto windows = text::random_windows(tokens, batch, context);
    const Tensor loss = model.loss(windows.tokens, windows.labels, windows.sequences);
    backward(loss);
    optim::clip_norm(adam.parameters(), 1.0);
    adam.step(rate(place.step++));
    progress.step(fmt::format("loss {:.3f}", loss.item()));
    curve.add(static_cast<double>(place.step), loss.item());
  }
  train::save_checkpoint(checkpoint, model, adam, place);
  nn::save(model, folder + "/model.safetensors");
  std::ofstream(folder + "/loss.svg") << train::svg_chart("Training loss", "step", {curve});

  // Sample.
  nn::eval(model);
  const auto written =
      nn::generate(model, model.initial_state(1), {{'\n'}}, {.sampling = {.temperature = 0.8f}, .max_new_tokens = 200});
  for (const std::int64_t byte : written[0].tokens) fmt::print("{}", static_cast<char>(byte));
  fmt::print("\n");
} catch (const Error& error) {
  fmt::print(stderr, "starter: {}\n", error.what());
  return 1;
}
