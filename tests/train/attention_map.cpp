#include <heed/graph/create.h>
#include <heed/graph/error.h>
#include <heed/ops/shape/view.h>
#include <heed/train/attention_map.h>

#include <cmath>

#include "catch.h"
#include "occurrences.h"

using namespace heed;

TEST_CASE("an attention map has a square for each weight that can be seen", "[train]") {
  const Tensor weights = tensor({0.75f, 0.25f, 0.0f, 0.001f, 0.0f, 1.0f}, {2, 3});
  const std::string svg = train::svg_attention_map(weights, {"il", "gatto"}, {"the", "<cat>", "</s>"});
  CHECK(svg.ends_with("</svg>\n"));
  CHECK(svg.find("viewBox=\"0 0 172 154\"") != std::string::npos);
  CHECK(occurrences(svg, "fill-opacity") == 3);
  CHECK(svg.find("<rect x=\"110\" y=\"110\" width=\"17\" height=\"17\" fill=\"#1f6fb4\" fill-opacity=\"0.75\"/>") !=
        std::string::npos);
  CHECK(svg.find("<rect x=\"146\" y=\"128\" width=\"17\" height=\"17\" fill=\"#1f6fb4\" fill-opacity=\"1.00\"/>") !=
        std::string::npos);
  CHECK(svg.find(">&lt;cat><") != std::string::npos);
  CHECK(svg.find("text-anchor=\"end\">gatto<") != std::string::npos);
  CHECK(train::svg_attention_map(cast(weights, float64), {"il", "gatto"}, {"the", "<cat>", "</s>"}) == svg);
  CHECK(occurrences(train::svg_attention_map(zeros({0, 0}), {}, {}), "<rect") == 1);
}

TEST_CASE("svg_attention_map rejects other shapes and weights", "[train]") {
  CHECK_THROWS_WITH(train::svg_attention_map(zeros({2, 3}), {"a", "b", "c"}, {"d", "e"}),
                    "svg_attention_map: weights have shape [2, 3], but there are 3 queries and 2 keys");
  CHECK_THROWS_WITH(train::svg_attention_map(zeros({6}), {"a", "b", "c"}, {"d", "e"}),
                    "svg_attention_map: weights have shape [6], but there are 3 queries and 2 keys");
  CHECK_THROWS_WITH(train::svg_attention_map(tensor({0.5f, 1.5f}, {1, 2}), {"a"}, {"d", "e"}),
                    "svg_attention_map: there is a weight 1.5, but attention weights are from 0 to 1");
  CHECK_THROWS_WITH(train::svg_attention_map(tensor({0.5f, NAN}, {1, 2}), {"a"}, {"d", "e"}),
                    "svg_attention_map: there is a weight nan, but attention weights are from 0 to 1");
}
