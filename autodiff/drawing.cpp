#include "drawing.h"

#include <algorithm>
#include <map>

#include "../graph/detail/node.h"
#include "../graph/fail.h"

namespace heed {
namespace {

using detail::Edge;
using detail::Node;

struct Box {
  std::string name, shapes;
  bool is_leaf;
  std::vector<std::size_t> from = {};  // indices of earlier boxes
  int row = 0;
  double x = 0;  // of its centre
};

std::string shapes_of(const Node& node) {
  std::string shapes;
  for (const detail::OutputType& output : node.outputs)
    shapes += fmt::format("{}{} {}", shapes.empty() ? "" : ", ", name(output.dtype), to_string(output.shape));
  return shapes;
}

/// Boxes of leaves and ops, in topological order.
std::vector<Box> boxes_of(std::span<const Tensor> results, const Names& names) {
  std::map<std::uint64_t, const Node*> nodes;  // in the order in which they were recorded
  std::vector<const Node*> unvisited;
  const auto visit = [&](const Node* node) {
    if (node && nodes.emplace(node->recorded, node).second) unvisited.push_back(node);
  };
  std::vector<Box> boxes;
  std::map<const detail::TensorBody*, std::size_t> leaves;
  const auto add_leaf = [&](const Tensor& leaf) {
    const auto [found, is_new] = leaves.emplace(&detail::body_of(leaf), boxes.size());
    if (!is_new) return;
    const std::string* given = names.find(leaf);
    boxes.push_back({given ? *given : "leaf", fmt::format("{} {}", name(leaf.dtype()), to_string(leaf.shape())), true});
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
  std::map<const Node*, std::size_t> box_of;
  for (const auto& [recorded, node] : nodes) {
    std::vector<std::size_t> from;
    int row = 0;
    for (const Edge& edge : node->inputs) {
      if (!edge.needed()) continue;
      if (edge.leaf) add_leaf(edge.leaf);
      from.push_back(edge.node ? box_of.at(edge.node) : leaves.at(&detail::body_of(edge.leaf)));
      row = std::max(row, boxes[from.back()].row + 1);
    }
    box_of[node] = boxes.size();
    boxes.push_back({node->spent ? fmt::format("{} (freed)", node->name) : node->name, shapes_of(*node), false,
                     std::move(from), row});
  }
  return boxes;
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

double width_of(const Box& box) {
  return letter * static_cast<double>(std::max(box.name.size(), box.shapes.size())) + 16;
}

/// Sets the x of each box: rows from the top, each sorted by the mean x of the inputs. Returns the total width.
double lay_out(std::vector<Box>& boxes) {
  int rows = 0;
  for (const Box& box : boxes) rows = std::max(rows, box.row + 1);
  // A leaf is placed just above the first op that uses it.
  std::vector<int> first(boxes.size(), rows);
  for (const Box& box : boxes)
    for (std::size_t from : box.from) first[from] = std::min(first[from], box.row);
  for (std::size_t i = 0; i < boxes.size(); ++i)
    if (boxes[i].is_leaf && first[i] < rows) boxes[i].row = first[i] - 1;
  double widest = 0;
  std::vector<double> widths;
  for (int row = 0; row < rows; ++row) {
    std::vector<std::pair<double, std::size_t>> order;
    for (std::size_t i = 0; i < boxes.size(); ++i) {
      if (boxes[i].row != row) continue;
      double sum = 0;
      for (std::size_t from : boxes[i].from) sum += boxes[from].x;
      order.emplace_back(boxes[i].from.empty() ? 1e9 : sum / static_cast<double>(boxes[i].from.size()), i);
    }
    std::sort(order.begin(), order.end());
    double x = gap;
    for (const auto& [mean, i] : order) {
      boxes[i].x = x + width_of(boxes[i]) / 2;
      x += width_of(boxes[i]) + gap;
    }
    widths.push_back(x);
    widest = std::max(widest, x);
  }
  for (Box& box : boxes) box.x += (widest - widths[static_cast<std::size_t>(box.row)]) / 2;
  return widest;
}

}  // namespace

std::string to_dot(std::span<const Tensor> results, const Names& names) {
  const std::vector<Box> boxes = boxes_of(results, names);
  std::string text = "digraph heed {\n";
  for (std::size_t i = 0; i < boxes.size(); ++i)
    text += fmt::format("  n{} [shape={}, label=\"{}\\n{}\"];\n", i, boxes[i].is_leaf ? "box" : "ellipse",
                        in_dot(boxes[i].name), in_dot(boxes[i].shapes));
  for (std::size_t i = 0; i < boxes.size(); ++i)
    for (std::size_t from : boxes[i].from) text += fmt::format("  n{} -> n{};\n", from, i);
  return text + "}\n";
}

std::string to_svg(std::span<const Tensor> results, const Names& names) {
  std::vector<Box> boxes = boxes_of(results, names);
  const double width = lay_out(boxes);
  int rows = 0;
  for (const Box& box : boxes) rows = std::max(rows, box.row + 1);
  const auto top = [](const Box& box) { return gap + box.row * row_height; };
  std::string text = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{:.0f}\" height=\"{:.0f}\" font-family=\"monospace\" "
      "font-size=\"11\" text-anchor=\"middle\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
      width, rows * row_height + gap);
  for (const Box& box : boxes)
    for (std::size_t i : box.from) {
      const Box& from = boxes[i];
      const double y1 = top(from) + box_height, y2 = top(box), bend = (y2 - y1) / 2;
      text += fmt::format(
          "<path d=\"M{:.1f} {:.1f} C{:.1f} {:.1f} {:.1f} {:.1f} {:.1f} {:.1f}\" fill=\"none\" stroke=\"#888\"/>\n",
          from.x, y1, from.x, y1 + bend, box.x, y2 - bend, box.x, y2);
    }
  for (const Box& box : boxes) {
    text += fmt::format(
        "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{}\" rx=\"{}\" fill=\"{}\" stroke=\"#444\"/>\n",
        box.x - width_of(box) / 2, top(box), width_of(box), box_height, box.is_leaf ? 0 : 12,
        box.is_leaf ? "#e8f0d8" : "#dce8f4");
    text += fmt::format("<text x=\"{0:.1f}\" y=\"{1:.1f}\">{3}</text><text x=\"{0:.1f}\" y=\"{2:.1f}\">{4}</text>\n",
                        box.x, top(box) + 15, top(box) + 29, in_xml(box.name), in_xml(box.shapes));
  }
  return text + "</svg>\n";
}

std::string to_dot(const Tensor& result, const Names& names) { return to_dot({&result, 1}, names); }
std::string to_svg(const Tensor& result, const Names& names) { return to_svg({&result, 1}, names); }

}  // namespace heed
