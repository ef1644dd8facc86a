// A small BERT that can be pretrained in minutes: the model, its pretraining, and text classification with it.
#pragma once

#include <heed/heed.h>

#include <optional>
#include <string>
#include <vector>

/// No position embedding, since attention has rotary positions; only a maximum number of tokens.
struct AtMost {
  heed::Size max_length;

  heed::Tensor operator()(const heed::Tensor& x, const heed::Tensor& /*positions*/) const { return x; }
};

/// Pre-norm layer with rotary positions (with learned ones the model predicts mere unigram frequencies for millions of
/// tokens).
using Layer = heed::nn::EncoderLayer<heed::nn::MultiHeadAttention<heed::nn::Rotary>, heed::nn::FeedForward>;
using SmallBert = heed::nn::BertModel<heed::nn::Stack<Layer, heed::nn::LayerNorm>, AtMost>;
using Pretrained = heed::nn::BertForPretraining<SmallBert>;
using Classifier = heed::nn::BertForSequenceClassification<SmallBert>;

// Pretraining: pretraining.cpp.

/// Builds a randomly initialised model without dropout, with a larger maximum length than the 64 tokens of training.
Pretrained new_pretrained(std::int64_t vocabulary, std::int64_t width = 128, std::int64_t depth = 4,
                          std::int64_t heads = 2, std::int64_t max_length = 128);

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

/// Trains a vocabulary on the documents.
heed::text::WordPiece train_vocabulary(const std::vector<heed::text::Document>& documents, std::int64_t size);

/// Encodes the sentences of the documents.
std::vector<heed::text::Sentences> encode_documents(const std::vector<heed::text::Document>& documents,
                                                    const heed::text::WordPiece& vocabulary);

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

/// Prints the text, and the most likely pieces for each [MASK] in it. Throws Error if there is no [MASK], or if the
/// text is too long for the model.
void print_filled(Pretrained& model, const heed::text::WordPiece& vocabulary, const std::string& text);

// Classification: classification.cpp.

/// Encoded texts, [CLS] tokens [SEP], truncated to the model's maximum length, and their labels.
struct Examples {
  std::vector<heed::text::Tokens> tokens;
  std::vector<std::int64_t> labels;
};
Examples encode(const heed::text::LabelledTexts& texts, const heed::text::WordPiece& vocabulary,
                std::int64_t max_length);

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

/// Prints the line, and its most likely classes.
void print_classes(SavedClassifier& classifier, const std::string& line);

/// Builds the encoder of the models above.
SmallBert small_bert(const heed::nn::BertConfig& config);
