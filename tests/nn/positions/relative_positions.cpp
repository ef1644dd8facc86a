// Also tests nn/attention/attention_inputs.h.
#include <heed/heed.h>

#include <cmath>

#include "catch.h"
#include "nn/layers/layers_check.h"
#include "nn/layers/parts.h"
#include "nn/models/small_models.h"

using namespace heed;
using Catch::Matchers::Message;

namespace {

const Sequences ragged{3, 0, 1, 5}, memory_lengths{2, 4, 1, 3};

void check_near(const Tensor& found, const Tensor& right, double margin = 1e-5) {
  REQUIRE(found.shape() == right.shape());
  const auto a = found.to_vector<float>(), b = right.to_vector<float>();
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(a[i] == Approx(b[i]).margin(margin));
}

template <class Positions>
nn::MultiHeadAttention<Positions> attention_with(Positions positions) {
  return {.width = 8, .heads = 4, .key_heads = 2, .value_width = 3, .positions = std::move(positions)};
}

/// Reference output of self-attention of one sequence, pair by pair, from the tapped queries and keys: bias(head, i, j)
/// is added to scores, value_plus(i, j, feature) to values.
template <class Attention>
Tensor by_pairs(const Attention& f, const Tensor& x, const Tensor& query, const Tensor& key,
                const std::function<double(std::int64_t, std::int64_t, std::int64_t)>& bias,
                const std::function<double(std::int64_t, std::int64_t, std::int64_t)>& value_plus, bool is_causal) {
  const std::int64_t n = x.size(0), heads = f.heads.value, width = f.value_width.value;
  const Tensor value = nn::split_heads(f.value(x), f.key_heads);
  std::vector<float> mixed;
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t h = 0; h < heads; ++h) {
      const std::int64_t g = h / (heads / f.key_heads.value);
      std::vector<double> weights;
      double all = 0;
      for (std::int64_t j = 0; j < (is_causal ? i + 1 : n); ++j) {
        const double dot = sum(select(select(query, 0, i), 0, h) * select(select(key, 0, j), 0, g)).item();
        weights.push_back(std::exp(dot / std::sqrt(static_cast<double>(f.key_width.value)) + bias(h, i, j)));
        all += weights.back();
      }
      for (std::int64_t c = 0; c < width; ++c) {
        double y = 0;
        for (std::size_t j = 0; j < weights.size(); ++j) {
          const auto place = static_cast<std::int64_t>(j);
          y += weights[j] / all *
               (static_cast<double>(
                    value.data<float>()[static_cast<std::size_t>((place * f.key_heads.value + g) * width + c)]) +
                value_plus(i, place, c));
        }
        mixed.push_back(static_cast<float>(y));
      }
    }
  return f.output(tensor(mixed, {n, heads * width}));
}

double at(const Tensor& x, const std::vector<std::int64_t>& place) {
  Tensor y = x.detach();
  for (const std::int64_t i : place) y = select(y, 0, i);
  return y.item();
}

}  // namespace

