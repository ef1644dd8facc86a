#include <heed/heed.h>

#include <cmath>

#include "catch.h"
#include "nn/layers/layers_check.h"

using namespace heed;

namespace {

const Sequences states{2, 1, 3}, memories{3, 4, 0};
constexpr std::int64_t width = 3, memory_width = 5;

using Row = std::vector<double>;
Row row(const Tensor& x, std::int64_t i) { return contiguous(select(x, 0, i)).to_vector<double>(); }
double dot(const Row& a, const Row& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}
Row times(const Tensor& matrix, const Row& x) {
  Row y;
  for (std::int64_t i = 0; i < matrix.size(0); ++i) y.push_back(dot(row(matrix, i), x));
  return y;
}
double additive(const Row& v, const Row& a, const Row& b) {
  double sum = 0;
  for (std::size_t i = 0; i < v.size(); ++i) sum += v[i] * std::tanh(a[i] + b[i]);
  return sum;
}

/// Compares with plain loops over score(state, memory), output and tapped weights.
template <class Layer, class Score>
void compare(const Layer& layer, std::int64_t of_memory, const Score& score) {
  seed(3);
  const Tensor s = normal({states.tokens(), width}, 0, 1, float64);
  const Tensor m = normal({memories.tokens(), of_memory}, 0, 1, float64);
  nn::Taps taps{layer};
  const Tensor y = layer(s, m, states, memories);
  const auto weights = taps["weights"].template to_vector<double>();
  std::size_t pair = 0;
  for (std::int64_t q = 0; q < states.count(); ++q)
    for (std::int64_t i = states.offset(q); i < states.offset(q + 1); ++i) {
      double sum = 0;
      Row expected(static_cast<std::size_t>(of_memory)), exponentials;
      for (std::int64_t j = memories.offset(q); j < memories.offset(q + 1); ++j) {
        exponentials.push_back(std::exp(score(row(s, i), row(m, j))));
        sum += exponentials.back();
      }
      for (std::size_t j = 0; j < exponentials.size(); ++j) {
        CHECK(weights.at(pair++) == Approx(exponentials[j] / sum).epsilon(1e-12));
        const Row memory = row(m, memories.offset(q) + static_cast<std::int64_t>(j));
        for (std::size_t c = 0; c < expected.size(); ++c) expected[c] += exponentials[j] / sum * memory[c];
      }
      const Row given = row(y, i);
      for (std::size_t c = 0; c < expected.size(); ++c) CHECK(given[c] == Approx(expected[c]).epsilon(1e-12));
    }
  CHECK(pair == weights.size());
}

}  // namespace

TEST_CASE("attention over a memory equals its formula", "[nn]") {
  seed(1);
  const auto additive_layer = nn::to(nn::AdditiveAttention{.width = width, .memory_width = memory_width}, float64);
  compare(additive_layer, memory_width, [&](const Row& s, const Row& m) {
    return additive(additive_layer.score_weight.to_vector<double>(), times(additive_layer.query.weight, s),
                    times(additive_layer.key.weight, m));
  });
  compare(nn::DotAttention{.width = width}, width, [](const Row& s, const Row& m) { return dot(s, m); });
  const auto general = nn::to(nn::GeneralAttention{.width = width, .memory_width = memory_width}, float64);
  compare(general, memory_width, [&](const Row& s, const Row& m) { return dot(s, times(general.key.weight, m)); });
  const auto concatenated = nn::to(nn::ConcatAttention{.width = width, .memory_width = memory_width}, float64);
  compare(concatenated, memory_width, [&](const Row& s, const Row& m) {
    Row both = s;
    both.insert(both.end(), m.begin(), m.end());
    return additive(concatenated.score_weight.to_vector<double>(), times(concatenated.weight, both), Row(3));
  });
}

TEST_CASE("attention over a memory passes nn::check", "[nn]") {
  seed(2);
  const Tensor s = normal({6, 3}), m = normal({7, 3});
  CHECK_LAYER(nn::AdditiveAttention{.width = 3}, s, m, states, memories);
  CHECK_LAYER(nn::DotAttention{.width = 3}, s, m, states, memories);
  CHECK_LAYER(nn::GeneralAttention{.width = 3}, s, m, states, memories);
  CHECK_LAYER(nn::ConcatAttention{.width = 3}, s, m, states, memories);
}
