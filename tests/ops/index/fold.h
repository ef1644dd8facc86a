// References of reductions.
#pragma once

#include <functional>
#include <vector>

#include "ops/table.h"

namespace table {

/// Reduces the axes whose bits are set: f of the values along them, in order, for each element of the result.
inline Reference over_axes(unsigned axes, bool keep, std::function<double(const std::vector<double>&)> f) {
  return [=](const std::vector<Array>& x) {
    Shape kept = x[0].shape, shape;
    for (int axis = 0; axis < kept.rank(); ++axis) {
      const bool folded = axes >> axis & 1u;
      if (folded) kept[axis] = 1;
      if (!folded || keep) shape.push_back(kept[axis]);
    }
    Array y(kept);
    std::vector<std::vector<double>> groups(y.values.size());
    for (std::int64_t i = 0; i < x[0].size(); ++i)
      groups[static_cast<std::size_t>(y.offset(repeated_place(place_of(i, x[0].shape), kept)))].push_back(x[0][i]);
    for (std::size_t i = 0; i < groups.size(); ++i) y.values[i] = f(groups[i]);
    y.shape = shape;
    return y;
  };
}

struct OverAxes {
  heed::Axes axes;
  bool keep;
  unsigned bits;
};
inline const std::vector<OverAxes> over_three = {{{}, false, 7},     {{}, true, 7},     {{0}, false, 1},
                                                 {{1}, true, 2},     {{-1}, false, 4},  {{0, 1}, false, 3},
                                                 {{-1, 0}, true, 5}, {{1, 2}, false, 6}};
inline const std::vector<std::vector<Shape>> three_axes = {{{3, 7, 2}}, {{1, 33, 1}}, {{1, 1, 1}}};

}  // namespace table