TEST_CASE("MultiHeadAttention with each positional encoding equals its formula, pair by pair", "[nn]") {
  seed(2);
  const std::int64_t n = 6;
  const Tensor x = normal({n, 8});
  const auto none = [](auto...) { return 0.0; };
  for (const bool is_causal : {false, true}) {
    const nn::Pass pass(Sequences{n}, is_causal ? AttentionOptions{.mask = causal()} : AttentionOptions{});
    const auto check = [&](const auto& f, const auto& bias, const auto& value_plus) {
      const nn::Taps taps{f};
      const Tensor y = f(x, pass);
      check_near(y, by_pairs(f, x, taps["query"], taps["key"], bias, value_plus, is_causal));
    };
    check(
        attention_with(nn::Alibi{.heads = 4}),
        [](auto h, auto i, auto j) {
          return -std::exp2(-2.0 * static_cast<double>(h + 1)) * std::abs(static_cast<double>(i - j));
        },
        none);
    const auto learned = attention_with(nn::LearnedAlibi{.heads = 4, .slopes = normal({4})});
    check(
        learned,
        [&](auto h, auto i, auto j) {
          return -at(learned.positions.slopes, {h}) * std::abs(static_cast<double>(i - j));
        },
        none);
    const auto clipped = attention_with(nn::ClippedDistances{.heads = 4, .max_distance = 2, .stddev = 1});
    check(
        clipped,
        [&](auto h, auto i, auto j) {
          return at(clipped.positions.table, {std::clamp<std::int64_t>(i - j, -2, 2) + 2, h});
        },
        none);
    for (const BucketSides sides : {BucketSides::both, BucketSides::before}) {
      const auto buckets =
          attention_with(nn::DistanceBuckets{.heads = 4, .buckets = 4, .max_distance = 4, .sides = sides, .stddev = 1});
      const auto bucket = [&](std::int64_t d) {
        if (sides == BucketSides::both) return std::min<std::int64_t>(std::abs(d), 1) + (d < 0 ? 2 : 0);
        return std::clamp<std::int64_t>(d, 0, 3);
      };
      check(buckets, [&](auto h, auto i, auto j) { return at(buckets.positions.table, {bucket(i - j), h}); }, none);
    }
    const auto shaw =
        attention_with(nn::ShawDistances{.key_width = 2, .value_width = 3, .max_distance = 2, .stddev = 1});
    const auto row = [](std::int64_t d) { return std::clamp<std::int64_t>(d, -2, 2) + 2; };
    {
      const nn::Taps taps{shaw};
      const Tensor y = shaw(x, pass);
      const Tensor query = taps["query"];
      check_near(y,
                 by_pairs(
                     shaw, x, query, taps["key"],
                     [&](auto h, auto i, auto j) {
                       return sum(select(select(query, 0, i), 0, h) *
                                  select(select(Tensor(shaw.positions.keys), 0, row(i - j)), 0, 0))
                                  .item() /
                              std::sqrt(2.0);
                     },
                     [&](auto i, auto j, auto c) { return at(shaw.positions.values, {row(i - j), 0, c}); }, is_causal));
    }
    const auto xl = attention_with(nn::TransformerXlDistances{
        .width = 8, .heads = 4, .key_width = 2, .content_bias = normal({4, 2}), .position_bias = normal({4, 2})});
    {
      const nn::Taps taps{xl};
      const Tensor y = xl(x, pass);
      const Tensor query = nn::split_heads(xl.query(x), xl.heads);
      check_near(taps["query"], query + xl.positions.content_bias);
      check_near(
          y, by_pairs(
                 xl, x, taps["query"], taps["key"],
                 [&](auto h, auto i, auto j) {
                   std::vector<float> wave;
                   for (int c = 0; c < 8; ++c) {
                     const double angle = static_cast<double>(i - j) * std::pow(10000.0, -(c - c % 2) / 8.0);
                     wave.push_back(static_cast<float>(c % 2 == 0 ? std::sin(angle) : std::cos(angle)));
                   }
                   const Tensor r = reshape(xl.positions.projection(tensor(wave, {1, 8})), {4, 2});
                   return sum((select(select(query, 0, i), 0, h) + select(Tensor(xl.positions.position_bias), 0, h)) *
                              select(r, 0, h))
                              .item() /
                          std::sqrt(2.0);
                 },
                 none, is_causal));
    }
  }
}

TEST_CASE("biases of the options and of a layer's positions are added", "[nn]") {
  seed(3);
  const Tensor x = normal({9, 8}), table = normal({11, 4});
  const auto with_table = attention_with(nn::ClippedDistances{.heads = 4, .max_distance = 5, .table = table});
  auto plain = attention_with(nn::NoPositions{});
  plain.query = with_table.query;
  plain.key = with_table.key;
  plain.value = with_table.value;
  plain.output = with_table.output;
  const Tensor slopes = alibi_slopes(4);
  const auto both = [&](const Tensor& d) { return alibi(slopes)(d) + clipped_distances(table)(d); };
  check_near(with_table(x, nn::Pass(ragged, {.bias = alibi(slopes)})), plain(x, nn::Pass(ragged, {.bias = both})));
}

TEST_CASE("rotary positions of a layer: partial width, adjacent pairs, scaled", "[nn]") {
  seed(4);
  const Tensor x = normal({9, 3, 6});
  const Tensor places = ragged.positions();
  const auto turned = [&](const nn::Rotary& f) { return f(x, places, RotarySide::query); };
  check_near(turned({.width = 4, .base = 100, .pairs = RotaryPairs::interleaved}),
             rotary(x, places, rotary_frequencies(4, 100), RotaryPairs::interleaved), 0);
  check_near(turned({.width = 6, .scaling = nn::RotaryScaling::linear, .factor = 2}),
             rotary(x, places, rotary_frequencies(6, 10000, LinearScaling{2})), 0);
  check_near(turned({.width = 6, .scaling = nn::RotaryScaling::ntk, .factor = 2}),
             rotary(x, places, rotary_frequencies(6, 10000, NtkScaling{2})), 0);
  check_near(turned({.width = 6, .scaling = nn::RotaryScaling::yarn, .factor = 2, .trained_length = 64}),
             rotary(x, places, rotary_frequencies(6, 10000, YarnScaling{.factor = 2, .trained_length = 64})), 0);
  check_near(turned({.width = 6, .scaling = nn::RotaryScaling::llama3, .factor = 2, .trained_length = 64}),
             rotary(x, places, rotary_frequencies(6, 10000, Llama3Scaling{.factor = 2, .trained_length = 64})), 0);
  check_near(nn::Rotary{.width = 6, .scaling = nn::RotaryScaling::xpos}(x, places, RotarySide::key),
             rotary(x, places, rotary_frequencies(6, 10000, XposScaling{.side = RotarySide::key})), 0);

  const nn::MultiHeadAttention<nn::Rotary> partial{
      .width = 8, .heads = 2, .positions = {.width = 2, .pairs = RotaryPairs::interleaved}};
  CHECK_LAYER(partial, normal({9, 8}), nn::Pass(ragged));
  CHECK_THROWS_MATCHES((nn::MultiHeadAttention<nn::Rotary>{.width = 6, .heads = 2}(normal({9, 6}), ragged)), Error,
                       Message("rotary_frequencies: width is 3, but it must be even and at least 2"));
  const nn::MultiHeadAttention<nn::Rotary> wide{.width = 8, .heads = 2, .positions = {.width = 6}};
  CHECK_THROWS_MATCHES(
      wide(normal({9, 8}), ragged), Error,
      Message(
          "Rotary{width = 6, base = 10000, pairs = halves, scaling = none, factor = 1, trained_length = 2048}: x is "
          "[9, 2, 4], but its last axis must be at least 6 (width)"));
}

