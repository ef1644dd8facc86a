#include "chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace heed::train {
namespace {

constexpr double width = 720, height = 400, left = 64, top = 40, bottom = 48, margin = 24;
constexpr std::array<const char*, 6> colours = {"#1f6fb4", "#d1495b", "#2e8b57", "#8a5fbf", "#c77c11", "#444444"};

/// How the lines differ when there are more curves than colours.
struct LineStyle {
  const char *attribute, *name;
};
constexpr std::array<LineStyle, 3> styles = {
    {{"", ""}, {" stroke-dasharray=\"6 3\"", " (dashed)"}, {" stroke-dasharray=\"2 3\"", " (dotted)"}}};

struct Interval {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  void take(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
};

/// 1, 2 or 5 times a power of ten, such that about `count` of them fill the interval.
double tick_step(const Interval& of, int count) {
  const double raw = std::max((of.high - of.low) / count, 1e-12), power = std::pow(10, std::floor(std::log10(raw)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= raw) return factor * power;
  return 10 * power;
}

}  // namespace

std::string svg_text(const std::string& text) {
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
  Interval xs, ys;
  for (const Curve& curve : curves)
    for (std::size_t i = 0; i < curve.x.size(); ++i) {
      if (!std::isfinite(curve.x[i]) || !std::isfinite(curve.y[i])) continue;
      xs.take(curve.x[i]);
      ys.take(curve.y[i]);
    }
  if (!(xs.low <= xs.high)) xs = ys = {0, 1};
  if (xs.low == xs.high) xs.high = xs.low + 1;
  if (ys.low == ys.high) ys.high = ys.low + 1;
  // A few names stand in the plot's corner, many beside it.
  const double right = curves.size() > colours.size() ? 240 : margin;
  const auto at_x = [&](double x) { return left + (x - xs.low) / (xs.high - xs.low) * (width - left - right); };
  const auto at_y = [&](double y) {
    return height - bottom - (y - ys.low) / (ys.high - ys.low) * (height - top - bottom);
  };

  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" font-family=\"sans-serif\" font-size=\"12\">\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n<text x=\"{}\" y=\"22\" font-size=\"15\">{}</text>\n",
      width, height, left, svg_text(title));
  const double step_y = tick_step(ys, 5), step_x = tick_step(xs, 6);
  for (double y = std::ceil(ys.low / step_y) * step_y; y <= ys.high + 1e-9 * step_y; y += step_y)
    svg += fmt::format(
        "<line x1=\"{0}\" x2=\"{1}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\" stroke=\"#dddddd\"/>"
        "<text x=\"{3}\" y=\"{4:.1f}\" text-anchor=\"end\">{5:.4g}</text>\n",
        left, width - right, at_y(y), left - 6, at_y(y) + 4, y);
  for (double x = std::ceil(xs.low / step_x) * step_x; x <= xs.high + 1e-9 * step_x; x += step_x)
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{:.6g}</text>\n", at_x(x),
                       height - bottom + 18, x);
  svg += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n", (left + width - right) / 2,
                     height - 10, svg_text(x_name));
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
                       top + 16 * static_cast<double>(c), colour, svg_text(curves[c].name), style.name);
  }
  return svg + "</svg>\n";
}

}  // namespace heed::train
