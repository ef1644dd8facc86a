// What a run leaves in its folder: the model, its vocabulary, and all that it takes to go on.
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

/// What decides a run beside its model.
struct Settings {
  std::string text;  // a file; empty: Debian's package descriptions
  std::uint64_t text_fingerprint = 0;
  std::int64_t steps = 3000, batch = 16, context = 128;
  double rate = 3e-3;  // at its peak
  std::int64_t look = 250;
  bool bfloat16 = true;  // in training, where the CPU can
};

struct Run {
  heed::text::ByteLevelEncoding encoding;
  Model model;
  heed::optim::AdamW adam;
  Settings settings;
  std::int64_t step = 0;  // done
};

/// The optimizer that all runs have.
heed::optim::AdamW optimizer_of(const Model& model);

/// Leaves config.json and joins.bpe, which stay as they are, and takes away what an earlier run left.
void begin_folder(const std::string& folder, const Run& run);
/// Leaves model.safetensors, for those who only read, and training.safetensors, each replaced at once.
void save_run(const std::string& folder, const Run& run);
/// The run as it was after its last save_run, to the bit. Throws heed::Error that names the file at fault.
Run load_run(const std::string& folder);

struct Trained {
  heed::text::ByteLevelEncoding encoding;
  Model model;
  std::int64_t context;  // pieces that it was trained to read
};
/// What generating needs.
Trained load_trained(const std::string& folder);