TEST_CASE("each positional encoding is built from the sizes of its attention", "[nn]") {
  const auto more = [&]<class Positions>() {
    const nn::MultiHeadAttention<Positions> attention{.width = 8, .heads = 2, .value_width = 3};
    attention(normal({9, 8}), ragged);
    return nn::parameter_count(attention.positions);
  };
  CHECK(more.operator()<nn::NoPositions>() == 0);
  CHECK(more.operator()<nn::Rotary>() == 0);
  CHECK(more.operator()<nn::Alibi>() == 0);
  CHECK(more.operator()<nn::LearnedAlibi>() == 2);
  CHECK(more.operator()<nn::ClippedDistances>() == 257 * 2);
  CHECK(more.operator()<nn::DistanceBuckets>() == 32 * 2);
  CHECK(more.operator()<nn::ShawDistances>() == 33 * (4 + 3));
  CHECK(more.operator()<nn::TransformerXlDistances>() == 8 * 8 + 2 * 8);
}

TEST_CASE("packed documents are independent, with each positional encoding", "[nn]") {
  seed(7);
  const Tensor tokens = cast(uniform({14}, 0, 11), int64), labels = cast(uniform({14}, 0, 11), int64),
               numbers = tensor<std::int64_t>({4, 4, 4, 0, 0, 0, 0, 0, 9, 4, 4, 7, 7, 7});
  const Sequences packed{9, 5}, alone{3, 5, 1, 2, 3};
  parts::each_model([&](const std::string& name, const parts::LanguageModel& given) {
    INFO(name);
    auto model = given;
    nn::eval(model);
    check_near(model.hidden(tokens, packed, numbers).detach(), model.hidden(tokens, alone).detach());
    CHECK(model.loss(tokens, labels, packed, numbers).item() ==
          Approx(model.loss(tokens, labels, alone).item()).epsilon(1e-5));
  });
}

TEST_CASE("the layers of a stack share its relative positions", "[nn]") {
  seed(6);
  const auto layer = [](int) {
    return nn::EncoderLayer{.attention = nn::MultiHeadAttention<>{.width = 8, .heads = 2},
                            .feed_forward = nn::FeedForward{.width = 8}};
  };
  const nn::Stack stack{
      .layers = nn::repeat(2, layer), .norm = nn::NoNorm{}, .positions = nn::DistanceBuckets{.heads = 2, .stddev = 1}};
  const Tensor x = normal({9, 8}), table = stack.positions.table;
  const nn::Pass pass(ragged, {.bias = bucketed_distances(table, BucketSides::both, 128)});
  CHECK(stack(x, ragged).to_vector<float>() == stack.layers[1](stack.layers[0](x, pass), pass).to_vector<float>());
  // With checkpointing the table has the same gradient.
  const nn::Stack recomputed{.layers = stack.layers,
                             .norm = nn::NoNorm{},
                             .positions = nn::clone(stack.positions),
                             .call = nn::CheckpointedCall{}};
  backward(stack(x, ragged), x);
  backward(recomputed(x, ragged), x);
  check_near(recomputed.positions.table.grad(), stack.positions.table.grad());
}

TEST_CASE("DecoderLayer applies positions in self-attention alone", "[nn]") {
  seed(6);
  const auto layer = small::decoder_layer<nn::DistanceBuckets>({});
  CHECK_LAYER(layer, normal({9, 8}), nn::Pass(ragged, {}, nn::Memory{normal({10, 8}), memory_lengths}));
}
