// Grokking: a small transformer learns division modulo 97 from half of all divisions. It first memorises these without
// generalising to the others; later it suddenly generalises. Power et al. 2022, arXiv:2201.02177.
#include <fmt/core.h>
#include <heed/heed.h>
#include <heed/io/files.h>

#include <cmath>
#include <tuple>

#include "../options.h"

using namespace heed;

constexpr std::int64_t modulus = 97, divided_by = modulus, equals = modulus + 1, vocabulary = modulus + 2;
constexpr std::int64_t batch_size = 512, full_length = 150;

using Layer = nn::EncoderLayer<nn::MultiHeadAttention<nn::Rotary>, nn::SwigluFeedForward, nn::PreNorm<nn::RmsNorm>>;

/// Decoder-only transformer that predicts the answer as a token.
struct Model {
  Size width, heads, depth;
  float dropout;
  nn::Embedding tokens{.count = vocabulary, .width = width, .stddev = 1 / std::sqrt(static_cast<float>(width.value))};
  nn::Stack<Layer, nn::RmsNorm> layers{
      .layers = nn::repeat(depth, [&](int) {
        return Layer{.dropout = dropout,
                     .attention = {.width = width, .heads = heads, .positions = {.width = width / heads, .base = 1e6f}},
                     .feed_forward = {.width = width}};
      })};
  nn::Linear head{.in = width, .out = vocabulary, .biased = false};

  /// Logits of the token after "a / b =" in each row: [rows, 5] -> [rows, vocabulary]
  Tensor operator()(const Tensor& rows) const {
    const auto sequences = Sequences::equal(rows.size(0), 4);
    const Tensor x = tokens(reshape(slice(rows, 1, 0, 4), {-1}));
    const Tensor y = layers(x, nn::Pass(sequences, {.mask = causal()}));
    return head(gather_rows(y, nn::last_tokens(sequences)));
  }
};

/// All a / b = c modulo 97 with b != 0, in random order, as rows of five tokens: int64 [97 * 96, 5].
Tensor divisions() {
  std::vector<std::int64_t> tokens;
  for (std::int64_t b = 1; b < modulus; ++b)
    for (std::int64_t c = 0; c < modulus; ++c) tokens.insert(tokens.end(), {b * c % modulus, divided_by, b, equals, c});
  const std::int64_t count = std::ssize(tokens) / 5;
  return gather_rows(tensor(tokens, {count, 5}), permutation(count));
}

/// Answer c of each row.
Tensor answers(const Tensor& rows) { return contiguous(select(rows, 1, 4)); }

/// Fraction of rows whose most likely answer is right.
double accuracy(Model& model, const Tensor& rows) {
  const NoGrad scope;
  nn::eval(model);
  const auto found = argmax(model(rows), 1).to_vector<std::int64_t>();
  nn::train(model);
  return train::accuracy(found, answers(rows).to_vector<std::int64_t>());
}

int main(int argc, char** argv) try {
  std::int64_t epochs = full_length;
  std::uint64_t random_seed = 1;
  std::string svg = "grokking.svg", weights;
  const Options options("Grokking: a transformer learns division modulo 97.");
  options.positive("--epochs", epochs, "passes over the training half");
  options.number("--seed", random_seed, "random seed");
  options.text("--svg", svg, "output file of the chart");
  options.text("--save", weights, "output file of the weights, as safetensors");
  if (const auto status = options.parse(argc, argv)) return *status;

  seed(random_seed);
  const Tensor all = divisions();
  const std::int64_t half = all.size(0) / 2;
  const Tensor training = slice(all, 0, 0, half), validation = slice(all, 0, half, {});
  Model model{.width = 128, .heads = 1, .depth = 2, .dropout = 0.2f};
  optim::AdamW adam{nn::parameters(model), {.beta1 = 0.9f, .beta2 = 0.98f, .weight_decay = 1}};
  fmt::print("{} divisions to learn from, {} for validation; {} parameters\n", half, validation.size(0),
             nn::parameter_count(model));
  fmt::print("epoch    loss  right in training  in validation\n");

  train::Curve on_training{"training", {}, {}}, on_validation{"validation", {}, {}};
  std::int64_t memorised = 0, generalised = 0;  // first epoch with an accuracy over 0.99 in training and validation
  train::Progress progress("training", epochs, static_cast<double>(half), "divisions");
  for (std::int64_t epoch = 1; epoch <= epochs; ++epoch) {
    const Tensor shuffled = gather_rows(training, permutation(half));
    double losses = 0;
    for (std::int64_t begin = 0; begin < half; begin += batch_size) {
      const Tensor rows = slice(shuffled, 0, begin, std::min(begin + batch_size, half));
      const Tensor loss = cross_entropy(model(rows), answers(rows));
      losses += loss.item() * static_cast<double>(rows.size(0));
      backward(loss);
      adam.step(1e-3 * std::min(1.0, static_cast<double>(adam.steps() + 1) / 10));
    }
    for (auto& [curve, rows, first] :
         {std::tie(on_training, training, memorised), std::tie(on_validation, validation, generalised)}) {
      curve.add(static_cast<double>(epoch), accuracy(model, rows));
      if (first == 0 && curve.y.back() > 0.99) first = epoch;
    }
    progress.step(fmt::format("{:.3f} of the validation right", on_validation.y.back()));
    if (epoch % 10 != 0 && epoch != epochs) continue;
    fmt::print("{:5} {:>7.4f} {:>18.4f} {:>14.4f}\n", epoch, losses / static_cast<double>(half), on_training.y.back(),
               on_validation.y.back());
    std::fflush(stdout);
  }
  io::write_file(
      "grokking", svg,
      train::svg_chart("The share of divisions modulo 97 that are right", "epochs", {on_training, on_validation}));
  if (!weights.empty()) nn::save(model, weights);
  const auto when = [](std::int64_t epoch) { return epoch == 0 ? "never" : fmt::format("after epoch {}", epoch); };
  fmt::print("over 0.99 right in training {}, in validation {}\n", when(memorised), when(generalised));
  return epochs >= full_length && (generalised == 0 || generalised > full_length);
} catch (const Error& error) {
  fmt::print(stderr, "grokking: {}\n", error.what());
  return 1;
}
