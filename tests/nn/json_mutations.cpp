// Configurations that were changed at random, and such with absurd sizes: a model or an Error, never a crash, and never
// more memory than the machine has.
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

/// The text with one to three changes: another number where there was one, or another byte.
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

/// The hyperparameters of the model alone: those of sublayers must fit them, so that few changes would be left.
template <class Model>
std::string own_hyperparameters(const Model& model) {
  const std::string all = nn::to_json(model);
  std::string own = "{";
  for (std::size_t begin = 2; all.compare(begin, 3, "  \"") == 0;) {
    const std::size_t end = all.find('\n', begin);
    const std::string line = all.substr(begin, end - begin);
    if (line.ends_with('{') || line.ends_with('[')) break;
    own += '\n' + line;
    begin = end + 1;
  }
  if (own.ends_with(',')) own.pop_back();
  return own + "\n}\n";
}

template <class Model>
void try_mutations(const Model& model, int times) {
  const std::string text = own_hyperparameters(model);
  REQUIRE(nn::to_json(nn::from_json<Model>(text)) == nn::to_json(model));
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

}  // namespace

TEST_CASE("a configuration that was changed at random gives a model or an Error", "[json]") {
  try_mutations(nn::Bert<>{.vocabulary = 50, .width = 16, .heads = 4, .depth = 2}, 1000);
  try_mutations(nn::BertForPretraining<>{.vocabulary = 50, .width = 16, .heads = 4, .depth = 2}, 500);
  try_mutations(
      nn::BertForSequenceClassification<>{.vocabulary = 50, .width = 16, .heads = 4, .depth = 1, .classes = 3}, 300);
  try_mutations(nn::LanguageModel<>{.vocabulary = 50, .width = 16, .heads = 4, .depth = 2}, 300);
  try_mutations(nn::EncoderDecoder<>{.vocabulary = 50, .width = 16, .heads = 4, .depth = 2}, 300);
  try_mutations(
      nn::RecurrentEncoderDecoder<nn::AdditiveAttention>{
          .source_vocabulary = 50, .target_vocabulary = 40, .width = 16, .depth = 2},
      300);
  try_mutations(nn::MixtureOfExperts<>{.width = 8, .count = 4}, 300);
}

TEST_CASE("the sizes in a configuration are looked at before anything is built", "[json]") {
  using Model = nn::Bert<>;
  CHECK_THROWS_WITH(nn::from_json<Model>(R"({"vocabulary": 1000000000000, "width": 16, "heads": 4, "depth": 2})"),
                    Contains("from_json: Bert would have at least") && Contains("numbers in parameters and buffers") &&
                        Contains("bytes"));
  // Each of these tensors could be had, but not all of them.
  CHECK_THROWS_WITH(nn::from_json<Model>(R"({"vocabulary": 100, "width": 16384, "heads": 4, "depth": 60000})"),
                    Contains("bytes, but this machine has"));
  CHECK_THROWS_WITH(nn::from_json<Model>(R"({"vocabulary": 100, "width": 4, "heads": 4, "depth": 60000})"),
                    Contains("more than 262144 parameters and buffers"));
  CHECK_THROWS_WITH(nn::from_json<Model>(R"({"vocabulary": 100, "width": 16, "heads": 4, "depth": 1099511627776})"),
                    Contains("depth must be at most 65536"));
  CHECK_THROWS_WITH(nn::from_json<Model>(R"({"vocabulary": 100, "width": 16, "heads": 4, "depth": -1})"),
                    Contains("depth must be at least 0"));
  CHECK_THROWS_WITH(
      nn::from_json<Model>(R"({"vocabulary": 100, "width": 16, "heads": 4, "depth": 2, "rotary_base": 1e300})"),
      Contains("rotary_base must be a number of at most"));
  CHECK_THROWS_WITH(nn::expect_memory("reader", [] { return nn::Linear{.in = 1 << 22, .out = 1 << 22}; }),
                    Contains("reader: the model would have at least 17592190238720 numbers"));
  nn::expect_memory("reader", [] { return nn::Linear{.in = 8, .out = 8}; });
}

TEST_CASE("a model from its configuration draws the same numbers as one from code", "[json]") {
  const auto values = [](const auto& model) { return nn::parameters(model).back().template to_vector<float>(); };
  seed(3);
  const nn::FeedForward of_code{.width = 4};
  const float next = uniform({1}).item<float>();
  seed(3);
  const auto of_json = nn::from_json<nn::FeedForward>(R"({"width": 4, "hidden": 16})");
  CHECK(values(of_json) == values(of_code));
  CHECK(uniform({1}).item<float>() == next);
}
