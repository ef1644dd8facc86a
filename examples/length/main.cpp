// Length extrapolation of positional encodings: small byte-level language models with different positional encodings
// are trained on sequences of 64 bytes and evaluated on sequences of up to 1,024. All are trained on the same batches;
// each length is evaluated on the same bytes of the validation text, cut into sequences of that length.
#include <fmt/core.h>
#include <heed/heed.h>
#include <heed/io/files.h>

#include <array>
#include <cmath>
#include <functional>
#include <limits>

#include "../options.h"

using namespace heed;
using nn::RotaryScaling;

constexpr std::int64_t vocabulary = 256, trained_length = 64, batch_size = 16, full_length = 2000;
constexpr std::int64_t width = 64, heads = 4, head_width = width / heads, depth = 2;
constexpr std::array<std::int64_t, 5> measured_lengths = {64, 128, 256, 512, 1024};

using EmbeddingPositions = nn::OneOf<nn::NoPositions, nn::LearnedPositions, nn::SinusoidalPositions>;
using AttentionPositions = nn::OneOf<nn::NoPositions, nn::Rotary, nn::Alibi, nn::LearnedAlibi, nn::ClippedDistances,
                                     nn::DistanceBuckets, nn::ShawDistances, nn::TransformerXlDistances>;
using Layer = nn::EncoderLayer<nn::MultiHeadAttention<AttentionPositions>, nn::FeedForward>;
using Model = nn::LanguageModel<nn::TokenEmbedding<EmbeddingPositions>, nn::Stack<Layer, nn::LayerNorm>>;

/// Positional encoding: functions that build the positions of the embeddings and of each attention.
struct Kind {
  std::string name;
  std::function<EmbeddingPositions()> of_embedding = [] { return nn::NoPositions{}; };
  std::function<AttentionPositions()> of_attention = [] { return nn::NoPositions{}; };
};

// Distances that do not occur in training must not have untrained rows in a table.
const std::vector<Kind> kinds = {
    {.name = "none"},
    {.name = "learned",
     .of_embedding =
         [] { return nn::LearnedPositions{.max_length = trained_length, .width = width, .stddev = 0.125f}; }},
    {.name = "sinusoidal", .of_embedding = [] { return nn::SinusoidalPositions{.width = width}; }},
    {.name = "rotary", .of_attention = [] { return nn::Rotary{.width = head_width}; }},
    {.name = "xPos", .of_attention = [] { return nn::Rotary{.width = head_width, .scaling = RotaryScaling::xpos}; }},
    {.name = "ALiBi", .of_attention = [] { return nn::Alibi{.heads = heads}; }},
    {.name = "ALiBi, learned slopes", .of_attention = [] { return nn::LearnedAlibi{.heads = heads}; }},
    {.name = "bias of clipped distances",
     .of_attention = [] { return nn::ClippedDistances{.heads = heads, .max_distance = trained_length / 2}; }},
    {.name = "bias of T5's buckets",
     .of_attention =
         [] {
           return nn::DistanceBuckets{.heads = heads, .max_distance = trained_length / 2, .sides = BucketSides::before};
         }},
    {.name = "Shaw's keys and values", .of_attention = [] { return nn::ShawDistances{.key_width = head_width}; }},
    {.name = "Transformer-XL", .of_attention = [] {
       return nn::TransformerXlDistances{.width = width, .heads = heads, .key_width = head_width};
     }}};

Model make(const Kind& kind) {
  const auto layer = [&](int) {
    return Layer{.attention = {.width = width, .heads = heads, .positions = kind.of_attention()},
                 .feed_forward = {.width = width}};
  };
  return {.embedding = {.vocabulary = vocabulary, .width = width, .positions = kind.of_embedding()},
          .layers = {.layers = nn::repeat(depth, layer), .norm = {.width = width}}};
}

void train_model(Model& model, const std::string& name, const text::Tokens& bytes, std::int64_t steps) {
  seed(2);  // the same batches for all
  optim::AdamW adam{nn::parameters(model), {.beta2 = 0.98f}};
  const auto rate = optim::warmup_linear(6e-3, steps / 10, steps);
  train::Progress progress(name, steps);
  for (std::int64_t step = 0; step < steps; ++step) {
    const text::Windows batch = text::random_windows(bytes, batch_size, trained_length);
    const Tensor loss = model.loss(batch.tokens, batch.labels, batch.sequences);
    backward(loss);
    optim::clip_norm(adam.parameters(), 1.0);
    adam.step(rate(step));
    progress.step(progress.will_show() ? fmt::format("loss {:.3f}", loss.item()) : "");
  }
  nn::eval(model);
}

