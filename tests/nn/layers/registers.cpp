#include <heed/heed.h>

#include "catch.h"
#include "layers_check.h"
#include "nn/difference.h"
#include "nn/models/small_models.h"

using namespace heed;
using Catch::Matchers::Message;

namespace {
const Sequences ragged{3, 0, 1, 5};

auto registered(Size width) {
  return nn::WithRegisters{
      .width = width, .count = 2, .layers = small::encoder({.width = width, .depth = 1, .dropout = 0})};
}
}  // namespace

TEST_CASE("WithRegisters prepends learned vectors to each sequence", "[nn]") {
  seed(1);
  const auto layer = registered(6);
  const Tensor x = normal({9, 6});
  const Tensor y = layer(x, ragged);
  REQUIRE(y.shape() == Shape{9, 6});
  for (std::int64_t s = 0; s < ragged.count(); ++s) {
    if (ragged.length(s) == 0) continue;
    const Tensor alone = layer.layers(concat({layer.weight, slice(x, 0, ragged.offset(s), ragged.offset(s + 1))}),
                                      Sequences{2 + ragged.length(s)});
    CHECK(difference(slice(y, 0, ragged.offset(s), ragged.offset(s + 1)), slice(alone, 0, 2, 2 + ragged.length(s))) <
          1e-6);
  }
  CHECK(layer(zeros({0, 6}), Sequences{0, 0}).shape() == Shape{0, 6});
}

TEST_CASE("WithRegisters passes nn::check", "[nn]") {
  seed(2);
  for (const AttentionOptions& options : {AttentionOptions{}, AttentionOptions{.mask = causal()}}) {
    const auto report =
        nn::check_with({.takes_steps = false}, registered(4), normal({9, 4}), nn::Pass(ragged, options));
    INFO(report.text());
    CHECK(report);
  }
  const auto model =
      nn::LanguageModel{.embedding = nn::TokenEmbedding<>{.vocabulary = 5, .width = 4}, .layers = registered(4)};
  CHECK_LAYER(model, tensor({1, 2, 3, 4, 0, 1, 2, 3, 4}), ragged);
  auto state = model.initial_state(1);
  CHECK_THROWS_WITH(model.decode_step(state, tensor({1}), Sequences{1}),
                    "WithRegisters{width = 4, count = 2, stddev = 0.02}: registers are prepended to whole "
                    "sequences, so they cannot be used in decoding steps with a cache");
  CHECK_THROWS_MATCHES(registered(4)(normal({9, 3}), ragged), Error,
                       Message("WithRegisters{width = 4, count = 2, stddev = 0.02}: x is [9, 3], but its last axis "
                               "must be 4 (width)"));
}
