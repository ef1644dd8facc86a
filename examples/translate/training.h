// Training of a translator.
#pragma once

#include <heed/heed.h>

#include <string>
#include <vector>

#include "translator.h"

using Pairs = std::vector<heed::text::SentencePair>;

struct TrainingOptions {
  std::int64_t steps;
  double rate;                 // peak learning rate, after a warm-up of a tenth of the steps
  std::int64_t tokens = 2048;  // maximum number of source and target tokens of a batch
  double label_smoothing = 0.1;
  heed::DType precision = heed::float32;  // dtype of the operands of matrix products: bfloat16 if the CPU supports it
  std::uint64_t seed = 1;                 // seed of the batches
  std::string corpus;                     // hash of the corpus
};

struct TrainingReport {
  std::int64_t steps = 0;  // finished steps; fewer than requested after an interrupt
  double seconds = 0, cpu_seconds = 0;
  double source_tokens = 0, target_tokens = 0;
  double validation_loss = 0;  // of the averaged weights, in nats per token
  heed::train::Curve loss{.name = "training", .x = {}, .y = {}};
  heed::train::Curve validation{.name = "validation", .x = {}, .y = {}};

  double tokens_per_second() const { return (source_tokens + target_tokens) / std::max(seconds, 1e-9); }
};

/// Trains the model on the pairs with AdamW, and evaluates it on the validation pairs at regular intervals; the final
/// weights are the average of those after the last five evaluations (train::average_files). checkpoint.safetensors is
/// saved in the folder at each evaluation and on an interrupt; `resume` continues from it, to the same bits as an
/// uninterrupted run. model.safetensors is saved at the end and on an interrupt. Throws Error if the checkpoint has
/// other settings.
TrainingReport train_translator(Translator& translator, const Pairs& pairs, const Pairs& validation,
                                const std::string& folder, const TrainingOptions& options, bool resume,
                                const heed::train::InterruptGuard& guard);

/// Mean loss per target token over fixed batches of the pairs, without label smoothing and dropout.
double held_out_loss(Translator& translator, const Pairs& pairs);
