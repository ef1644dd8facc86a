// Folder of a training run: the model, its vocabulary, and a checkpoint.
#pragma once

#include <heed/heed.h>

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

struct Trained {
  heed::text::ByteLevelEncoding encoding;
  Model model;
  std::int64_t context;  // context length, in pieces
};
/// Loads a trained model for generation.
Trained load_trained(const std::string& folder);
