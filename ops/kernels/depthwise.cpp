#include "depthwise.h"

#include <algorithm>

#include "weighted_rows.h"
#include "workspace.h"

namespace heed::kernels {
namespace {

constexpr std::int64_t taps_of_a_block = 256;  // number of products that are added in one chain

/// The lines of a channel, in the workspace of the thread.
template <class T>
struct Lines {
  std::int64_t taps, row, length,
      reach;                // row: width of the padded image; reach: offset of the window's last element
  std::int64_t* distances;  // offset of each element of the window
  T* weights;               // at these offsets
  T* image;                 // length elements
  T* places;                // reach + length elements
  T* sums;                  // one for each tap
  double* long_sums;        // sums over blocks of taps, if there are several: length elements

  explicit Lines(const Windows& w)
      : taps(w.taps()),
        row(w.width.in + 2 * w.width.padding),
        length(row * (w.height.in + 2 * w.height.padding)),
        reach(w.height.dilation * (w.height.window - 1) * row + w.width.dilation * (w.width.window - 1)) {
    const std::int64_t elements = reach + 1 + length + reach + length + taps;
    const std::int64_t wide = taps > taps_of_a_block ? length : 0;
    static_assert(sizeof(double) == sizeof(std::int64_t));
    distances = static_cast<std::int64_t*>(workspace(
        Workspace::unfold,
        static_cast<std::size_t>(taps + wide) * sizeof(std::int64_t) + static_cast<std::size_t>(elements) * sizeof(T)));
    long_sums = reinterpret_cast<double*>(distances + taps);
    weights = reinterpret_cast<T*>(long_sums + wide);
    image = weights + reach + 1;
    places = image + length;
    sums = places + reach + length;
    for (std::int64_t tap = 0; tap < taps; ++tap)
      distances[tap] = tap / w.width.window * w.height.dilation * row + tap % w.width.window * w.width.dilation;
  }
};

/// Copies the rows of a contiguous matrix into a line where they are `row` apart, with zeros elsewhere.
template <class T>
void copy_rows(const T* matrix, std::int64_t rows, std::int64_t width, T* line, std::int64_t row, std::int64_t begin,
               std::int64_t length) {
  std::fill_n(line, length, T{0});
  for (std::int64_t r = 0; r < rows; ++r) std::copy_n(matrix + r * width, width, line + begin + r * row);
}

/// to[i] = the sum over all taps of the weight and from[distance + i], for i in [0, run).
template <class T>
void combine(const Lines<T>& lines, const T* from, T* to, std::int64_t run) {
  get<WeightedRowKernels<T>>().sum_gathered_rows({std::min(lines.taps, taps_of_a_block), run}, {from, 1},
                                                 lines.distances, lines.weights, to);
  if (lines.taps <= taps_of_a_block) return;
  std::copy_n(to, run, lines.long_sums);
  for (std::int64_t tap = taps_of_a_block; tap < lines.taps; tap += taps_of_a_block) {
    get<WeightedRowKernels<T>>().sum_gathered_rows({std::min(lines.taps - tap, taps_of_a_block), run}, {from, 1},
                                                   lines.distances + tap, lines.weights, to);
    for (std::int64_t i = 0; i < run; ++i) lines.long_sums[i] += static_cast<double>(to[i]);
  }
  for (std::int64_t i = 0; i < run; ++i) to[i] = static_cast<T>(lines.long_sums[i]);
}

template <class T>
void copy_image(const Windows& w, const T* image, Lines<T>& lines) {
  copy_rows(image, w.height.in, w.width.in, lines.image, lines.row, w.height.padding * lines.row + w.width.padding,
            lines.length);
}

}  // namespace

template <class T>
void convolve_channel(const Windows& w, const T* image, const T* weight, const T* bias, std::int64_t out, T* y) {
  Lines<T> lines(w);
  copy_image(w, image, lines);
  for (std::int64_t o = 0; o < out; ++o) {
    for (std::int64_t tap = 0; tap < lines.taps; ++tap)
      lines.weights[lines.distances[tap]] = weight[o * lines.taps + tap];
    combine(lines, lines.image, lines.places, lines.length - lines.reach);
    const T first = bias ? bias[o] : T{0};
    for (std::int64_t r = 0; r < w.height.out; ++r)
      for (std::int64_t i = 0; i < w.width.out; ++i) *y++ = first + lines.places[r * lines.row + i];
  }
}

template <class T>
void channel_gradient(const Windows& w, const T* dy, const T* weight, std::int64_t out, T* dimage) {
  Lines<T> lines(w);
  for (std::int64_t o = 0; o < out; ++o) {
    // The reversed window.
    for (std::int64_t tap = 0; tap < lines.taps; ++tap)
      lines.weights[lines.distances[lines.taps - 1 - tap]] = weight[o * lines.taps + tap];
    copy_rows(dy + o * w.places(), w.height.out, w.width.out, lines.places, lines.row, lines.reach,
              lines.reach + lines.length);
    combine(lines, lines.places, lines.image, lines.length);
    const T* from = lines.image + w.height.padding * lines.row + w.width.padding;
    for (std::int64_t r = 0; r < w.height.in; ++r) {
      T* to = dimage + r * w.width.in;
      if (o == 0) {
        std::copy_n(from + r * lines.row, w.width.in, to);
      } else {
        for (std::int64_t i = 0; i < w.width.in; ++i) to[i] += from[r * lines.row + i];
      }
    }
  }
}

template <class T>
void add_channel_weight_gradient(const Windows& w, const T* image, const T* dy, std::int64_t out, T* dweight) {
  Lines<T> lines(w);
  copy_image(w, image, lines);
  const std::int64_t run = lines.length - lines.reach;
  for (std::int64_t o = 0; o < out; ++o) {
    copy_rows(dy + o * w.places(), w.height.out, w.width.out, lines.places, lines.row, 0, run);
    get<WeightedRowKernels<T>>().dot_gathered_rows({lines.taps, run}, {lines.places, 0}, {lines.image, 1},
                                                   lines.distances, lines.sums);
    for (std::int64_t tap = 0; tap < lines.taps; ++tap) dweight[o * lines.taps + tap] += lines.sums[tap];
  }
}

template void convolve_channel(const Windows&, const float*, const float*, const float*, std::int64_t, float*);
template void convolve_channel(const Windows&, const double*, const double*, const double*, std::int64_t, double*);
template void channel_gradient(const Windows&, const float*, const float*, std::int64_t, float*);
template void channel_gradient(const Windows&, const double*, const double*, std::int64_t, double*);
template void add_channel_weight_gradient(const Windows&, const float*, const float*, std::int64_t, float*);
template void add_channel_weight_gradient(const Windows&, const double*, const double*, std::int64_t, double*);

}  // namespace heed::kernels
