// Axes as an argument of ops.
#pragma once

#include "../../graph/tensor.h"

namespace heed {

/// Axes of an op: one, or several in braces. Negative axes count from the last; none means all.
class Axes {
 public:
  Axes() = default;
  /// One axis.
  Axes(int axis) : axes_{axis} {}
  /// Several axes: {0, -1}.
  Axes(std::initializer_list<std::int64_t> axes) : axes_(axes) {}
  /// Adds an axis.
  void push_back(int axis) { axes_.push_back(axis); }
  /// Returns true if none are given.
  bool empty() const { return axes_.rank() == 0; }
  /// Number of axes given.
  std::size_t size() const { return static_cast<std::size_t>(axes_.rank()); }
  /// First axis.
  const std::int64_t* begin() const { return axes_.begin(); }
  /// End of the axes.
  const std::int64_t* end() const { return axes_.end(); }

 private:
  Shape axes_;
};

}  // namespace heed
