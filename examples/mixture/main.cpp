// Mixtures of experts compared with a dense language model. All use the same number of multiplications per byte, and
// are trained on the same batches for the same number of steps; a mixture has four times as many feed-forward weights,
// of which each byte uses a quarter. The mixtures differ in how they balance the load of experts.
#include <heed/io/files.h>

#include <filesystem>

#include "../options.h"
#include "training.h"

using namespace heed;

constexpr std::int64_t full_length = 600;

void print(const Result& result) {
  fmt::print("{:<18} {:>10}", result.name, result.parameters);
  for (const std::int64_t step : {100, 200, 400, 600}) {
    const auto point = static_cast<std::size_t>(step / steps_of_a_point - 1);
    fmt::print(" {:>6}", point < result.loss.y.size() ? fmt::format("{:.3f}", result.loss.y[point]) : "-");
  }
  const bool is_mixture = !result.busiest.y.empty() && result.busiest.y.back() > 0;
  const auto load = [&](const train::Curve& curve) { return is_mixture ? fmt::format("{:.2f}", curve.y.back()) : "-"; };
  fmt::print(" {:>11.4f} {:>8} {:>7} {:>7.0f}\n", result.validation, load(result.busiest), load(result.idlest),
             result.cpu_milliseconds_a_step);
  std::fflush(stdout);
}

/// Reads a file of any bytes; without a path, Debian's package descriptions, which apt fetches into `folder`.
Corpus read_corpus(const std::string& path, const std::string& folder) {
  const text::PlainText text = path.empty()
                                   ? text::plain_text(text::split_by_group(text::read_debian(folder).documents))
                                   : text::split_plain_text(io::read_text("mixture", path));
  constexpr std::size_t least = 10 * context;
  if (std::min(text.train.size(), text.validation.size()) < least)
    throw Error(fmt::format("the text has {} bytes to learn from and {} for validation, but both must have {} or more",
                            text.train.size(), text.validation.size(), least));
  const text::ByteLevelEncoding encoding;
  return {encoding.encode(text.train), encoding.encode(text.validation)};
}

int main(int argc, char** argv) try {
  std::int64_t steps = full_length;
  std::string path, folder = "out/mixture";
  const Options options("Mixtures of experts compared with a dense language model.");
  options.text("--text", path, "any file; without it, Debian's package descriptions");
  options.positive("--steps", steps, "training steps of each model");
  options.text("--out", folder, "output folder of loss.svg and load.svg");
  if (const auto status = options.parse(argc, argv)) return *status;

  std::filesystem::create_directories(folder);
  const Corpus corpus = read_corpus(path, folder + "/apt");
  fmt::print("{} bytes to learn from; {} steps of {} bytes\n\n{:<18} {:>10} {:>27} {:>11} {:>16} {:>7}\n",
             corpus.train.size(), steps, windows * context, "", "", "loss at step", "on", "load of the", "CPU ms");
  fmt::print("{:<18} {:>10} {:>6} {:>6} {:>6} {:>6} {:>11} {:>8} {:>7} {:>7}\n", "", "parameters", 100, 200, 400, 600,
             "validation", "busiest", "idlest", "a step");
  std::vector<Result> results;
  const auto add = [&](const Result& result) {
    print(result);
    results.push_back(result);
  };
  const auto dense_part = [] { return nn::FeedForward{.width = width}; };
  add(train_and_measure("dense", dense_part, corpus, steps));
  add(train_and_measure("router left alone", mixture<nn::TopK>, corpus, steps));
  add(train_and_measure("noise", mixture<nn::NoisyTopK>, corpus, steps));
  add(train_and_measure("balancing loss", mixture<nn::TopK>, corpus, steps, {.loss_weight = 0.01}));
  add(train_and_measure("biases", mixture<nn::SigmoidTopK>, corpus, steps, {.bias_rate = 0.002f}));

  std::vector<train::Curve> losses, loads;
  for (const Result& result : results) losses.push_back(result.loss);
  for (const Result& result : std::span(results).subspan(1)) loads.push_back(result.busiest);
  io::write_file("mixture", folder + "/loss.svg", train::svg_chart("Loss of a byte in training", "steps", losses));
  io::write_file("mixture", folder + "/load.svg",
                 train::svg_chart("Load of the busiest expert, 1 if all have the same", "steps", loads));

  const Result &dense = results[0], &by_loss = results[3], &by_biases = results[4];
  const bool mixtures_win = std::max(by_loss.validation, by_biases.validation) < dense.validation;
  if (steps < full_length) return 0;
  return !(mixtures_win && by_loss.busiest.y.back() < 1.5 && by_biases.busiest.y.back() < 1.5);
} catch (const std::exception& error) {
  fmt::print(stderr, "mixture: {}\n", error.what());
  return 1;
}
