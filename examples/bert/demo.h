#pragma once

#include <string>

#include "bert.h"

struct DemoOptions {
  std::string folder = "out/demo";
  PretrainOptions pretraining;
  std::uint64_t seed = 1;
};

/// Runs the demo on Debian's package descriptions: trains a vocabulary, pretrains, fine-tunes with few and more labels,
/// compares with baselines, and saves all results in the folder. Returns false if it was interrupted.
bool run_demo(const DemoOptions& options);
