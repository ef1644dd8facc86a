// Text classification with BERT.
#pragma once

#include <heed/heed.h>

#include <string>
#include <vector>

#include "small_bert.h"

using Classifier = heed::nn::BertForSequenceClassification<SmallBert>;

/// Encoded texts, [CLS] tokens [SEP], truncated to the model's maximum length, and their labels.
struct Examples {
  std::vector<heed::text::Tokens> tokens;
  std::vector<std::int64_t> labels;
};
Examples encode(const std::vector<std::string>& texts, const std::vector<std::int64_t>& labels,
                const heed::text::WordPiece& vocabulary, std::int64_t max_length);

struct FinetuneOptions {
  std::int64_t epochs = 4, batch = 32;  // batch: number of texts
  double rate = 5e-4;                   // peak learning rate, after a warm-up of a tenth of the steps
  std::uint64_t seed = 1;
};

/// Builds a randomly initialised classifier with the sizes of a pretrained model.
Classifier new_classifier(const SmallBert& pretrained, std::int64_t classes);

/// Loads the encoder's weights from a pretrained model's file.
void load_encoder(Classifier& classifier, const std::string& pretrained_file);

/// Trains all weights on the examples with AdamW. Stops early on an interrupt.
void finetune(Classifier& classifier, const Examples& examples, const FinetuneOptions& options,
              const heed::train::InterruptGuard& guard, bool shows_progress = false);

/// Accuracy of the classifier on the examples.
double accuracy(Classifier& classifier, const Examples& examples);

/// Probabilities of the classes: [texts, classes].
heed::Tensor class_probabilities(Classifier& classifier, const std::vector<heed::text::Tokens>& texts);

/// Contents of a folder with model.safetensors, config.json, vocab.txt and labels.txt.
struct SavedClassifier {
  Classifier model;
  heed::text::WordPiece vocabulary;
  std::vector<std::string> labels;
};
void save_classifier(const std::string& folder, const Classifier& model, const heed::text::WordPiece& vocabulary,
                     const std::vector<std::string>& labels);
/// Throws Error, which names the file, if one is missing or they do not fit together.
SavedClassifier load_classifier(const std::string& folder);
