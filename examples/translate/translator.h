// A model that translates, and a folder that holds one.
#pragma once

#include <heed/heed.h>

#include <array>
#include <string>
#include <string_view>
#include <variant>

/// One vector between the encoder and the decoder; the same with attention to all states of the encoder; no recurrence.
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
  std::int64_t vocabulary, width, depth, heads;  // heads: of the transformer
  float dropout = 0.1f;
};

/// A model of one of the kinds, as it is before training.
Model new_model(std::string_view kind, const ModelSizes& sizes);
std::string_view kind_of(const Model& model);
heed::nn::AnyLayer layer_of(const Model& model);
/// Whether dropout is on.
void set_training(Model& model, bool training);

struct Translator {
  Model model;
  heed::text::BytePairEncoding pieces;
  std::int64_t longest;  // pieces of a sentence that it may be given: of those that it learned from

  /// Punctuation is no part of the words that it stands at, so that "file" and "file." share a piece.
  heed::text::Tokens encode(std::string_view text) const {
    return pieces.encode(heed::text::separate_punctuation(text));
  }
  std::string decode(const heed::text::Tokens& tokens) const {
    return heed::text::join_punctuation(pieces.decode(tokens));
  }
};

/// Leaves model.safetensors, config.json, and the pieces in pieces.txt and merges.txt.
void save_translator(const std::string& folder, const Translator& translator);
/// All but model.safetensors.
void save_config(const std::string& folder, const Translator& translator);
/// Throws Error, naming the file, if one is missing or they do not fit together.
Translator load_translator(const std::string& folder);
