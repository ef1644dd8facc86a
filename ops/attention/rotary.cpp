#include "rotary.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>

#include "../../graph/fail.h"
#include "../../graph/support/expect_number.h"
#include "../../graph/support/fork.h"
#include "../../graph/support/size.h"
#include "../shape/view.h"
#include "../support/elementwise.h"

namespace heed {
using namespace heed::detail;

namespace {

constexpr std::int64_t positions_in_table = 1 << 16;

/// Returns the frequencies of a width and base, shared by all calls so that sines are computed once.
RotaryFrequencies shared_frequencies(std::int64_t width, double base) {
  static auto& mutex = *new detail::ForkSafeMutex{detail::ForkOrder::tables};
  static auto& made = *new std::map<std::pair<std::int64_t, double>, RotaryFrequencies>;
  const std::lock_guard lock(mutex);
  const auto found = made.find({width, base});
  if (found != made.end()) return found->second;
  std::vector<double> pairs(vector_length("rotary", width / 2, sizeof(double)));
  for (std::size_t i = 0; i < pairs.size(); ++i)
    pairs[i] = std::pow(base, -2.0 * static_cast<double>(i) / static_cast<double>(width));
  return made.emplace(std::pair{width, base}, RotaryFrequencies(std::move(pairs))).first->second;
}

/// Layout of pairs: the features of pair i are i * step and i * step + apart.
struct Layout {
  std::int64_t pairs, step, apart;
};
Layout layout_of(const RotaryFrequencies& frequencies, RotaryPairs pairs) {
  const auto n = static_cast<std::int64_t>(frequencies.pairs().size());
  return pairs == RotaryPairs::halves ? Layout{n, 1, n} : Layout{n, 2, 1};
}

template <class T>
void rotate_row(const Layout& layout, const T* x, const T* cosine, const T* sine, T sign, T* y) {
  const auto [pairs, step, apart] = layout;
  if (step == 1) {  // separate from the loop below, so that it is vectorised
    for (std::int64_t i = 0; i < pairs; ++i) {
      const T s = sign * sine[i];
      y[i] = x[i] * cosine[i] - x[pairs + i] * s;
      y[pairs + i] = x[pairs + i] * cosine[i] + x[i] * s;
    }
    return;
  }
  for (std::int64_t i = 0; i < pairs; ++i) {
    const std::int64_t b = i * step, c = b + apart;
    const T s = sign * sine[i];
    y[b] = x[b] * cosine[i] - x[c] * s;
    y[c] = x[c] * cosine[i] + x[b] * s;
  }
}

/// Rotates x by the angles, or with sign -1 by the negative angles.
Tensor rotated(const Tensor& x, const Tensor& positions, const RotaryFrequencies& frequencies, RotaryPairs pairs,
               int sign) {
  const std::int64_t tokens = x.size(0), heads = x.size(1), width = x.size(2);
  const Layout layout = layout_of(frequencies, pairs);
  const auto* at = read<std::int64_t>(positions);
  std::int64_t last = 0;
  for (std::int64_t t = 0; t < tokens; ++t) {
    if (at[t] < 0) fail("rotary: position {} of token {} is negative", at[t], t);
    last = std::max(last, at[t]);
  }
  // A table of all positions is shared by many calls, but would be mostly unused for a few very large positions.
  const bool has_table = last < positions_in_table || last / 4 < tokens;
  return with_floating("rotary", x.dtype(), [&]<class T>() {
    const Tensor table =
        has_table ? frequencies.cos_sin(last + 1, x.dtype()) : frequencies.cos_sin_at(positions, x.dtype());
    Tensor y = empty(x.shape(), x.dtype());
    const T *from = read<T>(x), *table_row = read<T>(table);
    T* to = fill<T>(y);
    const std::int64_t token_step = x.strides()[0], head_step = x.strides()[1], rotated_width = 2 * layout.pairs;
    // Cut by tokens: each task writes separate rows.
    parallel(tokens, 0.5 * static_cast<double>(heads * width) + 5, [&](Range part) {
      for (std::int64_t t = part.begin; t < part.end; ++t) {
        const T *cosine = table_row + (has_table ? at[t] : t) * rotated_width, *sine = cosine + layout.pairs;
        for (std::int64_t h = 0; h < heads; ++h) {
          const T* const row = from + t * token_step + h * head_step;
          T* const out = to + (t * heads + h) * width;
          rotate_row(layout, row, cosine, sine, static_cast<T>(sign), out);
          std::copy(row + rotated_width, row + width, out + rotated_width);
        }
      }
    });
    return y;
  });
}

Tensor rotate(const Tensor& x, const Tensor& positions, const RotaryFrequencies& frequencies, RotaryPairs pairs,
              int sign) {
  const Tensor rows = x.strides()[2] == 1 || x.size(2) == 0 ? x : contiguous(x);
  return differentiable("rotary", {rows}, rotated(rows, positions, frequencies, pairs, sign),
                        [=](const Tensor& dy) { return Gradients{rotate(dy, positions, frequencies, pairs, -sign)}; });
}

void check_positions(const Tensor& x, const Tensor& positions) {
  if (positions.dtype() != int64 || positions.shape() != Shape{x.size(0)})
    fail("rotary: positions are {} {}, but with x {} they must be int64 [{}]", name(positions.dtype()),
         to_string(positions.shape()), to_string(x.shape()), x.size(0));
}

}  // namespace

Tensor rotary(const Tensor& x, const Tensor& positions, double base) {
  if (x.rank() != 3 || x.size(2) % 2 != 0)
    fail("rotary: x is {}, but it must be [tokens, heads, width] with an even width", to_string(x.shape()));
  check_positions(x, positions);
  expect_positive("rotary", "the base", base);
  return rotate(x, contiguous(positions), shared_frequencies(x.size(2), base), RotaryPairs::halves, 1);
}

Tensor rotary(const Tensor& x, const Tensor& positions, const RotaryFrequencies& frequencies, RotaryPairs pairs) {
  const auto rotated_width = 2 * static_cast<std::int64_t>(frequencies.pairs().size());
  if (x.rank() != 3 || x.size(2) < rotated_width)
    fail("rotary: x is {}, but with {} frequencies it must be [tokens, heads, width] with a width of at least {}",
         to_string(x.shape()), frequencies.pairs().size(), rotated_width);
  check_positions(x, positions);
  return rotate(x, contiguous(positions), frequencies, pairs, 1);
}

}  // namespace heed
