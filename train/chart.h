// Curves as SVG: what became of a loss.
#pragma once

#include <string>
#include <vector>

namespace heed::train {

struct Curve {
  std::string name;
  std::vector<double> x, y;
};

/// A chart of curves over a common x axis, as the text of an SVG file. Points that are not finite are left out.
/// Throws Error if a curve has not as many x as y.
std::string svg_chart(const std::string& title, const std::string& x_name, const std::vector<Curve>& curves);

/// The text as it must stand in an SVG file, where < and & have a meaning.
std::string svg_text(const std::string& text);

}  // namespace heed::train
