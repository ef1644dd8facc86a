// Text generation.
#pragma once

#include <functional>

#include "run_folder.h"

struct Writing {
  std::int64_t pieces = 400;
  std::int64_t context = 128;  // context length, in pieces
  heed::nn::Sampling sampling = {.temperature = 0.8};
};

/// Continues the prompt (a newline if it is empty), and calls `take` with each piece; false stops. A text may be longer
/// than the context: when the context is full, generation continues from its last half.
void write(const Model& model, const heed::text::ByteLevelEncoding& encoding, const std::string& prompt,
           const Writing& writing, const std::function<bool(const std::string& piece)>& take);
