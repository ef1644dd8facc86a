#include "rotary.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>

#include "../graph/fail.h"
#include "elementwise.h"
#include "view.h"

namespace heed {
namespace {

/// cos and sin of the angles of positions 0, 1, ...: [positions, width], the cosines in the first half of a row. Made
/// once for a width, base and dtype, and again, twice as long, when a later position is asked for.
Tensor angles(std::int64_t width, double base, DType dtype, std::int64_t positions) {
  static std::mutex mutex;
  static auto& tables = *new std::map<std::tuple<std::int64_t, double, DType>, Tensor>;
  const std::lock_guard lock(mutex);
  Tensor& table = tables[{width, base, dtype}];
  if (table && table.size(0) >= positions) return table;
  const std::int64_t rows = std::max<std::int64_t>({positions, table ? 2 * table.size(0) : 0, 64}), half = width / 2;
  table = with_floating("rotary", dtype, [&]<class T>() {
    Tensor made = empty({rows, width}, dtype);
    T* to = fill<T>(made);
    parallel(rows, 40.0 * static_cast<double>(width), [&](Range part) {
      for (std::int64_t position = part.begin; position < part.end; ++position)
        for (std::int64_t i = 0; i < half; ++i) {
          const double angle = static_cast<double>(position) *
                               std::pow(base, -2.0 * static_cast<double>(i) / static_cast<double>(width));
          to[position * width + i] = static_cast<T>(std::cos(angle));
          to[position * width + half + i] = static_cast<T>(std::sin(angle));
        }
    });
    return made;
  });
  return table;
}

/// By the angles, or with sign -1 back by them.
Tensor turned(const Tensor& x, const Tensor& positions, double base, int sign) {
  const std::int64_t tokens = x.size(0), heads = x.size(1), width = x.size(2), half = width / 2;
  const auto* at = read<std::int64_t>(positions);
  std::int64_t longest = 0;
  for (std::int64_t t = 0; t < tokens; ++t) {
    if (at[t] < 0) fail("rotary: position {} of token {} is negative", at[t], t);
    longest = std::max(longest, at[t] + 1);
  }
  return with_floating("rotary", x.dtype(), [&]<class T>() {
    const Tensor table = angles(width, base, x.dtype(), longest);
    Tensor y = empty(x.shape(), x.dtype());
    const T *from = read<T>(x), *turns = read<T>(table);
    T* to = fill<T>(y);
    const std::int64_t token_step = x.strides()[0], head_step = x.strides()[1];
    // Cut by tokens: a task writes only their rows.
    parallel(tokens, 0.5 * static_cast<double>(heads * width) + 5, [&](Range part) {
      for (std::int64_t t = part.begin; t < part.end; ++t) {
        const T *cosine = turns + at[t] * width, *sine = cosine + half;
        for (std::int64_t h = 0; h < heads; ++h) {
          const T* a = from + t * token_step + h * head_step;
          const T* b = a + half;
          T* out = to + (t * heads + h) * width;
          for (std::int64_t i = 0; i < half; ++i) {
            const T s = static_cast<T>(sign) * sine[i];
            out[i] = a[i] * cosine[i] - b[i] * s;
            out[half + i] = b[i] * cosine[i] + a[i] * s;
          }
        }
      }
    });
    return y;
  });
}

Tensor turn(const Tensor& x, const Tensor& positions, double base, int sign) {
  const Tensor rows = x.strides()[2] == 1 || x.size(2) == 0 ? x : contiguous(x);
  return differentiable("rotary", {rows}, turned(rows, positions, base, sign),
                        [=](const Tensor& dy) { return Gradients{turn(dy, positions, base, -sign)}; });
}

}  // namespace

Tensor rotary(const Tensor& x, const Tensor& positions, double base) {
  if (x.rank() != 3 || x.size(2) % 2 != 0)
    fail("rotary: x is {}, but it must be [tokens, heads, width] with an even width", to_string(x.shape()));
  if (positions.dtype() != int64 || positions.shape() != Shape{x.size(0)})
    fail("rotary: positions are {} {}, but with x {} they must be int64 [{}]", name(positions.dtype()),
         to_string(positions.shape()), to_string(x.shape()), x.size(0));
  if (!(base > 0)) fail("rotary: the base is {}, but it must be positive", base);
  return turn(x, contiguous(positions), base, 1);
}

}  // namespace heed
