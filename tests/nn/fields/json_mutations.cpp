// Randomly mutated configurations, and configurations with absurd sizes: a model or an Error, never a crash, and never
// more memory than the machine has.
// Also tests nn/fields/plan.h.
#include <heed/heed.h>

#include <array>
#include <random>

#include "catch.h"

using namespace heed;
using Catch::Matchers::Contains;

namespace {

constexpr std::array<std::string_view, 16> numbers = {"-1",
                                                      "0",
                                                      "1",
                                                      "3",
                                                      "257",
                                                      "68719476736",
                                                      "1099511627776",
                                                      "4611686018427387904",
                                                      "9223372036854775807",
                                                      "-9223372036854775808",
                                                      "18446744073709551615",
                                                      "1e19",
                                                      "1e300",
                                                      "null",
                                                      "\"learned\"",
                                                      "[]"};

/// Returns the text with one to three mutations of a number or a byte.
std::string mutated(const std::string& text, std::mt19937& random) {
  std::string out = text;
  for (std::size_t change = 0, changes = 1 + random() % 3; change < changes; ++change) {
    std::vector<std::size_t> begins;
    for (std::size_t i = 1; i < out.size(); ++i)
      if (out[i - 1] == ' ' && (out[i] == '-' || ('0' <= out[i] && out[i] <= '9'))) begins.push_back(i);
    if (random() % 8 == 0 || begins.empty()) {
      out[random() % out.size()] = static_cast<char>(random() % 256);
      continue;
    }
    const std::size_t begin = begins[random() % begins.size()];
    out.replace(begin, out.find_first_not_of("-+.0123456789e", begin) - begin, numbers[random() % numbers.size()]);
  }
  return out;
}

template <class Model>
void try_mutations_of(const std::string& text, int times) {
  std::mt19937 random(20240229);
  int built = 0;
  for (int i = 0; i < times; ++i) {
    const std::string changed = mutated(text, random);
    INFO(changed);
    try {
      const auto made = nn::from_json<Model>(changed);
      CHECK(nn::parameter_count(made) >= 0);
      ++built;
    } catch (const Error& error) {
      CHECK(std::string_view(error.what()).size() > 10);
    }
  }
  CHECK(built > 0);
}

template <class Model>
void try_mutations(const Model& model, int times) {
  const std::string text = nn::to_json(model);
  REQUIRE(nn::to_json(nn::from_json<Model>(text)) == text);
  try_mutations_of<Model>(text, times);
}

const nn::BertConfig sizes{.vocabulary = 50, .width = 16, .heads = 4, .depth = 2};

struct Layers {
  std::vector<nn::Linear> layers;
};

struct WithEither {
  nn::OneOf<nn::MultiHeadAttention<nn::Rotary>, nn::MultiHeadAttention<nn::ClippedDistances>> attention;
};

}  // namespace

TEST_CASE("a randomly mutated configuration gives a model or an Error", "[json]") {
  try_mutations(nn::BertForPretraining{.bert = nn::albert({.bert = sizes, .embedding_width = 8})}, 1000);
  try_mutations(nn::BertForSequenceClassification{.classes = 3, .bert = nn::bert(sizes)}, 500);
  try_mutations(nn::gpt({.vocabulary = 50, .width = 16, .heads = 4, .depth = 2}), 300);
  try_mutations(nn::t5({.vocabulary = 50, .width = 16, .heads = 4, .depth = 1}), 300);
  using Attention = nn::OneOf<nn::MultiHeadAttention<nn::Rotary>, nn::MultiHeadAttention<nn::ClippedDistances>>;
  const auto layer = [](int i) {
    const auto attention = [&]() -> Attention {
      if (i == 0) return nn::MultiHeadAttention<nn::Rotary>{.width = 16, .heads = 4};
      return nn::MultiHeadAttention<nn::ClippedDistances>{.width = 16, .heads = 4};
    };
    return nn::EncoderLayer{.attention = attention(), .feed_forward = nn::SwigluFeedForward{.width = 16}};
  };
  try_mutations(nn::Stack{.layers = nn::repeat(2, layer)}, 500);
  try_mutations(
      nn::RecurrentEncoderDecoder<nn::AdditiveAttention>{
          .source_vocabulary = 50, .target_vocabulary = 40, .width = 16, .depth = 2},
      300);
  try_mutations(nn::MixtureOfExperts<>{.width = 8, .count = 4}, 300);
}

