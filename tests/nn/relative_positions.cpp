#include <heed/heed.h>

#include <cmath>

#include "catch.h"
#include "layers_check.h"

using namespace heed;
using Catch::Matchers::Message;
using nn::PositionKind;

namespace {

const Sequences ragged{3, 0, 1, 5}, memory_lengths{2, 4, 1, 3};
const std::vector<PositionKind> inside_attention{
    PositionKind::rotary,        PositionKind::xpos,           PositionKind::alibi,
    PositionKind::learned_alibi, PositionKind::clipped,        PositionKind::buckets,
    PositionKind::shaw,          PositionKind::causal_buckets, PositionKind::transformer_xl};

void check_near(const Tensor& found, const Tensor& right, double margin = 1e-5) {
  REQUIRE(found.shape() == right.shape());
  const auto a = found.to_vector<float>(), b = right.to_vector<float>();
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(a[i] == Approx(b[i]).margin(margin));
}

nn::MultiHeadAttention attention_with(PositionKind positions) {
  return {.width = 8, .heads = 4, .positions = positions, .rotary_base = 100, .key_heads = 2, .value_width = 3};
}

nn::LanguageModel<> model_with(PositionKind positions) {
  return {.vocabulary = 11, .width = 8, .heads = 2, .depth = 2, .longest = 16, .positions = positions, .dropout = 0};
}

/// The output of self-attention of one sequence, pair by pair, from the tapped queries and keys: bias(head, i, j) is
/// added to scores, value_plus(i, j, feature) to values.
Tensor by_pairs(const nn::MultiHeadAttention& f, const Tensor& x, const Tensor& query, const Tensor& key,
                const std::function<double(std::int64_t, std::int64_t, std::int64_t)>& bias,
                const std::function<double(std::int64_t, std::int64_t, std::int64_t)>& value_plus, bool is_causal) {
  const std::int64_t n = x.size(0), heads = f.heads.value, width = f.value_width.value;
  const Tensor value = f.by_head(f.value(x), f.key_heads);
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

TEST_CASE("MultiHeadAttention with each kind of position", "[nn]") {
  seed(1);
  for (const PositionKind positions : inside_attention) {
    INFO("kind " << static_cast<int>(positions));
    CHECK_LAYER(attention_with(positions), normal({9, 8}), ragged, AttentionOptions{.mask = causal()});
    CHECK_LAYER(attention_with(positions), normal({9, 8}), ragged);
    CHECK_LAYER(attention_with(positions), normal({9, 8}), normal({10, 8}), ragged, memory_lengths);
  }
}

TEST_CASE("MultiHeadAttention with each kind of position is what the formula says, pair by pair", "[nn]") {
  seed(2);
  const std::int64_t n = 6;
  const Tensor x = normal({n, 8});
  const auto none = [](auto...) { return 0.0; };
  for (const bool is_causal : {false, true}) {
    const AttentionOptions options = is_causal ? AttentionOptions{.mask = causal()} : AttentionOptions{};
    const auto check = [&](const nn::MultiHeadAttention& f, const auto& bias, const auto& value_plus) {
      const nn::Taps taps{f};
      const Tensor y = f(x, Sequences{n}, options);
      check_near(y, by_pairs(f, x, taps["query"], taps["key"], bias, value_plus, is_causal));
    };
    check(
        attention_with(PositionKind::alibi),
        [](auto h, auto i, auto j) {
          return -std::exp2(-2.0 * static_cast<double>(h + 1)) * std::abs(static_cast<double>(i - j));
        },
        none);
    auto learned = attention_with(PositionKind::learned_alibi);
    learned.learned_alibi->slopes = normal({4});
    check(
        learned,
        [&](auto h, auto i, auto j) {
          return -at(learned.learned_alibi->slopes, {h}) * std::abs(static_cast<double>(i - j));
        },
        none);
    auto clipped = attention_with(PositionKind::clipped);
    clipped.clipped = nn::ClippedDistances{.heads = 4, .farthest = 2, .deviation = 1};
    check(
        clipped,
        [&](auto h, auto i, auto j) {
          return at(clipped.clipped->table, {std::clamp<std::int64_t>(i - j, -2, 2) + 2, h});
        },
        none);
    for (const BucketSides sides : {BucketSides::both, BucketSides::before}) {
      auto buckets = attention_with(PositionKind::buckets);
      buckets.buckets = nn::DistanceBuckets{.heads = 4, .buckets = 4, .farthest = 4, .sides = sides, .deviation = 1};
      const auto bucket = [&](std::int64_t d) {
        if (sides == BucketSides::both) return std::min<std::int64_t>(std::abs(d), 1) + (d < 0 ? 2 : 0);
        return std::clamp<std::int64_t>(d, 0, 3);
      };
      check(buckets, [&](auto h, auto i, auto j) { return at(buckets.buckets->table, {bucket(i - j), h}); }, none);
    }
    auto shaw = attention_with(PositionKind::shaw);
    shaw.shaw = nn::ShawDistances{.key_width = 2, .value_width = 3, .farthest = 2, .deviation = 1};
    const auto row = [](std::int64_t d) { return std::clamp<std::int64_t>(d, -2, 2) + 2; };
    {
      const nn::Taps taps{shaw};
      const Tensor y = shaw(x, Sequences{n}, options);
      const Tensor query = taps["query"];
      check_near(y, by_pairs(
                        shaw, x, query, taps["key"],
                        [&](auto h, auto i, auto j) {
                          return sum(select(select(query, 0, i), 0, h) *
                                     select(select(Tensor(shaw.shaw->keys), 0, row(i - j)), 0, 0))
                                     .item() /
                                 std::sqrt(2.0);
                        },
                        [&](auto i, auto j, auto c) { return at(shaw.shaw->values, {row(i - j), 0, c}); }, is_causal));
    }
    auto xl = attention_with(PositionKind::transformer_xl);
    xl.transformer_xl->content_bias = normal({4, 2});
    xl.transformer_xl->position_bias = normal({4, 2});
    {
      const nn::Taps taps{xl};
      const Tensor y = xl(x, Sequences{n}, options);
      const Tensor query = xl.by_head(xl.query(x), xl.heads);
      check_near(taps["query"], query + xl.transformer_xl->content_bias);
      check_near(y, by_pairs(
                        xl, x, taps["query"], taps["key"],
                        [&](auto h, auto i, auto j) {
                          std::vector<float> wave;
                          for (int c = 0; c < 8; ++c) {
                            const double angle = static_cast<double>(i - j) * std::pow(10000.0, -(c - c % 2) / 8.0);
                            wave.push_back(static_cast<float>(c % 2 == 0 ? std::sin(angle) : std::cos(angle)));
                          }
                          const Tensor r = reshape(xl.transformer_xl->projection(tensor(wave, {1, 8})), {4, 2});
                          return sum((select(select(query, 0, i), 0, h) +
                                      select(Tensor(xl.transformer_xl->position_bias), 0, h)) *
                                     select(r, 0, h))
                                     .item() /
                                 std::sqrt(2.0);
                        },
                        none, is_causal));
    }
  }
}

TEST_CASE("options and a layer's positions add up", "[nn]") {
  seed(3);
  const Tensor x = normal({9, 8}), table = normal({11, 4});
  const auto plain = attention_with(PositionKind::none);
  auto with_table = plain;
  with_table.clipped = nn::ClippedDistances{.heads = 4, .farthest = 5};
  with_table.clipped->table = table;
  const Tensor slopes = alibi_slopes(4);
  check_near(
      with_table(x, ragged, {.bias = alibi(slopes)}),
      plain(x, ragged, {.bias = [&](const Tensor& d) { return alibi(slopes)(d) + clipped_distances(table)(d); }}));
}

TEST_CASE("rotary positions of a layer: part of a head, neighbours, scaled", "[nn]") {
  seed(4);
  const Tensor x = normal({9, 3, 6});
  const Tensor places = ragged.positions();
  const auto turned = [&](const nn::Rotary& f) { return f(x, places, RotarySide::query); };
  check_near(turned({.width = 4, .base = 100, .pairs = RotaryPairs::neighbours}),
             rotary(x, places, rotary_frequencies(4, 100), RotaryPairs::neighbours), 0);
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

  auto partial = nn::MultiHeadAttention{.width = 8, .heads = 2, .positions = PositionKind::rotary};
  partial.rotary = nn::Rotary{.width = 2, .pairs = RotaryPairs::neighbours};
  CHECK_LAYER(partial, normal({9, 8}), ragged);
  CHECK_THROWS_MATCHES(
      (nn::MultiHeadAttention{.width = 6, .heads = 2, .positions = PositionKind::rotary}(normal({9, 6}), ragged)),
      Error, Message("rotary_frequencies: width is 3, but it must be even and at least 2"));
  partial.rotary = nn::Rotary{.width = 6};
  CHECK_THROWS_MATCHES(
      partial(normal({9, 8}), ragged), Error,
      Message(
          "Rotary{width = 6, base = 10000, pairs = halves, scaling = none, factor = 1, trained_length = 2048}: x is "
          "[9, 2, 4], but its last axis must be at least 6 (width)"));
}

TEST_CASE("a language model with each kind of position, token by token and from its hyperparameters", "[nn]") {
  seed(5);
  for (const PositionKind positions : inside_attention) {
    INFO("kind " << static_cast<int>(positions));
    auto model = model_with(positions);
    nn::eval(model);
    const Tensor tokens = cast(uniform({9}, 0, 11), int64);
    const Tensor all = model(tokens, Sequences{9});
    auto state = model.begin(1);
    for (const auto& [begin, end] : {std::pair{0, 4}, {4, 5}, {5, 8}, {8, 9}}) {
      const Tensor next = model.next(state, slice(tokens, 0, begin, end), Sequences{end - begin});
      check_near(next, slice(all, 0, end - 1, end).detach());
    }
    const auto rebuilt = nn::from_json<nn::LanguageModel<>>(nn::to_json(model));
    CHECK(nn::parameter_count(rebuilt) == nn::parameter_count(model));
    CHECK(nn::to_json(rebuilt) == nn::to_json(model));
  }
  // The kinds whose layers have parameters of their own.
  const auto more = [&](PositionKind kind) {
    return nn::parameter_count(model_with(kind)) - nn::parameter_count(model_with(PositionKind::none));
  };
  CHECK(more(PositionKind::alibi) == 0);
  CHECK(more(PositionKind::learned_alibi) == 2 * 2);
  CHECK(more(PositionKind::clipped) == 2 * 257 * 2);
  CHECK(more(PositionKind::buckets) == 2 * 32 * 2);
  CHECK(more(PositionKind::shaw) == 2 * 2 * 33 * 4);
  CHECK(more(PositionKind::transformer_xl) == 2 * (8 * 8 + 2 * 8));
}

TEST_CASE("packed documents are read as if each were alone, with each kind of position", "[nn]") {
  seed(7);
  auto kinds = inside_attention;
  kinds.insert(kinds.end(), {PositionKind::none, PositionKind::learned, PositionKind::sinusoidal});
  const Tensor tokens = cast(uniform({14}, 0, 11), int64), labels = cast(uniform({14}, 0, 11), int64),
               numbers = tensor<std::int64_t>({4, 4, 4, 0, 0, 0, 0, 0, 9, 4, 4, 7, 7, 7});
  const Sequences packed{9, 5}, alone{3, 5, 1, 2, 3};
  for (const PositionKind positions : kinds) {
    INFO("kind " << static_cast<int>(positions));
    const auto model = model_with(positions);
    check_near(model.hidden(tokens, packed, numbers).detach(), model.hidden(tokens, alone).detach());
    CHECK(model.loss(tokens, labels, packed, numbers).item() ==
          Approx(model.loss(tokens, labels, alone).item()).epsilon(1e-5));
  }
}

TEST_CASE("DecoderLayer reads positions in its own text alone", "[nn]") {
  seed(6);
  const auto layer = nn::DecoderLayer<>{.width = 8, .heads = 2, .positions = PositionKind::causal_buckets};
  CHECK(layer.attention.buckets);
  CHECK_FALSE(layer.cross_attention.buckets);
  CHECK_LAYER(layer, normal({9, 8}), normal({10, 8}), ragged, memory_lengths);
}
