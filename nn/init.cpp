#include "init.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "../graph/ambient.h"
#include "../graph/create.h"
#include "../graph/expect_number.h"
#include "../graph/fail.h"
#include "../ops/strided.h"
#include "../ops/view.h"
#include "parameters.h"

namespace heed::nn {

Tensor uniform_by_inputs(const Shape& shape, Size in) {
  const double bound = 1 / std::sqrt(static_cast<double>(std::max<std::int64_t>(in, 1)));
  return uniform(shape, -bound, bound);
}

namespace {

/// Sets each weight to make(path, shape, dtype), and biases to 0.
template <class Make>
void initialise(const char* function, AnyLayer model, const Make& make) {
  NoGrad scope;
  const auto all = named_parameters(model);
  for (const auto& [path, parameter] : all)
    if (may_overlap(parameter))
      fail("{}: {} is {} with strides {}, so one element may stand in several places", function, path,
           to_string(parameter.shape()), to_string(parameter.strides()));
  for (const auto& [path, parameter] : all) {
    if (parameter.rank() >= 2) {
      overwrite_elements(function, parameter, make(path, parameter.shape(), parameter.dtype()));
    } else if (path == "bias" || path.ends_with(".bias")) {
      overwrite_elements(function, parameter, zeros(parameter.shape(), parameter.dtype()));
    }
  }
}

struct Fans {
  double in, out;
};
Fans fans(const Shape& shape) {
  std::int64_t places = 1;
  for (int axis = 2; axis < shape.rank(); ++axis) places *= shape[axis];
  const auto count = [&](std::int64_t n) { return static_cast<double>(std::max<std::int64_t>(n * places, 1)); };
  return {count(shape[1]), count(shape[0])};
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

/// Random directions at right angles, by Gram and Schmidt's way: each loses what it has of those before it, twice,
/// since after the first time the rounding of long vectors may be left. No more of them than their width.
std::vector<std::vector<double>> orthonormal(std::int64_t count, std::int64_t width) {
  const std::vector<double> numbers = normal({count, width}, 0, 1, float64).to_vector<double>();
  std::vector<std::vector<double>> rows;
  for (std::int64_t r = 0; r < count; ++r) {
    std::vector<double> row(numbers.begin() + r * width, numbers.begin() + (r + 1) * width);
    for (int time = 0; time < 2; ++time)
      for (const std::vector<double>& before : rows) {
        const double share = dot(row, before);
        for (std::size_t i = 0; i < row.size(); ++i) row[i] -= share * before[i];
      }
    const double length = std::sqrt(dot(row, row));
    for (double& x : row) x /= length;
    rows.push_back(std::move(row));
  }
  return rows;
}

Tensor orthogonal(const Shape& shape, double gain, DType dtype) {
  const std::int64_t rows = shape[0], columns = rows > 0 ? shape.elements() / rows : 0;
  const std::int64_t count = std::min(rows, columns), width = std::max(rows, columns);
  const auto directions = orthonormal(count, width);
  std::vector<double> values(static_cast<std::size_t>(rows * columns));
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t c = 0; c < columns; ++c) {
      const auto [direction, at] = rows <= columns ? std::pair{r, c} : std::pair{c, r};
      values[static_cast<std::size_t>(r * columns + c)] =
          gain * directions[static_cast<std::size_t>(direction)][static_cast<std::size_t>(at)];
    }
  return cast(tensor(values, shape), dtype);
}

}  // namespace

void init_normal(AnyLayer model, float stddev) {
  expect_not_negative("init_normal", "stddev", double{stddev});
  initialise("init_normal", model,
             [=](const std::string&, const Shape& shape, DType dtype) { return normal(shape, 0, stddev, dtype); });
}

void init_truncated_normal(AnyLayer model, float stddev) {
  expect_positive("init_truncated_normal", "stddev", double{stddev});
  initialise("init_truncated_normal", model, [=](const std::string&, const Shape& shape, DType dtype) {
    return truncated_normal(shape, 0, stddev, -2.0 * stddev, 2.0 * stddev, dtype);
  });
}

void init_xavier(AnyLayer model, float gain) {
  expect_not_negative("init_xavier", "gain", double{gain});
  initialise("init_xavier", model, [=](const std::string&, const Shape& shape, DType dtype) {
    const auto [in, out] = fans(shape);
    const double bound = gain * std::sqrt(6 / (in + out));
    return uniform(shape, -bound, bound, dtype);
  });
}

void init_he(AnyLayer model) {
  initialise("init_he", model, [](const std::string&, const Shape& shape, DType dtype) {
    return normal(shape, 0, std::sqrt(2 / fans(shape).in), dtype);
  });
}

void init_gpt2(AnyLayer model, Size branches, float stddev) {
  if (branches < 1) fail("init_gpt2: branches is {}, but it must be at least 1", branches.value);
  expect_not_negative("init_gpt2", "stddev", double{stddev});
  initialise("init_gpt2", model, [=](const std::string& path, const Shape& shape, DType dtype) {
    const bool in_feed_forward = path.find("feed_forward.") != std::string::npos;  // perhaps in one of its experts
    const bool ends_branch =
        path.ends_with("attention.output.weight") || (in_feed_forward && path.ends_with("down.weight"));
    const double divisor = ends_branch ? std::sqrt(static_cast<double>(branches.value)) : 1;
    return normal(shape, 0, stddev / divisor, dtype);
  });
}

void init_deep_norm(AnyLayer model, float beta) {
  expect_not_negative("init_deep_norm", "beta", double{beta});
  initialise("init_deep_norm", model, [=](const std::string& path, const Shape& shape, DType dtype) {
    const bool in_branch = path.find("feed_forward.") != std::string::npos ||
                           path.ends_with("attention.value.weight") || path.ends_with("attention.output.weight");
    const auto [in, out] = fans(shape);
    return normal(shape, 0, (in_branch ? beta : 1) * std::sqrt(2 / (in + out)), dtype);
  });
}

void init_orthogonal(AnyLayer model, float gain) {
  expect_finite("init_orthogonal", "gain", double{gain});
  initialise("init_orthogonal", model,
             [=](const std::string&, const Shape& shape, DType dtype) { return orthogonal(shape, gain, dtype); });
}

}  // namespace heed::nn
