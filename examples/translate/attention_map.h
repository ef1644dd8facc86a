// Attention maps of translations.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "translator.h"

/// weights[i * source.size() + j]: attention weight of piece j of the source for piece i of the target.
struct AttentionMap {
  std::vector<std::string> source, target;
  std::vector<float> weights;
};

/// Returns the attention map of a source, which must not be empty, and its translation: the weights of a recurrent
/// model's attention, or of a transformer's last cross-attention, averaged over heads; empty for a model without
/// attention.
std::optional<AttentionMap> attention_map(const Translator& translator, const heed::text::Tokens& source,
                                          const heed::text::Tokens& translation);

/// Returns the text of an SVG file, with a square for each pair that is the darker the larger the weight.
std::string svg_of(const AttentionMap& map);
