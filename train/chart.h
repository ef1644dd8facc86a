// Charts of curves, such as losses, as SVG.
#pragma once

#include <string>
#include <vector>

namespace heed::train {

/// A curve: its name and its points.
struct Curve {
  std::string name;
  /// Coordinates of the points.
  std::vector<double> x, y;

  /// Appends a point.
  void add(double new_x, double new_y) {
    x.push_back(new_x);
    y.push_back(new_y);
  }
};

/// Returns a chart of curves over a common x axis as the text of an SVG file. Points that are not finite are skipped.
/// Throws Error if a curve's x and y differ in length.
std::string svg_chart(const std::string& title, const std::string& x_name, const std::vector<Curve>& curves);

/// Escapes < and & for SVG.
std::string escape_svg(const std::string& text);

}  // namespace heed::train