/// Loss in nats per byte, in sequences of one length; NaN if the model has no positions for it.
double loss_at(const Model& model, const text::Tokens& bytes, std::int64_t length) {
  if (model.context() != 0 && length > model.context()) return std::numeric_limits<double>::quiet_NaN();
  const NoGrad scope;
  constexpr std::int64_t bytes_at_once = 4096;
  const std::int64_t count = (std::ssize(bytes) - 1) / length;  // a byte follows the last
  train::Perplexity found;
  for (std::int64_t begin = 0; begin < count; begin += bytes_at_once / length) {
    std::vector<std::int64_t> places;
    for (std::int64_t i = begin; i < std::min(begin + bytes_at_once / length, count); ++i) places.push_back(i * length);
    const text::Windows batch = text::windows_at(bytes, places, length);
    found.add(model.loss(batch.tokens, batch.labels, batch.sequences).item(), batch.labels.elements());
  }
  return found.loss();
}

/// Prints a row of the table, and returns a curve of the chart. prepare(length) is called before each measurement.
train::Curve measure(const std::string& name, const Model& model, const text::Tokens& bytes,
                     const std::function<void(std::int64_t)>& prepare = {}) {
  train::Curve curve{name, {}, {}};
  fmt::print("{:<26}", name);
  for (const std::int64_t length : measured_lengths) {
    if (prepare) prepare(length);
    curve.add(std::log2(static_cast<double>(length)), loss_at(model, bytes, length));
    fmt::print("{:>8}", std::isnan(curve.y.back()) ? "-" : fmt::format("{:.3f}", curve.y.back()));
  }
  fmt::print("\n");
  std::fflush(stdout);
  return curve;
}

/// Reads a file of any bytes; without a path, Debian's package descriptions, which apt fetches.
text::PlainText read_text(const std::string& path) {
  if (path.empty()) return text::plain_text(text::split_by_group(text::read_debian("out/length/apt").documents));
  return text::split_plain_text(io::read_text("length", path));
}

int main(int argc, char** argv) try {
  std::int64_t steps = full_length, sequences = 32;
  std::string path, svg = "length.svg";
  const Options options("Length extrapolation of positional encodings, from 64 to 1,024 bytes.");
  options.positive("--steps", steps, "training steps of each model");
  options.positive("--sequences", sequences, "number of sequences of 1,024 bytes of the validation text to evaluate");
  options.text("--text", path, "any file; without it, Debian's package descriptions");
  options.text("--svg", svg, "output file of the chart");
  if (const auto status = options.parse(argc, argv)) return *status;

  const text::PlainText text = read_text(path);
  const text::ByteLevelEncoding encoding;
  const text::Tokens training = encoding.encode(text.train);
  text::Tokens validation = encoding.encode(text.validation);
  const std::int64_t measured = sequences * measured_lengths.back() + 1;
  if (std::ssize(validation) < measured)
    throw Error(
        fmt::format("the text has {} bytes for validation, but {} are to be measured on", validation.size(), measured));
  validation.resize(static_cast<std::size_t>(measured));
  fmt::print("{} bytes to learn from\n\n{:<26}", training.size(), "nats of a byte at length");
  for (const std::int64_t length : measured_lengths) fmt::print("{:>8}", length);
  fmt::print("\n");
  std::fflush(stdout);

  std::vector<train::Curve> curves;
  for (const Kind& kind : kinds) {
    seed(1);
    Model model = make(kind);
    train_model(model, kind.name, training, steps);
    curves.push_back(measure(kind.name, model, validation));
    if (kind.name != "rotary") continue;
    // The same weights, with lower frequencies for longer sequences.
    for (const auto& [scaling, scaled] : {std::pair{RotaryScaling::linear, "rotary, linear scaling"},
                                          {RotaryScaling::ntk, "rotary, NTK scaling"},
                                          {RotaryScaling::yarn, "rotary, YaRN scaling"}})
      curves.push_back(measure(scaled, model, validation, [&, how = scaling](std::int64_t length) {
        for (auto& layer : model.layers.layers) {
          auto& rotary = std::get<nn::Rotary>(layer.attention.positions.variant());
          rotary.scaling = how;
          rotary.factor = static_cast<float>(length) / trained_length;
          rotary.trained_length = trained_length;
        }
      }));
  }
  io::write_file("length", svg,
                 train::svg_chart("Nats of a byte, after training on sequences of 64", "log2 of the length", curves));
  const auto at = [&](const std::string& name, std::size_t length) {
    for (const train::Curve& curve : curves)
      if (curve.name == name) return curve.y[length];
    return std::numeric_limits<double>::quiet_NaN();
  };
  // As in the papers, a bias that decays with the distance extrapolates, sinusoids do not.
  const bool as_expected = at("ALiBi", 4) < at("ALiBi", 0) && at("sinusoidal", 4) > at("sinusoidal", 0) + 0.3;
  return steps >= full_length && !as_expected;
} catch (const std::exception& error) {
  fmt::print(stderr, "length: {}\n", error.what());
  return 1;
}
