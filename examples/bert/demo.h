#pragma once

#include <string>

#include "pretrain.h"

struct DemoOptions {
  std::string folder = "out/demo";
  PretrainOptions pretraining;
  std::uint64_t seed = 1;
};

/// From Debian's package descriptions to a classifier of packages: trains a vocabulary, pretrains, fine-tunes with few
/// labels and with more, compares, and leaves it all in the folder. False if it was interrupted.
bool run_demo(const DemoOptions& options);
