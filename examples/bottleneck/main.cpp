// Sequence reversal with and without attention. A recurrent encoder-decoder compresses the sequence into one vector of
// fixed size; with attention its decoder attends to all encoder states; a transformer consists of attention alone. All
// models are trained on the same batches for the same number of steps. At the end each reverses unseen sequences by
// greedy decoding; a sequence counts as right if all of it is, including the end token.
#include <fmt/core.h>
#include <heed/heed.h>
#include <heed/io/files.h>

#include <algorithm>
#include <map>

#include "../options.h"

using namespace heed;

constexpr std::int64_t letters = 26, begin_mark = letters, end_mark = letters + 1, vocabulary = letters + 2;
constexpr std::int64_t batch_size = 64, min_length = 4, max_length = 48;  // evaluated up to 40

/// Batch of `count` random sequences of one length, with decoder input and labels.
struct Batch {
  Sequences source_sequences, target_sequences;
  Tensor source, input, labels;  // input: labels shifted right

  Batch(std::int64_t count, std::int64_t length)
      : source_sequences(Sequences::equal(count, length)), target_sequences(Sequences::equal(count, length + 1)) {
    const Tensor drawn = randint(0, letters, {count, length}), reversed = flip(drawn, {1});
    const auto mark = [&](std::int64_t token) { return full({count, 1}, static_cast<double>(token), int64); };
    source = reshape(drawn, {-1});
    input = reshape(concat({mark(begin_mark), reversed}, 1), {-1});
    labels = reshape(concat({reversed, mark(end_mark)}, 1), {-1});
  }
};

/// Fraction of sequences that greedy decoding reverses correctly, including the end token.
template <class Model>
double exact_match(const Model& model, std::int64_t length) {
  constexpr std::int64_t rows = 500;
  const Batch batch(rows, length);
  const auto written = nn::generate(model, model.initial_state(batch.source, batch.source_sequences),
                                    nn::Prompts(rows, {begin_mark}), {.max_new_tokens = length + 1, .end = end_mark});
  auto label = batch.labels.data<std::int64_t>().begin();
  std::int64_t right = 0;
  for (const nn::Generated& one : written) {
    right += one.ended && std::equal(one.tokens.begin(), one.tokens.end(), label, label + length);
    label += length + 1;
  }
  return static_cast<double>(right) / rows;
}

/// Transformer of pre-norm layers, with feed-forward layers no wider than the model.
auto transformer() {
  const nn::TransformerConfig config{
      .vocabulary = vocabulary, .width = 96, .heads = 4, .depth = 2, .hidden = 96, .dropout = 0};
  const auto attention = [&] { return nn::MultiHeadAttention<>{.width = config.width, .heads = config.heads}; };
  const auto feed_forward = [&] { return nn::FeedForward{.width = config.width, .hidden = config.hidden}; };
  return nn::transformer(
      config, [&](int) { return nn::EncoderLayer{.attention = attention(), .feed_forward = feed_forward()}; },
      [&](int) {
        return nn::DecoderLayer{.attention = attention(),
                                .cross_attention = nn::CrossAttention{.width = config.width, .heads = config.heads},
                                .feed_forward = feed_forward()};
      });
}

/// Recurrent encoder-decoder with the given attention, or NoAttention.
template <class Attention>
nn::RecurrentEncoderDecoder<Attention> recurrent(std::int64_t width) {
  return {.source_vocabulary = vocabulary, .target_vocabulary = vocabulary, .width = width};
}

struct Result {
  std::int64_t parameters;
  double seconds;
  std::map<std::int64_t, double> match;  // by length
};

template <class Model>
Result train_and_measure(const std::string& name, Model model, std::int64_t steps) {
  seed(2);  // the same batches for all
  optim::AdamW adam{nn::parameters(model), {.beta2 = 0.98f, .weight_decay = 0}};
  const auto rate = optim::warmup_linear(2e-3, std::min<std::int64_t>(200, steps), steps);
  train::Progress progress(name, steps);
  const auto lengths = randint(min_length, max_length + 1, {steps}).to_vector<std::int64_t>();
  for (std::int64_t step = 0; step < steps; ++step) {
    const Batch batch(batch_size, lengths[static_cast<std::size_t>(step)]);
    const Tensor loss =
        model.loss(batch.source, batch.source_sequences, batch.input, batch.labels, batch.target_sequences);
    backward(loss);
    optim::clip_norm(adam.parameters(), 1.0);
    adam.step(rate(step));
    progress.step(progress.will_show() ? fmt::format("loss {:.4f}", loss.item()) : "");
  }
  nn::eval(model);
  Result result{nn::parameter_count(model), progress.seconds(), {}};
  seed(3);
  for (std::int64_t length = 5; length <= 40; length += 5) result.match[length] = exact_match(model, length);
  fmt::print("{:<26} {:>10}", name, result.parameters);
  for (const std::int64_t length : {5, 10, 20, 30, 40}) fmt::print(" {:>6.3f}", result.match[length]);
  fmt::print(" {:>8.0f} s\n", result.seconds);
  std::fflush(stdout);
  return result;
}

int main(int argc, char** argv) try {
  std::int64_t steps = 2700;
  std::string svg = "bottleneck.svg";
  const Options options("Sequence reversal with and without attention, of up to 40 letters.");
  options.positive("--steps", steps, "training steps of each model");
  options.text("--svg", svg, "output file of the chart");
  if (const auto status = options.parse(argc, argv)) return *status;

  fmt::print("{:<26} {:>10} {:>6} {:>6} {:>6} {:>6} {:>6} {:>10}\n", "share right at length", "parameters", 5, 10, 20,
             30, 40, "training");
  std::vector<std::pair<std::string, Result>> results;
  const auto run = [&](const std::string& name, const auto& make) {
    seed(1);
    results.emplace_back(name, train_and_measure(name, make(), steps));
  };
  // The widths give numbers of parameters within 20 % of each other.
  run("one vector", [] { return recurrent<nn::NoAttention>(152); });
  run("additive attention", [] { return recurrent<nn::AdditiveAttention>(136); });
  run("multiplicative attention", [] { return recurrent<nn::GeneralAttention>(136); });
  run("transformer", transformer);

  std::vector<train::Curve> curves;
  for (const auto& [name, result] : results) {
    train::Curve curve{name, {}, {}};
    for (const auto& [length, share] : result.match) {
      curve.add(static_cast<double>(length), share);
    }
    curves.push_back(curve);
  }
  io::write_file("bottleneck", svg, train::svg_chart("Sequences reversed without a mistake", "letters", curves));
  const auto at = [&](std::size_t model, std::int64_t length) { return results[model].second.match.at(length); };
  const bool vector_fails = at(0, 40) < 0.2, attention_works = at(1, 40) > 0.95 && at(2, 40) > 0.95,
             transformer_works = at(3, 30) > 0.95 && at(3, 40) > 0.8;
  return steps >= 2700 && !(vector_fails && attention_works && transformer_works);
} catch (const Error& error) {
  fmt::print(stderr, "bottleneck: {}\n", error.what());
  return 1;
}
