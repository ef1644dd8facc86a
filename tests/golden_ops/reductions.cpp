// Rows of reductions; their inputs are in tests/golden/make.py.
#include <fmt/format.h>

#include <limits>

#include "rows.h"

using namespace heed;
using golden::Tensors;

namespace {
constexpr double infinity = std::numeric_limits<double>::infinity();
}

void golden::add_reductions(Rows& rows) {
  for (const Axes& axes : {Axes{0}, Axes{2}, Axes{0, 2}, Axes{0, 1, 2}}) {
    std::string tag;
    for (const std::int64_t axis : axes) tag += fmt::format(" {}", axis);
    rows["sum" + tag] = [=](const Tensors& x, const Tensors&) { return sum(x[0], axes); };
    rows["mean" + tag] = [=](const Tensors& x, const Tensors&) { return mean(x[0], axes, true); };
    rows["variance" + tag] = [=](const Tensors& x, const Tensors&) { return variance(x[0], axes); };
    rows["standard_deviation" + tag] = [=](const Tensors& x, const Tensors&) {
      return standard_deviation(x[0], axes, true, 0);
    };
    rows["logsumexp" + tag] = [=](const Tensors& x, const Tensors&) { return logsumexp(x[0], axes); };
    rows["max" + tag] = [=](const Tensors& x, const Tensors&) { return max(x[0], axes); };
    rows["min" + tag] = [=](const Tensors& x, const Tensors&) { return min(x[0], axes, true); };
    for (const double p : {1.0, 2.0, 3.0, infinity, -infinity})
      rows[fmt::format("norm {}{}", p, tag)] = [=](const Tensors& x, const Tensors&) { return norm(x[0], p, axes); };
  }
  for (const int axis : {0, 1}) {
    const std::string tag = fmt::format(" {}", axis);
    rows["cumsum" + tag] = [=](const Tensors& x, const Tensors&) { return cumsum(x[0], axis); };
    rows["cumsum reverse" + tag] = [=](const Tensors& x, const Tensors&) { return cumsum(x[0], axis, true); };
    rows["cumprod" + tag] = [=](const Tensors& x, const Tensors&) { return cumprod(x[0], axis); };
    rows["cummax" + tag] = [=](const Tensors& x, const Tensors&) { return cummax(x[0], axis)[0]; };
    rows["cummin" + tag] = [=](const Tensors& x, const Tensors&) { return cummin(x[0], axis)[0]; };
    rows["logcumsumexp" + tag] = [=](const Tensors& x, const Tensors&) { return logcumsumexp(x[0], axis); };
    rows["softmax" + tag] = [=](const Tensors& x, const Tensors&) { return softmax(x[0], axis); };
    rows["log_softmax" + tag] = [=](const Tensors& x, const Tensors&) { return log_softmax(x[0], axis); };
  }
  rows["prod"] = [](const Tensors& x, const Tensors&) { return prod(x[0]); };
  rows["prod 1"] = [](const Tensors& x, const Tensors&) { return prod(x[0], 1); };
  rows["prod 1 with zeros"] = [](const Tensors& x, const Tensors&) { return prod(x[0], 1); };
  rows["linear_recurrence"] = [](const Tensors& x, const Tensors&) { return linear_recurrence(x[0], x[1], 0); };
  rows["linear_recurrence reverse"] = [](const Tensors& x, const Tensors&) {
    return linear_recurrence(x[0], x[1], 0, true);
  };
  rows["shift 2"] = [](const Tensors& x, const Tensors&) { return shift(x[0], 0, 2, 0.5); };
}
