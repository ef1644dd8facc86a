#include <heed/heed.h>

#include <map>

#include "catch.h"

using namespace heed;

// The settings of tests/golden/rotary.py. Hugging Face computes in float32.
TEST_CASE("frequencies are those of Hugging Face's models", "[golden]") {
  const std::map<std::string, RotaryFrequencies> found{
      {"plain", rotary_frequencies(64)},
      {"plain, half of the head", rotary_frequencies(32)},
      {"linear", rotary_frequencies(64, 10000, LinearScaling{.factor = 4})},
      {"dynamic, short",
       rotary_frequencies(64, 10000, DynamicNtkScaling{.factor = 4, .trained_length = 2048, .length = 2000})},
      {"dynamic, long",
       rotary_frequencies(64, 10000, DynamicNtkScaling{.factor = 4, .trained_length = 2048, .length = 5000})},
      {"yarn", rotary_frequencies(64, 10000, YarnScaling{.factor = 8, .trained_length = 4096})},
      {"yarn, other base",
       rotary_frequencies(128, 500000, YarnScaling{.factor = 40, .trained_length = 4096, .fast = 16, .slow = 2})},
      {"yarn, not rounded",
       rotary_frequencies(32, 10000, YarnScaling{.factor = 2, .trained_length = 512, .rounded = false})},
      {"yarn, magnitude",
       rotary_frequencies(64, 10000, YarnScaling{.factor = 8, .trained_length = 4096, .magnitude = 1.5})},
      {"llama3", rotary_frequencies(128, 500000, Llama3Scaling{.factor = 8, .trained_length = 8192})},
      {"llama3, other turns",
       rotary_frequencies(64, 10000, Llama3Scaling{.factor = 32, .trained_length = 1024, .fast = 8, .slow = 2})},
  };
  const nn::TensorFile file = nn::load_tensors(HEED_GOLDEN "/rotary/frequencies.safetensors");
  std::map<std::string, std::vector<double>> golden;
  for (const auto& [name, values] : file.tensors) golden[name] = values.to_vector<double>();
  REQUIRE(golden.size() == 2 * found.size());
  for (const auto& [name, frequencies] : found) {
    INFO(name);
    const std::vector<double>& right = golden.at(name);
    REQUIRE(frequencies.pairs().size() == right.size());
    for (std::size_t i = 0; i < right.size(); ++i)
      CHECK(frequencies.pairs()[i] == Approx(right[i]).epsilon(3e-6).margin(0));
    CHECK(frequencies.factor() == Approx(golden.at(name + ".factor").at(0)).epsilon(1e-7));
  }
  // The base that slows the slowest pair down by the factor and leaves the fastest.
  const auto plain = rotary_frequencies(64), scaled = rotary_frequencies(64, 10000, NtkScaling{.factor = 4});
  CHECK(scaled.pairs()[0] == 1);
  CHECK(scaled.pairs()[31] == Approx(plain.pairs()[31] / 4).epsilon(1e-12));
}
