#include "attention_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

using namespace heed;

namespace {

/// Attention weights of one sentence, [target tokens * source tokens].
Tensor weights_of(const Attentive&, const nn::Taps& taps, const Sequences&, const Sequences&) {
  return taps["attention.weights"];
}

Tensor weights_of(const Transformer& model, const nn::Taps& taps, const Sequences& target, const Sequences& source) {
  const std::string layer = fmt::format("decoder.layers.{}.cross_attention.", model.decoder.layers.size() - 1);
  const Tensor &query = taps[layer + "query"], &key = taps[layer + "key"];
  const std::int64_t heads = query.size(1);
  std::vector<Tensor> weights;  // of each head
  for (std::int64_t head = 0; head < heads; ++head) {
    const auto select_head = [head](const Tensor& x) {
      return reshape(slice(x, 1, head, head + 1), {x.size(0), x.size(2)});
    };
    const Tensor scores = pair_dot(select_head(query), select_head(key), target, source);
    weights.push_back(pair_softmax(scores / std::sqrt(static_cast<double>(query.size(2))), target, source));
  }
  return mean(stack(weights), {0});
}

/// Text of a piece in a map, without joiner characters.
std::string shown(const Translator& translator, std::int64_t token) {
  std::string piece = translator.pieces.display(token);
  for (std::size_t at; (at = piece.find(text::joiner)) != std::string::npos;) piece.erase(at, text::joiner.size());
  return piece;
}

}  // namespace

std::optional<AttentionMap> attention_map(const Translator& translator, const text::Tokens& source,
                                          const text::Tokens& translation) {
  NoGrad scope;
  const text::TranslationBatch pair = text::translation_batch({{source, translation}}, {0});
  AttentionMap map;
  const bool attends = std::visit(
      [&]<class One>(const One& model) {
        if constexpr (std::is_same_v<One, Recurrent>) {
          return false;
        } else {
          const nn::Taps taps{model};
          (void)model(pair.source, pair.source_sequences, pair.target_input, pair.target_sequences);
          map.weights =
              weights_of(model, taps, pair.target_sequences, pair.source_sequences).template to_vector<float>();
          return true;
        }
      },
      translator.model);
  if (!attends) return {};
  for (const std::int64_t token : pair.source.to_vector<std::int64_t>()) map.source.push_back(shown(translator, token));
  for (const std::int64_t token : pair.target_labels.to_vector<std::int64_t>())
    map.target.push_back(shown(translator, token));
  return map;
}

std::string svg_of(const AttentionMap& map) {
  constexpr std::size_t square = 18, margin = 110;
  const std::size_t width = margin + square * map.source.size() + 8, height = margin + square * map.target.size() + 8;
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" font-family=\"sans-serif\" font-size=\"11\">\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
      width, height);
  for (std::size_t j = 0; j < map.source.size(); ++j)
    svg += fmt::format("<text transform=\"translate({},{}) rotate(-60)\">{}</text>\n", margin + square * j + 11,
                       margin - 6, train::escape_svg(map.source[j]));
  for (std::size_t i = 0; i < map.target.size(); ++i) {
    svg += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\n", margin - 6, margin + square * i + 13,
                       train::escape_svg(map.target[i]));
    for (std::size_t j = 0; j < map.source.size(); ++j)
      if (const float weight = map.weights[i * map.source.size() + j]; weight >= 0.005f)
        svg += fmt::format(
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"#1f6fb4\" fill-opacity=\"{:.2f}\"/>\n",
            margin + square * j, margin + square * i, square - 1, square - 1, static_cast<double>(weight));
  }
  return svg + "</svg>\n";
}
