#pragma once

#include "../../graph/tensor.h"

namespace heed {

/// Axes of an op: one, or several in braces. Negative axes count from the last; none means all.
class Axes {
 public:
  Axes() = default;
  Axes(int axis) : axes_{axis} {}
  Axes(std::initializer_list<std::int64_t> axes) : axes_(axes) {}
  void push_back(int axis) { axes_.push_back(axis); }
  bool empty() const { return axes_.rank() == 0; }
  std::size_t size() const { return static_cast<std::size_t>(axes_.rank()); }
  const std::int64_t* begin() const { return axes_.begin(); }
  const std::int64_t* end() const { return axes_.end(); }

 private:
  Shape axes_;
};

}  // namespace heed
