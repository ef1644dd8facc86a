// Translation models, and saving and loading them.
#pragma once

#include <heed/heed.h>

#include <array>
#include <string>
#include <string_view>
#include <variant>

/// Recurrent: one vector between encoder and decoder. Attentive: with attention to all encoder states.
using Recurrent = heed::nn::RecurrentEncoderDecoder<>;
using Attentive = heed::nn::RecurrentEncoderDecoder<heed::nn::AdditiveAttention>;
using EncoderLayer = heed::nn::EncoderLayer<heed::nn::MultiHeadAttention<>, heed::nn::FeedForward>;
using DecoderLayer =
    heed::nn::DecoderLayer<heed::nn::MultiHeadAttention<>, heed::nn::CrossAttention, heed::nn::FeedForward>;
using Transformer = heed::nn::EncoderDecoder<heed::nn::TokenEmbedding<heed::nn::SinusoidalPositions>,
                                             heed::nn::Stack<EncoderLayer, heed::nn::LayerNorm>,
                                             heed::nn::Stack<DecoderLayer, heed::nn::LayerNorm>>;
using Model = std::variant<Recurrent, Attentive, Transformer>;

inline constexpr std::array<std::string_view, 3> model_kinds{"recurrent", "attention", "transformer"};

struct ModelSizes {
  std::int64_t vocabulary, width, depth, heads;  // heads: for the transformer alone
  float dropout = 0.1f;
};

/// Builds a randomly initialised model of one of the kinds.
Model new_model(std::string_view kind, const ModelSizes& sizes);
std::string_view kind_of(const Model& model);
heed::nn::AnyLayer layer_of(const Model& model);
/// Switches between training and evaluation mode.
void set_training(Model& model, bool training);

struct Translator {
  Model model;
  heed::text::BytePairEncoding pieces;
  std::int64_t longest;  // maximum number of pieces of a sentence, in training and translation

  /// Encodes a text, with punctuation separated from words, so that "file" and "file." share a piece.
  heed::text::Tokens encode(std::string_view text) const {
    return pieces.encode(heed::text::separate_punctuation(text));
  }
  std::string decode(const heed::text::Tokens& tokens) const {
    return heed::text::join_punctuation(pieces.decode(tokens));
  }
};

/// Saves model.safetensors, config.json, and the vocabulary in pieces.txt and merges.txt.
void save_translator(const std::string& folder, const Translator& translator);
/// Saves all but model.safetensors.
void save_config(const std::string& folder, const Translator& translator);
/// Throws Error, which names the file, if one is missing or they do not fit together.
Translator load_translator(const std::string& folder);
