// Also tests autodiff/names.h.
#include <heed/heed.h>

#include <algorithm>

#include "catch.h"
#include "occurrences.h"

using namespace heed;
using Catch::Matchers::Contains;
using Catch::Matchers::Message;

TEST_CASE("a graph as DOT and SVG", "[diagnostics]") {
  const Tensor x = ones({2, 3}).require_grad(), w = ones({3}).require_grad();
  const std::vector<std::pair<std::string, Tensor>> names{{"scale<\"w\">", w}};
  const Tensor h = x * w, y = sum(h * h);
  const std::string dot = to_dot(y, names);
  CHECK(dot ==
        "digraph heed {\n"
        "  n0 [shape=box, label=\"leaf\\nfloat32 [2, 3]\"];\n"
        "  n1 [shape=box, label=\"scale<\\\"w\\\">\\nfloat32 [3]\"];\n"
        "  n2 [shape=ellipse, label=\"multiply\\nfloat32 [2, 3]\"];\n"
        "  n3 [shape=ellipse, label=\"multiply\\nfloat32 [2, 3]\"];\n"
        "  n4 [shape=ellipse, label=\"sum\\nfloat32 []\"];\n"
        "  n0 -> n2;\n  n1 -> n2;\n  n2 -> n3;\n  n2 -> n3;\n  n3 -> n4;\n"
        "}\n");
  const std::string svg = to_svg(y, names);
  CHECK(svg.starts_with("<svg xmlns="));
  CHECK(svg.ends_with("</svg>\n"));
  CHECK(occurrences(svg, "<path ") == 5);
  CHECK(occurrences(svg, "<text ") == 10);
  CHECK_THAT(svg, Contains("scale&#60;&#34;w&#34;&#62;"));
  backward(y);
  CHECK_THAT(to_dot(y, names), Contains("sum (freed)"));
  CHECK_THROWS_MATCHES(to_svg(ones({2})), Error,
                       Message("drawing: the result [2] has no graph, as it does not depend on anything that requires "
                               "a gradient"));
}
