// What a model looks at while it writes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "translator.h"

/// weights[i * source.size() + j]: how much the model attends to piece j of the source as it writes piece i.
struct AttentionMap {
  std::vector<std::string> source, target;
  std::vector<float> weights;
};

/// Of a source, which must not be empty, and its translation. A model with attention has the weights of that; of a
/// transformer it is the mean over the heads of the decoder's last cross-attention. None for a model without.
std::optional<AttentionMap> attention_map(const Translator& translator, const heed::text::Tokens& source,
                                          const heed::text::Tokens& translation);

/// A square for each pair, the darker the larger the weight, as the text of an SVG file.
std::string svg_of(const AttentionMap& map);
