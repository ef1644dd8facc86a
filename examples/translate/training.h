// From a new model to one that translates.
#pragma once

#include <heed/heed.h>

#include <string>
#include <vector>

#include "translator.h"

using Pairs = std::vector<heed::text::SentencePair>;

struct TrainingOptions {
  std::int64_t steps;
  double rate;                 // at its peak, after a tenth of the steps
  std::int64_t tokens = 2048;  // of a batch, at most: source and target together
  double label_smoothing = 0.1;
  heed::DType precision = heed::float32;  // of the operands of matrix products: bfloat16 where the CPU can
  std::uint64_t seed = 1;                 // of the batches
  std::string corpus;                     // what tells it from others
};

struct TrainingReport {
  std::int64_t steps = 0;  // done; fewer than asked for after an interrupt
  double seconds = 0, cpu_seconds = 0;
  double source_tokens = 0, target_tokens = 0;
  double validation_loss = 0;  // of a token, in nats: of the averaged weights
  heed::train::Curve loss{.name = "training", .x = {}, .y = {}};
  heed::train::Curve validation{.name = "validation", .x = {}, .y = {}};

  double tokens_per_second() const { return (source_tokens + target_tokens) / std::max(seconds, 1e-9); }
};

/// Trains the model on the pairs with AdamW, and follows it on the validation pairs; at the end its weights are the
/// mean of those after the last steps of five equal stretches (train::average_files). The folder gets
/// checkpoint.safetensors now and then, and when the guard has seen an interrupt: `resume` goes on from there, to the
/// same bits as if nothing had happened. In the end, and after an interrupt, it gets model.safetensors. Throws Error if
/// that checkpoint was left by other settings.
TrainingReport train_translator(Translator& translator, const Pairs& pairs, const Pairs& validation,
                                const std::string& folder, const TrainingOptions& options, bool resume,
                                const heed::train::InterruptGuard& guard);

/// The mean loss of a target's token over a fixed choice of the pairs, without label smoothing and dropout.
double held_out_loss(Translator& translator, const Pairs& pairs);
