// What a model writes.
#pragma once

#include <functional>

#include "run_folder.h"

struct Writing {
  std::int64_t pieces = 400;
  std::int64_t context = 128;  // pieces that the model was trained to read
  heed::nn::Sampling sampling = {.temperature = 0.8};
};

/// Goes on where the prompt ends (an empty one is an end of line), and hands each piece on as it comes; false ends it.
/// A text may be longer than the context: when that is full, the model reads the last half of it anew and goes on.
void write(const Model& model, const heed::text::ByteLevelEncoding& encoding, const std::string& prompt,
           const Writing& writing, const std::function<bool(const std::string& piece)>& take);
