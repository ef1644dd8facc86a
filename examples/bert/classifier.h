// A classifier of texts on top of a BERT.
#pragma once

#include <heed/heed.h>

#include <string>
#include <vector>

#include "small_bert.h"

using Classifier = heed::nn::BertForSequenceClassification<SmallBert>;

/// Texts as the model reads them: [CLS], as many tokens as there is room for, [SEP]; and a class each.
struct Examples {
  std::vector<heed::text::Tokens> tokens;
  std::vector<std::int64_t> labels;
};
Examples encode(const std::vector<std::string>& texts, const std::vector<std::int64_t>& labels,
                const heed::text::WordPiece& vocabulary, std::int64_t longest);

struct FinetuneOptions {
  std::int64_t epochs = 4, batch = 32;  // texts in a batch
  double rate = 5e-4;                   // at its peak, after a tenth of the steps
  std::uint64_t seed = 1;
};

/// A classifier of a pretrained model's sizes, with weights of its own that know nothing yet.
Classifier new_classifier(const SmallBert& pretrained, std::int64_t classes);

/// Takes the encoder's weights from a pretrained model's file.
void load_encoder(Classifier& classifier, const std::string& pretrained_file);

/// Trains all of its weights on the examples with AdamW. Stops early when the guard has seen an interrupt.
void finetune(Classifier& classifier, const Examples& examples, const FinetuneOptions& options,
              const heed::train::InterruptGuard& guard, bool shows_progress = false);

/// The share of examples whose class it finds.
double accuracy(Classifier& classifier, const Examples& examples);

/// The chances of the classes: [texts, classes].
heed::Tensor class_chances(Classifier& classifier, const std::vector<heed::text::Tokens>& texts);

/// A folder with model.safetensors, config.json, vocab.txt and labels.txt, which `classify` reads.
struct SavedClassifier {
  Classifier model;
  heed::text::WordPiece vocabulary;
  std::vector<std::string> labels;
};
void save_classifier(const std::string& folder, const Classifier& model, const heed::text::WordPiece& vocabulary,
                     const std::vector<std::string>& labels);
/// Throws Error, naming the file, if one is missing or they do not fit together.
SavedClassifier load_classifier(const std::string& folder);
