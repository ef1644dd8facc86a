#include "clip.h"

#include <algorithm>
#include <cmath>

#include "../graph/executor.h"
#include "../graph/fail.h"
#include "../ops/kernels/reduce.h"
#include "../ops/math/arithmetic.h"
#include "../ops/shape/view.h"
#include "../ops/support/elementwise.h"
#include "support/distinct.h"

namespace heed::optim {
using namespace heed::detail;

namespace {

constexpr std::int64_t chunk_elements = 1 << 15;

double sum_of_squares(const Tensor& gradient) {
  const Tensor x = no_grad([&] { return contiguous(gradient.detach()); });
  const std::int64_t elements = x.elements(), chunks = (elements + chunk_elements - 1) / chunk_elements;
  SmallVector<double, 64> partial;
  for (std::int64_t i = 0; i < chunks; ++i) partial.push_back(0);
  with_floating("gradient_norm", x.dtype(), [&]<class T>() {
    parallel_chunks(chunks, [&](std::int64_t i) {
      const std::int64_t begin = i * chunk_elements;
      partial[static_cast<std::size_t>(i)] = kernels::get<kernels::SumOfSquaresKernels<T>>().sum_of_squares(
          read<T>(x) + begin, std::min(chunk_elements, elements - begin));
    });
  });
  double total = 0;
  for (double value : partial) total += value;
  return total;
}

}  // namespace

double gradient_norm(std::span<const nn::Parameter> parameters) {
  double total = 0;
  for (const std::size_t i : detail::distinct("gradient_norm", parameters))
    if (const Tensor gradient = parameters[i].grad()) total += sum_of_squares(gradient);
  return std::sqrt(total);
}

double clip_norm(std::span<const nn::Parameter> parameters, double max_norm) {
  if (!(max_norm > 0)) fail("clip_norm: max_norm is {}, but it must be positive", max_norm);
  const double norm = gradient_norm(parameters);
  if (!(norm > max_norm)) return norm;
  NoGrad scope;
  for (const std::size_t i : detail::distinct("clip_norm", parameters))
    if (const nn::Parameter& parameter = parameters[i]; const Tensor gradient = parameter.grad())
      parameter.set_grad(gradient * (max_norm / norm));
  return norm;
}

}  // namespace heed::optim
