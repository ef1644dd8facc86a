#include "clip.h"

#include <algorithm>
#include <cmath>

#include "../graph/executor.h"
#include "../graph/fail.h"
#include "../ops/arithmetic.h"
#include "../ops/elementwise.h"
#include "../ops/view.h"
#include "distinct.h"

namespace heed::optim {
namespace {

constexpr std::int64_t elements_of_a_chunk = 1 << 15;

double sum_of_squares(const Tensor& gradient) {
  const Tensor x = no_grad([&] { return contiguous(gradient.detach()); });
  const std::int64_t elements = x.elements(), chunks = (elements + elements_of_a_chunk - 1) / elements_of_a_chunk;
  SmallVector<double, 64> partial;
  for (std::int64_t i = 0; i < chunks; ++i) partial.push_back(0);
  with_floating("gradient_norm", x.dtype(), [&]<class T>() {
    parallel_chunks(chunks, [&](std::int64_t i) {
      const std::int64_t begin = i * elements_of_a_chunk;
      partial[static_cast<std::size_t>(i)] =
          kernels::of<T>().sum_of_squares(read<T>(x) + begin, std::min(elements_of_a_chunk, elements - begin));
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

double clip_norm(std::span<const nn::Parameter> parameters, double largest) {
  if (!(largest > 0)) fail("clip_norm: the largest norm is {}, but it must be positive", largest);
  const double norm = gradient_norm(parameters);
  if (!(norm > largest)) return norm;
  NoGrad scope;
  for (const std::size_t i : detail::distinct("clip_norm", parameters))
    if (const nn::Parameter& parameter = parameters[i]; const Tensor gradient = parameter.grad())
      parameter.set_grad(gradient * (largest / norm));
  return norm;
}

}  // namespace heed::optim
