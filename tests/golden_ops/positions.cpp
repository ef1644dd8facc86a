#include <fmt/core.h>
#include <heed/heed.h>

#include <map>
#include <numeric>

#include "catch.h"
#include "golden_folder.h"

using namespace heed;

// Positions compared with Hugging Face's, with the settings of tests/golden/positions.py.
namespace {

std::map<std::string, std::vector<double>> golden_values() {
  std::map<std::string, std::vector<double>> golden;
  for (const auto& [name, values] : io::load_tensors(golden_folder() + "/positions/positions.safetensors").tensors)
    golden[name] = cast(values, float64).to_vector<double>();
  return golden;
}

}  // namespace

// Hugging Face computes frequencies in float32.
TEST_CASE("frequencies agree with Hugging Face's models", "[golden]") {
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
  const auto golden = golden_values();
  for (const auto& [name, frequencies] : found) {
    INFO(name);
    const std::vector<double>& right = golden.at(name);
    REQUIRE(frequencies.pairs().size() == right.size());
    for (std::size_t i = 0; i < right.size(); ++i)
      CHECK(frequencies.pairs()[i] == Approx(right[i]).epsilon(3e-6).margin(0));
    CHECK(frequencies.factor() == Approx(golden.at(name + ".factor").at(0)).epsilon(1e-7));
  }
  // The scaled base divides the lowest frequency by the factor and keeps the highest.
  const auto plain = rotary_frequencies(64), scaled = rotary_frequencies(64, 10000, NtkScaling{.factor = 4});
  CHECK(scaled.pairs()[0] == 1);
  CHECK(scaled.pairs()[31] == Approx(plain.pairs()[31] / 4).epsilon(1e-12));
}

TEST_CASE("buckets and slopes agree with Hugging Face's models", "[golden]") {
  const auto golden = golden_values();
  std::vector<std::int64_t> distances(3001);
  std::iota(distances.begin(), distances.end(), -1500);
  int checked = 0;
  for (const auto& [buckets, max_distance] : {std::pair{32, 128}, {8, 20}, {64, 1000}, {10, 50}})
    for (const auto& [sides, text] : {std::pair{BucketSides::both, "both"}, {BucketSides::before, "before"}}) {
      const Tensor found =
          distance_buckets(tensor(std::span<const std::int64_t>(distances), {3001}), buckets, sides, max_distance);
      CHECK(cast(found, float64).to_vector<double>() ==
            golden.at(fmt::format("t5 {} {} {}", text, buckets, max_distance)));
      ++checked;
    }
  for (const int heads : {1, 3, 8, 12, 20}) {
    const auto found = alibi_slopes(heads, float64).to_vector<double>(),
               right = golden.at(fmt::format("alibi {}", heads));
    REQUIRE(found.size() == right.size());
    for (std::size_t h = 0; h < found.size(); ++h) CHECK(found[h] == Approx(right[h]).epsilon(1e-6));
    ++checked;
  }
  CHECK(golden.size() == static_cast<std::size_t>(checked) + 2 * 11);
}
