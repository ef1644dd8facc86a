// A transformer learns to sort six digits from 0 to 2, the task of minGPT's demo. A hash of the digits decides whether
// an input is held out; at the end, 5,000 samples of held-out inputs are sorted by greedy decoding.
#include <fmt/core.h>
#include <heed/heed.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "../options.h"

using namespace heed;

constexpr std::int64_t digits = 3, length = 6, max_length = 2 * length - 1;
using Input = std::array<std::int64_t, length>;

using Layer = nn::EncoderLayer<nn::MultiHeadAttention<>, nn::FeedForward>;

struct Sorter {
  Size width, heads, depth;
  nn::Embedding tokens{.count = digits, .width = width};
  nn::LearnedPositions positions{.max_length = max_length, .width = width};
  nn::Stack<Layer, nn::LayerNorm> layers{
      .layers = nn::repeat(
          depth,
          [&](int) { return Layer{.attention = {.width = width, .heads = heads}, .feed_forward = {.width = width}}; }),
      .norm = {.width = width}};
  nn::Linear head{.in = width, .out = digits, .biased = false};

  /// tokens: [tokens] -> logits: [tokens, digits]
  Tensor operator()(const Tensor& x, const Sequences& sequences) const {
    return head(layers(tokens(x) + positions(sequences), nn::Pass(sequences, {.mask = causal()})));
  }
};

/// Samples inputs of one part of the split.
class Draws {
 public:
  Draws(bool held_out, std::uint64_t seed) : held_out_(held_out), seed_(seed) {}

  Input next() {
    for (;;) {
      Input input;
      const auto words = Philox::block({drawn_++, 0, 0, 0}, {static_cast<std::uint32_t>(seed_), held_out_});
      for (std::size_t i = 0; i < length; ++i) input[i] = (words[i / 2] >> (16 * (i % 2)) & 0xffff) * digits >> 16;
      if (is_held_out(input) == held_out_) return input;
    }
  }

  /// Returns true for a quarter of the inputs, by a hash of the digits.
  static bool is_held_out(const Input& input) {
    std::uint32_t number = 0;
    for (std::int64_t digit : input) number = number * 3 + static_cast<std::uint32_t>(digit);
    return Philox::block({number, 0, 0, 0}, {0, 0})[0] % 4 == 0;
  }

 private:
  bool held_out_;
  std::uint64_t seed_;
  std::uint32_t drawn_ = 0;
};

struct Batch {
  Tensor tokens, targets;  // [batch * max_length]; targets of -1 are ignored
  Sequences sequences;
};

/// Batch of inputs, followed by their sorted digits without the last; targets are the next tokens, from the last input
/// digit on.
Batch make_batch(Draws& draws, std::int64_t size) {
  Batch batch{empty({size * max_length}, int64), empty({size * max_length}, int64), Sequences::equal(size, max_length)};
  auto tokens = batch.tokens.mutable_data<std::int64_t>(), targets = batch.targets.mutable_data<std::int64_t>();
  for (std::int64_t s = 0; s < size; ++s) {
    const Input input = draws.next();
    Input sorted = input;
    std::sort(sorted.begin(), sorted.end());
    for (std::int64_t i = 0; i < max_length; ++i) {
      const auto at = static_cast<std::size_t>(s * max_length + i), place = static_cast<std::size_t>(i);
      tokens[at] = i < length ? input[place] : sorted[place - length];
      targets[at] = i < length - 1 ? -1 : sorted[place - (length - 1)];
    }
  }
  return batch;
}

/// Number of `size` held-out samples that are sorted correctly.
std::int64_t count_sorted(const Sorter& model, Draws& draws, std::int64_t size) {
  NoGrad scope;
  std::vector<Input> inputs, outputs(static_cast<std::size_t>(size));
  for (std::int64_t s = 0; s < size; ++s) inputs.push_back(draws.next());
  for (std::size_t done = 0; done < length; ++done) {
    const auto now = static_cast<std::int64_t>(length + done);
    Tensor tokens = empty({size * now}, int64);
    auto token = tokens.mutable_data<std::int64_t>().begin();
    for (std::size_t s = 0; s < inputs.size(); ++s) {
      token = std::copy(inputs[s].begin(), inputs[s].end(), token);
      token = std::copy_n(outputs[s].begin(), done, token);
    }
    Tensor logits = model(tokens, Sequences::equal(size, now));
    Tensor last = contiguous(select(reshape(logits, {size, now, digits}), 1, -1));  // [size, digits]
    const auto scores = last.data<float>();
    for (std::size_t s = 0; s < inputs.size(); ++s) {
      const auto* of = scores.data() + s * digits;
      outputs[s][done] = std::max_element(of, of + digits) - of;
    }
  }
  std::int64_t right = 0;
  for (std::size_t s = 0; s < inputs.size(); ++s) {
    std::sort(inputs[s].begin(), inputs[s].end());
    right += inputs[s] == outputs[s];
  }
  return right;
}

int main(int argc, char** argv) try {
  std::int64_t steps = 2000;
  std::uint64_t random_seed = 1;
  std::string path;
  const Options options("A transformer learns to sort six digits from 0 to 2.");
  options.positive("--steps", steps, "training steps");
  options.number("--seed", random_seed, "random seed");
  options.text("--save", path, "output file of the weights, as safetensors");
  if (const auto status = options.parse(argc, argv)) return *status;

  seed(random_seed);
  auto model = Sorter{.width = 48, .heads = 3, .depth = 3};
  optim::AdamW adam{nn::parameters(model), {.beta2 = 0.95f, .weight_decay = 0.1f}};
  const auto rate = optim::warmup_linear(5e-4, std::min<std::int64_t>(100, steps), steps);
  fmt::print("{} parameters, {} threads\n", nn::parameter_count(model), threads());

  Draws draws(false, random_seed);
  const auto begin = std::chrono::steady_clock::now();
  for (std::int64_t step = 0; step < steps; ++step) {
    const Batch batch = make_batch(draws, 64);
    Tensor loss = cross_entropy(model(batch.tokens, batch.sequences), batch.targets, {.ignore_index = -1});
    backward(loss);
    optim::clip_norm(adam.parameters(), 1.0);
    adam.step(rate(step));
    if ((step + 1) % 200 == 0) {
      const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin;
      fmt::print("step {:5}  loss {:.6f}  {:.1f} ms a step\n", step + 1, loss.item(),
                 1e3 * passed.count() / static_cast<double>(step + 1));
    }
  }
  if (!path.empty()) nn::save(model, path);

  nn::eval(model);
  Draws held_out(true, random_seed);
  std::int64_t right = 0;
  for (int part = 0; part < 10; ++part) right += count_sorted(model, held_out, 500);
  fmt::print("sorted, of draws from the held-out inputs:\n{} of 5000\n", right);
  return steps >= 2000 && right < 5000;
} catch (const Error& error) {
  fmt::print(stderr, "sort: {}\n", error.what());
  return 1;
}