TEST_CASE("randomly mutated flat settings of an earlier version give a model or an Error", "[json]") {
  const std::string text = R"({
    "vocabulary": 50, "width": 16, "heads": 4, "depth": 2, "longest": 20, "segments": 2, "positions": "learned",
    "placement": "after", "dropout": 0.1, "attention_dropout": 0.1, "rotary_base": 10000.0, "epsilon": 1e-12,
    "stochastic_depth": 0.0, "groups": 2, "embedding_width": 16
  })";
  try_mutations_of<nn::Bert>(text, 1000);
  try_mutations_of<nn::BertForSequenceClassification<>>(R"({"classes": 3,)" + text.substr(1), 300);
}

TEST_CASE("the sizes in a configuration are checked before memory is allocated", "[json]") {
  const std::string text = nn::to_json(nn::bert(sizes));
  const auto with = [&](const std::string& before, const std::string& now) {
    std::string changed = text;
    const std::size_t at = changed.find(before);
    REQUIRE(at != std::string::npos);
    return nn::from_json<nn::Bert>(changed.replace(at, before.size(), now));
  };
  CHECK_THROWS_WITH(with(R"("count": 50)", R"("count": 1000000000000)"),
                    Contains("from_json: BertModel would have at least") &&
                        Contains("numbers in parameters and buffers") && Contains("bytes"));
  CHECK_THROWS_WITH(with(R"("epsilon": 1e-12)", R"("epsilon": 1e300)"),
                    Contains("epsilon must be a number of at most"));
  // Each of these layers would fit into memory, but not all of them.
  std::string layers;
  for (int i = 0; i < 140'000; ++i) layers += R"({"in": 3, "out": 1},)";
  CHECK_THROWS_WITH(nn::from_json<Layers>(R"({"layers": [)" + layers + R"({"in": 3, "out": 1}]})"),
                    Contains("more than 262144 parameters and buffers"));
  layers.clear();
  for (int i = 0; i < 10'000; ++i) layers += R"({"in": 65536, "out": 65536},)";
  CHECK_THROWS_WITH(nn::from_json<Layers>(R"({"layers": [)" + layers + R"({"in": 3, "out": 1}]})"),
                    Contains("bytes, but this machine has"));
  using Model = nn::Bert;
  CHECK_THROWS_WITH(nn::from_json<Model>(R"({"vocabulary": 1000000000000, "width": 16, "heads": 4, "depth": 2})"),
                    Contains("from_json: the model would have at least") && Contains("bytes"));
  CHECK_THROWS_WITH(nn::from_json<Model>(R"({"vocabulary": 100, "width": 16384, "heads": 4, "depth": 60000})"),
                    Contains("bytes, but this machine has"));
  CHECK_THROWS_WITH(nn::from_json<Model>(R"({"vocabulary": 100, "width": 4, "heads": 4, "depth": 60000})"),
                    Contains("more than 262144 parameters and buffers"));
  CHECK_THROWS_WITH(nn::from_json<Model>(R"({"vocabulary": 100, "width": 16, "heads": 4, "depth": 1099511627776})"),
                    Contains("the number of layers is 1099511627776, but at most 65536 are possible"));
  CHECK_THROWS_WITH(nn::from_json<Model>(R"({"vocabulary": 100, "width": 16, "heads": 4, "depth": -1})"),
                    Contains("repeat: the number of layers is -1"));
  CHECK(nn::from_json<Model>(R"({"vocabulary": 9, "width": 4, "heads": 2, "depth": 0})").encoder.layers.empty());
  CHECK_THROWS_WITH(nn::expect_memory("reader", [] { return nn::Linear{.in = 1 << 22, .out = 1 << 22}; }),
                    Contains("reader: the model would have at least 17592190238720 numbers"));
  nn::expect_memory("reader", [] { return nn::Linear{.in = 8, .out = 8}; });
}

TEST_CASE("a model from its configuration draws the same random numbers as one from code", "[json]") {
  const auto values = [](const auto& model) { return nn::parameters(model).back().template to_vector<float>(); };
  seed(3);
  const nn::FeedForward of_code{.width = 4};
  const float next = uniform({1}).item<float>();
  seed(3);
  const auto of_json = nn::from_json<nn::FeedForward>(R"({"width": 4, "hidden": 16})");
  CHECK(values(of_json) == values(of_code));
  CHECK(uniform({1}).item<float>() == next);

  // Types of a OneOf that do not fit draw no random numbers.
  seed(3);
  const WithEither clipped{nn::MultiHeadAttention<nn::ClippedDistances>{.width = 4, .heads = 2}};
  const std::string json = nn::to_json(clipped);
  seed(3);
  CHECK(values(nn::from_json<WithEither>(json)) == values(clipped));
}
