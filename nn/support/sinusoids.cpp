#include "sinusoids.h"

#include <cmath>

#include "../../graph/create.h"
#include "../../graph/executor.h"
#include "../../graph/fail.h"
#include "../../ops/shape/view.h"
#include "../../ops/support/elementwise.h"
#include "../fields/plan.h"

namespace heed::nn::detail {
using namespace heed::detail;

Tensor sinusoids(const char* op, const Tensor& numbers, std::int64_t width, double base, DType dtype) {
  const Tensor from = contiguous(numbers);
  const std::int64_t count = from.elements();
  const auto* const at = read<std::int64_t>(from);
  if (const std::string why = detail::why_impossible({count + 1, width}); !why.empty()) fail("{}: {}", op, why);
  const Tensor y = empty({count, width}, dtype), frequencies = empty({width}, float64);
  double* const frequency = fill<double>(frequencies);
  for (std::int64_t j = 0; j < width; ++j)
    frequency[j] = std::pow(base, -static_cast<double>(j - j % 2) / static_cast<double>(width));
  with_floating(op, dtype, [&]<class T>() {
    T* const to = fill<T>(y);
    // Cut by numbers: a task writes only their rows.
    parallel(count, 15.0 * static_cast<double>(width), [&](Range part) {
      for (std::int64_t i = part.begin; i < part.end; ++i)
        for (std::int64_t j = 0; j < width; ++j) {
          const double angle = static_cast<double>(at[i]) * frequency[j];
          to[i * width + j] = static_cast<T>(j % 2 == 0 ? std::sin(angle) : std::cos(angle));
        }
    });
  });
  return y;
}

}  // namespace heed::nn::detail
