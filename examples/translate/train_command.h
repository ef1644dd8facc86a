#pragma once

#include <cstdint>
#include <string>

#include "translating.h"

/// What is set for each kind of model, so that all train for about the same time.
struct Recipe {
  std::int64_t width, depth, heads;
  std::int64_t steps;
  double rate;
};
/// Throws Error if there is no such kind.
Recipe recipe_of(const std::string& kind);

struct TrainCommand {
  std::string kind = "transformer", language = "it", source, target, out;
  std::int64_t steps = 0, width = 0, depth = 0, heads = 0;  // 0: the recipe's
  double rate = 0;                                          // the same
  std::int64_t pieces = 8000, longest = 100, tokens = 2048, test_pairs = 2000;
  std::uint64_t seed = 1;
  bool resume = false, bfloat16 = true;
  TranslatingOptions translating;
};

/// From a corpus to a model that translates: trains the pieces and the model, measures it on the test pairs, and leaves
/// it all in the folder. False if it was interrupted.
bool run_train(const TrainCommand& command);
