// Translation models, in three kinds; saving, loading, and translating with them.
#pragma once

#include <heed/heed.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

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

struct TranslatingOptions {
  std::int64_t beam = 4;      // beam size
  double length_penalty = 1;  // see nn::BeamSearchOptions
};

/// Translation, as text and as pieces.
struct Translation {
  std::string text;
  heed::text::Tokens pieces;
};

/// Translates all lines, in batches of similar lengths. An empty line stays empty. Throws Error for a line that is too
/// long, or options that are out of range.
std::vector<Translation> translate(const Translator& translator, const std::vector<std::string>& lines,
                                   const TranslatingOptions& options = {});

/// Translates standard input line by line. Throws Error, which names the line, if one cannot be translated; on a
/// terminal the error is printed, and reading continues.
void translate_input(const Translator& translator, const TranslatingOptions& options = {});

/// Returns the attention map of a line, which must not be empty, and its translation as the text of an SVG file: the
/// weights of a recurrent model's attention, or of a transformer's last cross-attention, averaged over heads. Returns
/// nothing for a model without attention.
std::optional<std::string> attention_map(const Translator& translator, const std::string& line,
                                         const Translation& translation);
