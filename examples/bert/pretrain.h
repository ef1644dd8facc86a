// A BERT that learns from text without labels.
#pragma once

#include <heed/heed.h>

#include <optional>
#include <string>
#include <vector>

#include "small_bert.h"

using Pretrained = heed::nn::BertForPretraining<SmallBert>;

/// Without dropout. It takes longer texts than the 64 tokens that it is trained on.
inline Pretrained new_pretrained(std::int64_t vocabulary, std::int64_t width = 128, std::int64_t depth = 4,
                                 std::int64_t heads = 2, std::int64_t longest = 128) {
  return {.bert = small_bert({.vocabulary = vocabulary,
                              .width = width,
                              .heads = heads,
                              .depth = depth,
                              .longest = longest,
                              .dropout = 0})};
}

struct PretrainOptions {
  std::int64_t steps = 9765;
  double rate = 2e-3;  // at its peak, after a tenth of the steps
  heed::text::PretrainingOptions examples = {.masking = {.share = 0.2}};
};

/// Right answers among all, between 0 and 1.
struct PretrainAccuracy {
  double masked = 0;
  std::optional<double> next = {};  // none for examples without the next-sentence objective
};

struct PretrainReport {
  std::int64_t steps = 0;  // done; fewer than asked for after an interrupt
  double seconds = 0, tokens_per_second = 0;
  heed::train::Curve masked_loss{.name = "masked language model", .x = {}, .y = {}};  // on the batches trained on
  heed::train::Curve next_loss{.name = "next sentence", .x = {}, .y = {}};
  heed::train::Curve masked_accuracy{.name = "masked language model", .x = {}, .y = {}};  // on validation
  heed::train::Curve next_accuracy{.name = "next sentence", .x = {}, .y = {}};  // both empty without that objective
};

/// Trains the model on the documents with AdamW, and follows it on the validation documents. Stops early when the guard
/// has seen an interrupt.
PretrainReport pretrain(Pretrained& model, const heed::text::WordPiece& vocabulary,
                        const std::vector<heed::text::Sentences>& documents,
                        const std::vector<heed::text::Sentences>& validation, const PretrainOptions& options,
                        const heed::train::InterruptGuard& guard);

/// Over the first `batches` batches of some documents' examples; all, if there are fewer.
PretrainAccuracy pretrain_accuracy(Pretrained& model, const heed::text::PretrainingEpoch& examples,
                                   std::int64_t batches);

/// A folder with model.safetensors, config.json and vocab.txt: all that another program needs.
void save_pretrained(const std::string& folder, const Pretrained& model, const heed::text::WordPiece& vocabulary);
/// Throws Error, naming the file, if one is missing or they do not fit together.
Pretrained load_pretrained(const std::string& folder);
