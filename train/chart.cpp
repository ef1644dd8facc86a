#include "chart.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "../graph/fail.h"

namespace heed::train {
namespace {

constexpr double width = 720, height = 400, left = 64, top = 40, bottom = 48, margin = 24;
constexpr std::array<const char*, 6> colours = {"#1f6fb4", "#d1495b", "#2e8b57", "#8a5fbf", "#c77c11", "#444444"};

/// Line style, which distinguishes curves of the same colour.
struct LineStyle {
  const char *attribute, *name;
};
constexpr std::array<LineStyle, 3> styles = {
    {{"", ""}, {" stroke-dasharray=\"6 3\"", " (dashed)"}, {" stroke-dasharray=\"2 3\"", " (dotted)"}}};

struct Interval {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  void include(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  /// Widens an interval that is empty or too narrow for distinct positions.
  void widen() {
    if (!(low <= high)) low = 0, high = 1;
    const double size = std::max(std::abs(low), std::abs(high));
    if (high / 2 - low / 2 >= std::max(1e-12 * size, 1e-300)) return;
    if (size < 1e-290 || (low == high && size < 1e6)) {
      high = low + 1;
      return;
    }
    low -= 1e-6 * size;
    high += 1e-6 * size;
  }
  /// Position of a value from 0 to 1. Computed from halves because the width may overflow a double.
  double position(double value) const { return (value / 2 - low / 2) / (high / 2 - low / 2); }
};

/// Tick step: 1, 2 or 5 times a power of ten, such that about `count` of them fill the interval.
double tick_step(const Interval& of, int count) {
  const double raw = std::max(of.high / count - of.low / count, 1e-300),
               power = std::pow(10, std::floor(std::log10(raw)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= raw) return factor * power;
  return 10 * power;
}

/// Multiples of the tick step in the interval.
std::vector<double> ticks(const Interval& of, int count) {
  const double step = tick_step(of, count), first = std::ceil(of.low / step);
  std::vector<double> all;
  for (int i = 0; i <= 2 * count; ++i)
    if (const double at = (first + i) * step; at <= of.high + 1e-9 * step) all.push_back(at);
  return all;
}

}  // namespace

std::string escape_svg(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '<')
      out += "&lt;";
    else if (c == '&')
      out += "&amp;";
    else
      out += c;
  }
  return out;
}

std::string svg_chart(const std::string& title, const std::string& x_name, const std::vector<Curve>& curves) {
  for (const Curve& curve : curves)
    if (curve.x.size() != curve.y.size())
      fail("svg_chart: the curve {} has {} x and {} y, but their numbers must be equal", curve.name, curve.x.size(),
           curve.y.size());
  Interval xs, ys;
  for (const Curve& curve : curves)
    for (std::size_t i = 0; i < curve.x.size(); ++i) {
      if (!std::isfinite(curve.x[i]) || !std::isfinite(curve.y[i])) continue;
      xs.include(curve.x[i]);
      ys.include(curve.y[i]);
    }
  xs.widen();
  ys.widen();
  // A few names are placed in the plot's corner, many to its right.
  const double right = curves.size() > colours.size() ? 240 : margin;
  const auto at_x = [&](double x) { return left + xs.position(x) * (width - left - right); };
  const auto at_y = [&](double y) { return height - bottom - ys.position(y) * (height - top - bottom); };

  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" font-family=\"sans-serif\" font-size=\"12\">\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n<text x=\"{}\" y=\"22\" font-size=\"15\">{}</text>\n",
      width, height, left, escape_svg(title));
  for (const double y : ticks(ys, 5))
    svg += fmt::format(
        "<line x1=\"{0}\" x2=\"{1}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\" stroke=\"#dddddd\"/>"
        "<text x=\"{3}\" y=\"{4:.1f}\" text-anchor=\"end\">{5:.4g}</text>\n",
        left, width - right, at_y(y), left - 6, at_y(y) + 4, y);
  for (const double x : ticks(xs, 6))
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{:.6g}</text>\n", at_x(x),
                       height - bottom + 18, x);
  svg += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n", (left + width - right) / 2,
                     height - 10, escape_svg(x_name));
  for (std::size_t c = 0; c < curves.size(); ++c) {
    const char* colour = colours[c % colours.size()];
    const LineStyle& style = styles[c / colours.size() % styles.size()];
    std::string points;
    for (std::size_t i = 0; i < curves[c].x.size(); ++i)
      if (std::isfinite(curves[c].x[i]) && std::isfinite(curves[c].y[i]))
        points += fmt::format("{:.1f},{:.1f} ", at_x(curves[c].x[i]), at_y(curves[c].y[i]));
    svg += fmt::format("<polyline fill=\"none\" stroke=\"{}\" stroke-width=\"1.5\"{} points=\"{}\"/>\n", colour,
                       style.attribute, points);
    svg += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\" fill=\"{}\">{}{}</text>\n", width - margin,
                       top + 16 * static_cast<double>(c), colour, escape_svg(curves[c].name), style.name);
  }
  return svg + "</svg>\n";
}

}  // namespace heed::train
