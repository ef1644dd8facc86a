// A training run of a language model: the model, its vocabulary and settings, and the folder that holds them.
#pragma once

#include <heed/heed.h>

#include <functional>
#include <string>

/// Positions are chosen on the command line: at the embeddings, or inside attention.
using EmbeddingPositions =
    heed::nn::OneOf<heed::nn::NoPositions, heed::nn::LearnedPositions, heed::nn::SinusoidalPositions>;
using AttentionPositions = heed::nn::OneOf<heed::nn::NoPositions, heed::nn::Rotary>;
using Layer = heed::nn::EncoderLayer<heed::nn::MultiHeadAttention<AttentionPositions>, heed::nn::FeedForward>;
using Model =
    heed::nn::LanguageModel<heed::nn::TokenEmbedding<EmbeddingPositions>, heed::nn::Stack<Layer, heed::nn::LayerNorm>>;

/// Settings of a run, in addition to its model.
struct Settings {
  std::string text;  // a file; empty: Debian's package descriptions
  std::uint64_t text_fingerprint = 0;
  std::int64_t steps = 3000, batch = 16, context = 128;
  double rate = 3e-3;  // peak learning rate
  std::int64_t look = 250;
  bool bfloat16 = true;  // in training, if the CPU supports it
};

struct Run {
  heed::text::ByteLevelEncoding encoding;
  Model model;
  heed::optim::AdamW adam;
  Settings settings;
  std::int64_t step = 0;  // number of finished steps
};

/// Builds the optimizer of a run.
heed::optim::AdamW optimizer_of(const Model& model);

/// Creates the folder, writes config.json and joins.bpe, and removes the files of an earlier run.
void create_folder(const std::string& folder, const Run& run);
/// Writes model.safetensors and the checkpoint training.safetensors, each atomically.
void save_run(const std::string& folder, const Run& run);
/// Loads the run of the last save_run, to the bit. Throws heed::Error that names the file at fault.
Run load_run(const std::string& folder);

/// Continues a run to its end, or to an interrupt. Evaluates it on the validation text, prints a sample and saves it
/// every `look` steps. The result does not depend on interruptions. Returns true if the run was finished.
bool train_to_end(Run& run, const heed::text::PlainText& corpus, const std::string& folder);

struct Trained {
  heed::text::ByteLevelEncoding encoding;
  Model model;
  std::int64_t context;  // context length, in pieces
};
/// Loads a trained model for generation.
Trained load_trained(const std::string& folder);

struct Writing {
  std::int64_t pieces = 400;
  std::int64_t context = 128;  // context length, in pieces
  heed::nn::Sampling sampling = {.temperature = 0.8};
};

/// Continues the prompt (a newline if it is empty), and calls `take` with each piece; false stops. A text may be longer
/// than the context: when the context is full, generation continues from its last half.
void write(const Model& model, const heed::text::ByteLevelEncoding& encoding, const std::string& prompt,
           const Writing& writing, const std::function<bool(const std::string& piece)>& take);
