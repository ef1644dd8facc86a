#include <heed/heed.h>

#include "catch.h"
#include "difference.h"

using namespace heed;

namespace {
const Tensor tokens = tensor({4, 0, 3, 3, 1});
const Sequences texts{2, 3};

template <class Model>
void check_every_parameter_learns(const Model& plain) {
  const auto model = nn::to(plain, float64);
  backward(model.loss(tokens, tensor({0, 3, 3, 1, 2}), texts));
  for (const auto& [path, parameter] : nn::named_parameters(model)) {
    INFO(path);
    REQUIRE(parameter.grad());
    CHECK(sum(abs(parameter.grad())).item() > 0);
  }
}
}  // namespace

TEST_CASE("TokenEmbedding is its formula: tied, factorised, and with an output of its own", "[nn]") {
  seed(1);
  for (const bool tied : {true, false})
    for (const std::int64_t embedding_width : {6, 2}) {
      INFO("tied " << tied << ", embedding_width " << embedding_width);
      const auto layer = nn::to(nn::TokenEmbedding{.vocabulary = 5,
                                                   .width = 6,
                                                   .positions = nn::PositionKind::none,
                                                   .embedding_width = embedding_width,
                                                   .tied = tied,
                                                   .scale = 3},
                                float64);
      CHECK(layer.widening.has_value() == (embedding_width == 2));
      CHECK(layer.output.has_value() != tied);
      const Tensor table = layer.embedding.weight, h = normal({5, 6}, 0, 1, float64);
      const Tensor wide = layer.widening ? matmul(table, transpose(layer.widening->weight, 0, 1)) : table;
      CHECK(difference(layer(tokens, texts), gather_rows(wide, tokens) * 3) < 1e-12);
      CHECK(difference(layer.logits(h), matmul(h, transpose(tied ? wide : Tensor(*layer.output), 0, 1))) < 1e-12);
      CHECK(layer.loss(h, tokens, 0.1).item() ==
            Approx(cross_entropy(layer.logits(h), tokens, {.label_smoothing = 0.1}).item()));
    }
}

TEST_CASE("models with factorised and untied embeddings", "[nn]") {
  seed(2);
  const auto plain = nn::LanguageModel<>{.vocabulary = 50, .width = 16, .heads = 2, .depth = 2, .dropout = 0};
  const auto small =
      nn::LanguageModel<>{.vocabulary = 50, .width = 16, .heads = 2, .depth = 2, .dropout = 0, .embedding_width = 4};
  const auto untied =
      nn::LanguageModel<>{.vocabulary = 50, .width = 16, .heads = 2, .depth = 2, .dropout = 0, .tied = false};
  CHECK(nn::parameter_count(plain) - nn::parameter_count(small) == 50 * 16 - (50 * 4 + 4 * 16));
  CHECK(nn::parameter_count(untied) - nn::parameter_count(plain) == 50 * 16);
  check_every_parameter_learns(plain);
  check_every_parameter_learns(small);
  check_every_parameter_learns(untied);
}

TEST_CASE("layers shared over the depth", "[nn]") {
  seed(3);
  const auto shared = nn::Encoder<>{.width = 8, .heads = 2, .depth = 4, .groups = 2};
  REQUIRE(shared.layers.size() == 2);
  Tensor x = normal({5, 8});
  const Tensor y = shared(x, texts);
  for (const std::size_t i : {0U, 0U, 1U, 1U}) x = shared.layers[i](x, texts);
  CHECK(y.to_vector<float>() == (*shared.norm)(x).to_vector<float>());
  CHECK_THROWS_WITH((nn::Encoder<>{.width = 8, .heads = 2, .depth = 4, .groups = 3}(x, texts)),
                    Catch::Matchers::EndsWith("groups must divide depth"));
  CHECK_THROWS_AS((nn::Encoder<>{.width = 8, .heads = 2, .depth = 4, .groups = 0}(x, texts)), Error);
}
