// Pretraining of BERT.
#pragma once

#include <heed/heed.h>

#include <optional>
#include <string>
#include <vector>

#include "small_bert.h"

using Pretrained = heed::nn::BertForPretraining<SmallBert>;

/// Builds a model without dropout, with a larger maximum length than the 64 tokens of training.
inline Pretrained new_pretrained(std::int64_t vocabulary, std::int64_t width = 128, std::int64_t depth = 4,
                                 std::int64_t heads = 2, std::int64_t max_length = 128) {
  return {.bert = small_bert({.vocabulary = vocabulary,
                              .width = width,
                              .heads = heads,
                              .depth = depth,
                              .max_length = max_length,
                              .dropout = 0})};
}

struct PretrainOptions {
  std::int64_t steps = 9765;
  double rate = 2e-3;  // peak learning rate, after a warm-up of a tenth of the steps
  heed::text::PretrainingOptions examples = {.masking = {.share = 0.2}};
};

/// Accuracies of the pretraining objectives, from 0 to 1.
struct PretrainAccuracy {
  double masked = 0;
  std::optional<double> next = {};  // empty without next sentence prediction
};

struct PretrainReport {
  std::int64_t steps = 0;  // finished steps; fewer than requested after an interrupt
  double seconds = 0, tokens_per_second = 0;
  heed::train::Curve masked_loss{.name = "masked language model", .x = {}, .y = {}};  // on training batches
  heed::train::Curve next_loss{.name = "next sentence", .x = {}, .y = {}};
  heed::train::Curve masked_accuracy{.name = "masked language model", .x = {}, .y = {}};  // on validation
  heed::train::Curve next_accuracy{.name = "next sentence", .x = {}, .y = {}};  // empty without that objective
};

/// Trains the model on the documents with AdamW, and evaluates it on the validation documents. Stops early on an
/// interrupt.
PretrainReport pretrain(Pretrained& model, const heed::text::WordPiece& vocabulary,
                        const std::vector<heed::text::Sentences>& documents,
                        const std::vector<heed::text::Sentences>& validation, const PretrainOptions& options,
                        const heed::train::InterruptGuard& guard);

/// Accuracy over the first `batches` batches of the examples, or all if there are fewer.
PretrainAccuracy pretrain_accuracy(Pretrained& model, const heed::text::PretrainingEpoch& examples,
                                   std::int64_t batches);

/// Saves model.safetensors, config.json and vocab.txt in the folder.
void save_pretrained(const std::string& folder, const Pretrained& model, const heed::text::WordPiece& vocabulary);
/// Throws Error, which names the file, if one is missing or they do not fit together.
Pretrained load_pretrained(const std::string& folder);
