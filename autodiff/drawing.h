// Drawings of the graph: Graphviz DOT and SVG.
#pragma once

#include <span>
#include <string>

#include "names.h"

namespace heed {

/// Graph of the results in Graphviz's DOT language. Ellipses are ops with the shapes of their results, boxes are leaves
/// with names and shapes, arrows follow the data flow. Constants are not part of a graph.
std::string to_dot(std::span<const Tensor> results, const Names& names = {});
std::string to_dot(const Tensor& result, const Names& names = {});

/// Graph of the results as an SVG, without Graphviz: rows by the longest path from a leaf, leaves on top. For graphs of
/// up to a few hundred ops.
///   std::ofstream("graph.svg") << to_svg(loss, nn::named_parameters(model));
std::string to_svg(std::span<const Tensor> results, const Names& names = {});
std::string to_svg(const Tensor& result, const Names& names = {});

}  // namespace heed
