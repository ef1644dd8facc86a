// Queries, keys and values in three steps. Each token consists of the code of its group, a random tag and a number; the
// task is to predict the mean number of its group. Mixing by similarity gives each token itself, which is most similar;
// scaling includes other tokens, but their tags and numbers too; learned queries and keys attend by the code.
#include <fmt/core.h>
#include <heed/heed.h>

#include <random>

#include "../options.h"

using namespace heed;

constexpr std::int64_t code = 16, tag = 8, width = code + tag + 1, groups = 8;

/// Unscaled similarity: y[i] = sum over j of w[i, j] x[j], w[i, j] = softmax over j of dot(x[i], x[j]).
struct Similarity {
  Tensor operator()(const Tensor& x, const Sequences& sequences) const {
    const Tensor h = reshape(x, {x.size(0), 1, width});
    return select(attention(h, h, h, sequences, {.scale = 1.0f}), 2, -1);
  }
};

/// Scaled similarity: dot(x[i], x[j]) / sqrt(width).
struct ScaledSimilarity {
  Tensor operator()(const Tensor& x, const Sequences& sequences) const {
    const Tensor h = reshape(x, {x.size(0), 1, width});
    return select(attention(h, h, h, sequences), 2, -1);
  }
};

/// One attention head with learned queries, keys and values.
struct SelfAttention {
  Size width, inner = 16;
  nn::Linear query{.in = width, .out = inner}, key{.in = width, .out = inner}, value{.in = width, .out = 1};

  Tensor operator()(const Tensor& x, const Sequences& sequences) const {
    const auto head = [&](const Tensor& y) { return reshape(y, {y.size(0), 1, y.size(1)}); };
    return attention(head(query(x)), head(key(x)), head(value(x)), sequences);
  }
};

struct Batch {
  Tensor x, mean;  // [tokens, width], [tokens, 1]
  Sequences sequences;
};

/// Random sequences of 6 to 14 tokens, each token in one of three groups.
Batch make_batch(std::mt19937& draw, std::int64_t size, const Tensor& codes) {
  std::vector<std::int64_t> lengths, group_of;
  for (std::int64_t s = 0; s < size; ++s) {
    lengths.push_back(6 + static_cast<std::int64_t>(draw() % 9));
    const auto first = static_cast<std::int64_t>(draw() % groups);
    for (std::int64_t i = 0; i < lengths.back(); ++i)
      group_of.push_back((first + static_cast<std::int64_t>(draw() % 3)) % groups);
  }
  const Sequences sequences{std::span<const std::int64_t>(lengths)};
  const std::int64_t tokens = sequences.tokens();
  const Tensor number = normal({tokens, 1}), mean = empty({tokens, 1});
  const auto numbers = number.data<float>();
  for (std::int64_t s = 0; s < size; ++s)
    for (std::int64_t i = sequences.offset(s); i < sequences.offset(s + 1); ++i) {
      float sum = 0, count = 0;
      for (std::int64_t j = sequences.offset(s); j < sequences.offset(s + 1); ++j)
        if (group_of[static_cast<std::size_t>(i)] == group_of[static_cast<std::size_t>(j)]) {
          sum += numbers[static_cast<std::size_t>(j)];
          ++count;
        }
      mean.mutable_data<float>()[static_cast<std::size_t>(i)] = sum / count;
    }
  return {concat({gather_rows(codes, tensor(group_of)), normal({tokens, tag}), number}, 1), mean, sequences};
}

/// Squared error, relative to that of always predicting 0.
template <class Mixing>
double error(const Mixing& mixing, const Batch& batch) {
  NoGrad scope;
  const Tensor wrong = reshape(mixing(batch.x, batch.sequences), batch.mean.shape()) - batch.mean;
  return (sum(wrong * wrong) / sum(batch.mean * batch.mean)).item();
}

int main(int argc, char** argv) try {
  std::int64_t steps = 1500;
  const Options options("Similarity, scaled similarity and learned attention on one task.");
  options.positive("--steps", steps, "training steps of the third");
  if (const auto status = options.parse(argc, argv)) return *status;

  seed(1);
  std::mt19937 draw(1);
  const Tensor codes = where(uniform({groups, code}) < 0.5, full({}, -1), full({}, 1));
  const Batch held_out = make_batch(draw, 500, codes);
  const double first = error(Similarity{}, held_out), second = error(ScaledSimilarity{}, held_out);
  fmt::print("similarity         error {:.4f}\n", first);
  fmt::print("scaled similarity  error {:.4f}\n", second);

  const auto model = SelfAttention{.width = width};
  optim::AdamW adam{nn::parameters(model)};
  const auto rate = optim::warmup_linear(5e-3, std::min<std::int64_t>(50, steps), steps);
  for (std::int64_t step = 0; step < steps; ++step) {
    const Batch batch = make_batch(draw, 32, codes);
    backward(mse_loss(reshape(model(batch.x, batch.sequences), batch.mean.shape()), batch.mean));
    adam.step(rate(step));
  }
  const double third = error(model, held_out);
  fmt::print("learned, {} steps  error {:.4f}\n", steps, third);
  return steps >= 1500 && !(third < 0.02 && second < 0.75 * first && first > 1);
} catch (const Error& error) {
  fmt::print(stderr, "group_mean: {}\n", error.what());
  return 1;
}
