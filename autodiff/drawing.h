// The graph as a picture.
#pragma once

#include <span>
#include <string>

#include "names.h"

namespace heed {

/// The graph below the results in the DOT language of Graphviz: an op with the shapes of its results in each ellipse,
/// a leaf with its name and shape in each box, and arrows the way values go. Constants are not part of a graph.
std::string to_dot(std::span<const Tensor> results, const Names& names = {});
std::string to_dot(const Tensor& result, const Names& names = {});

/// The same as an SVG, without Graphviz: rows by the longest way from a leaf, leaves on top. For graphs of up to some
/// hundred ops.
///   std::ofstream("graph.svg") << to_svg(loss, nn::named_parameters(model));
std::string to_svg(std::span<const Tensor> results, const Names& names = {});
std::string to_svg(const Tensor& result, const Names& names = {});

}  // namespace heed
