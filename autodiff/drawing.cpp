#include "drawing.h"

#include <algorithm>
#include <map>

#include "../graph/fail.h"
#include "../graph/node.h"

namespace heed {
namespace {

using detail::Edge;
using detail::Node;

struct Place {
  std::string name, shapes;
  bool is_leaf;
  std::vector<std::size_t> from = {};  // earlier places
  int row = 0;
  double x = 0;  // of its middle
};

std::string shapes_of(const Node& node) {
  std::string shapes;
  for (const detail::OutputType& output : node.outputs)
    shapes += fmt::format("{}{} {}", shapes.empty() ? "" : ", ", name(output.dtype), to_string(output.shape));
  return shapes;
}

/// Leaves and ops, each after what it was computed from.
std::vector<Place> places_of(std::span<const Tensor> results, const Names& names) {
  std::map<std::uint64_t, const Node*> nodes;  // in the order in which they were recorded
  std::vector<const Node*> unvisited;
  const auto visit = [&](const Node* node) {
    if (node && nodes.emplace(node->recorded, node).second) unvisited.push_back(node);
  };
  std::vector<Place> places;
  std::map<const detail::TensorBody*, std::size_t> leaves;
  const auto add_leaf = [&](const Tensor& leaf) {
    const auto [found, is_new] = leaves.emplace(&detail::body_of(leaf), places.size());
    if (!is_new) return;
    const std::string* given = names.find(leaf);
    places.push_back(
        {given ? *given : "leaf", fmt::format("{} {}", name(leaf.dtype()), to_string(leaf.shape())), true});
  };
  for (const Tensor& result : results) {
    if (!result.requires_grad())
      fail("drawing: the result {} has no graph, as it does not depend on anything that requires a gradient",
           to_string(result.shape()));
    if (detail::body_of(result).node)
      visit(detail::body_of(result).node);
    else
      add_leaf(result);
  }
  while (!unvisited.empty()) {
    const Node* node = unvisited.back();
    unvisited.pop_back();
    for (const Edge& edge : node->inputs) visit(edge.node);
  }
  std::map<const Node*, std::size_t> place_of;
  for (const auto& [recorded, node] : nodes) {
    std::vector<std::size_t> from;
    int row = 0;
    for (const Edge& edge : node->inputs) {
      if (!edge.needed()) continue;
      if (edge.leaf) add_leaf(edge.leaf);
      from.push_back(edge.node ? place_of.at(edge.node) : leaves.at(&detail::body_of(edge.leaf)));
      row = std::max(row, places[from.back()].row + 1);
    }
    place_of[node] = places.size();
    places.push_back({node->spent ? fmt::format("{} (used up)", node->name) : node->name, shapes_of(*node), false,
                      std::move(from), row});
  }
  return places;
}

std::string escaped(const std::string& text, std::string_view characters, const auto& replace) {
  std::string out;
  for (char c : text) {
    if (characters.find(c) == std::string_view::npos)
      out += c;
    else
      out += replace(c);
  }
  return out;
}

std::string in_xml(const std::string& text) {
  return escaped(text, "<>&\"", [](char c) { return fmt::format("&#{};", static_cast<int>(c)); });
}

std::string in_dot(const std::string& text) {
  return escaped(text, "\"\\", [](char c) { return std::string{'\\', c}; });
}

constexpr double letter = 7, row_height = 70, box_height = 36, gap = 24;

double width_of(const Place& place) {
  return letter * static_cast<double>(std::max(place.name.size(), place.shapes.size())) + 16;
}

/// Gives each place an x: rows from the top, each sorted by the mean of what its places come from.
double lay_out(std::vector<Place>& places) {
  int rows = 0;
  for (const Place& place : places) rows = std::max(rows, place.row + 1);
  // A leaf stands just above the first op that takes it.
  std::vector<int> first(places.size(), rows);
  for (const Place& place : places)
    for (std::size_t from : place.from) first[from] = std::min(first[from], place.row);
  for (std::size_t i = 0; i < places.size(); ++i)
    if (places[i].is_leaf && first[i] < rows) places[i].row = first[i] - 1;
  double widest = 0;
  std::vector<double> widths;
  for (int row = 0; row < rows; ++row) {
    std::vector<std::pair<double, std::size_t>> order;
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (places[i].row != row) continue;
      double sum = 0;
      for (std::size_t from : places[i].from) sum += places[from].x;
      order.emplace_back(places[i].from.empty() ? 1e9 : sum / static_cast<double>(places[i].from.size()), i);
    }
    std::sort(order.begin(), order.end());
    double x = gap;
    for (const auto& [mean, i] : order) {
      places[i].x = x + width_of(places[i]) / 2;
      x += width_of(places[i]) + gap;
    }
    widths.push_back(x);
    widest = std::max(widest, x);
  }
  for (Place& place : places) place.x += (widest - widths[static_cast<std::size_t>(place.row)]) / 2;
  return widest;
}

}  // namespace

std::string to_dot(std::span<const Tensor> results, const Names& names) {
  const std::vector<Place> places = places_of(results, names);
  std::string text = "digraph heed {\n";
  for (std::size_t i = 0; i < places.size(); ++i)
    text += fmt::format("  n{} [shape={}, label=\"{}\\n{}\"];\n", i, places[i].is_leaf ? "box" : "ellipse",
                        in_dot(places[i].name), in_dot(places[i].shapes));
  for (std::size_t i = 0; i < places.size(); ++i)
    for (std::size_t from : places[i].from) text += fmt::format("  n{} -> n{};\n", from, i);
  return text + "}\n";
}

std::string to_svg(std::span<const Tensor> results, const Names& names) {
  std::vector<Place> places = places_of(results, names);
  const double width = lay_out(places);
  int rows = 0;
  for (const Place& place : places) rows = std::max(rows, place.row + 1);
  const auto top = [](const Place& place) { return gap + place.row * row_height; };
  std::string text = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{:.0f}\" height=\"{:.0f}\" font-family=\"monospace\" "
      "font-size=\"11\" text-anchor=\"middle\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
      width, rows * row_height + gap);
  for (const Place& place : places)
    for (std::size_t i : place.from) {
      const Place& from = places[i];
      const double y1 = top(from) + box_height, y2 = top(place), bend = (y2 - y1) / 2;
      text += fmt::format(
          "<path d=\"M{:.1f} {:.1f} C{:.1f} {:.1f} {:.1f} {:.1f} {:.1f} {:.1f}\" fill=\"none\" stroke=\"#888\"/>\n",
          from.x, y1, from.x, y1 + bend, place.x, y2 - bend, place.x, y2);
    }
  for (const Place& place : places) {
    text += fmt::format(
        "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{}\" rx=\"{}\" fill=\"{}\" stroke=\"#444\"/>\n",
        place.x - width_of(place) / 2, top(place), width_of(place), box_height, place.is_leaf ? 0 : 12,
        place.is_leaf ? "#e8f0d8" : "#dce8f4");
    text += fmt::format("<text x=\"{0:.1f}\" y=\"{1:.1f}\">{3}</text><text x=\"{0:.1f}\" y=\"{2:.1f}\">{4}</text>\n",
                        place.x, top(place) + 15, top(place) + 29, in_xml(place.name), in_xml(place.shapes));
  }
  return text + "</svg>\n";
}

std::string to_dot(const Tensor& result, const Names& names) { return to_dot({&result, 1}, names); }
std::string to_svg(const Tensor& result, const Names& names) { return to_svg({&result, 1}, names); }

}  // namespace heed
