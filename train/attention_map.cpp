#include "attention_map.h"

#include "../graph/fail.h"
#include "../graph/format.h"
#include "../ops/shape/view.h"
#include "chart.h"

namespace heed::train {

std::string svg_attention_map(const Tensor& weights, const std::vector<std::string>& queries,
                              const std::vector<std::string>& keys) {
  if (weights.rank() != 2 || weights.size(0) != std::ssize(queries) || weights.size(1) != std::ssize(keys))
    fail("svg_attention_map: weights have shape {}, but there are {} queries and {} keys", weights.shape(),
         queries.size(), keys.size());
  const auto values = cast(weights, float32).to_vector<float>();
  constexpr float tolerance = 1e-3f;
  for (const float weight : values)
    if (!(weight >= -tolerance && weight <= 1 + tolerance))
      fail("svg_attention_map: there is a weight {}, but attention weights are from 0 to 1", weight);

  constexpr std::size_t square = 18, margin = 110;
  const std::size_t width = margin + square * keys.size() + 8, height = margin + square * queries.size() + 8;
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" font-family=\"sans-serif\" font-size=\"11\">\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
      width, height);
  for (std::size_t j = 0; j < keys.size(); ++j)
    svg += fmt::format("<text transform=\"translate({},{}) rotate(-60)\">{}</text>\n", margin + square * j + 11,
                       margin - 6, escape_svg(keys[j]));
  for (std::size_t i = 0; i < queries.size(); ++i) {
    svg += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\n", margin - 6, margin + square * i + 13,
                       escape_svg(queries[i]));
    for (std::size_t j = 0; j < keys.size(); ++j) {
      const float weight = values[i * keys.size() + j];
      if (weight < 0.005f) continue;  // would be shown as white
      svg +=
          fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"#1f6fb4\" fill-opacity=\"{:.2f}\"/>\n",
                      margin + square * j, margin + square * i, square - 1, square - 1, static_cast<double>(weight));
    }
  }
  return svg + "</svg>\n";
}

}  // namespace heed::train
