#pragma once

#include <cstdint>
#include <string>

#include "translating.h"

/// Default settings of a kind of model, with similar training times.
struct Recipe {
  std::int64_t width, depth, heads;
  std::int64_t steps;
  double rate;
};
/// Returns the default settings of a kind of model. Throws Error if the kind is unknown.
Recipe recipe_of(const std::string& kind);

struct TrainCommand {
  std::string kind = "transformer", language = "it", source, target, out;
  std::int64_t steps = 0, width = 0, depth = 0, heads = 0;  // 0: the default of the recipe
  double rate = 0;                                          // 0: the default of the recipe
  std::int64_t pieces = 8000, longest = 100, tokens = 2048, test_pairs = 2000;
  std::uint64_t seed = 1;
  bool resume = false, bfloat16 = true;
  TranslatingOptions translating;
};

/// Trains a vocabulary and a model, evaluates it on the test pairs, and saves all results in the folder. Returns false
/// if it was interrupted.
bool run_train(const TrainCommand& command);
