#include "unfold.h"

#include <algorithm>

namespace heed::kernels {
namespace {

/// Calls visit(columns, image, n, step) for each run of n places of a row that read pixels inside the image, `step`
/// apart, and outside(columns, n) for each run of places that read padding.
template <class ColumnElement, class Pixel, class Visit, class Outside>
void each_run(const Windows& w, const Columns& part, ColumnElement* columns, Pixel* image, const Visit& visit,
              const Outside& outside) {
  for (std::int64_t row = part.row; row < part.row + part.rows; ++row) {
    const std::int64_t tap = row % w.taps();
    Pixel* channel = image + row / w.taps() * w.pixels();
    const std::int64_t first_line = w.height.start(tap / w.width.window),
                       first_column = w.width.start(tap % w.width.window);
    const std::int64_t step = w.width.stride;
    // Places [first, last) of a line read pixels inside it.
    const std::int64_t first = first_column >= 0 ? 0 : (-first_column + step - 1) / step;
    const std::int64_t last = first_column >= w.width.in ? 0 : (w.width.in - 1 - first_column) / step + 1;
    for (std::int64_t place = part.place; place < part.place + part.places;) {
      const std::int64_t y = place / w.width.out, begin = place % w.width.out;
      const std::int64_t end = std::min(w.width.out, begin + part.place + part.places - place);
      const std::int64_t line = y * w.height.stride + first_line;
      const bool is_inside = line >= 0 && line < w.height.in;
      const std::int64_t from = is_inside ? std::clamp(first, begin, end) : end;
      const std::int64_t to = is_inside ? std::clamp(last, from, end) : end;
      if (from > begin) outside(columns, from - begin);
      if (to > from)
        visit(columns + (from - begin), channel + line * w.width.in + from * step + first_column, to - from, step);
      if (end > to) outside(columns + (to - begin), end - to);
      columns += end - begin;
      place += end - begin;
    }
  }
}

}  // namespace

template <class T>
void unfold(const Windows& windows, const Columns& part, const T* image, T* columns) {
  each_run(
      windows, part, columns, image,
      [](T* to, const T* from, std::int64_t n, std::int64_t step) {
        if (step == 1) {
          std::copy_n(from, n, to);
        } else {
          for (std::int64_t i = 0; i < n; ++i) to[i] = from[i * step];
        }
      },
      [](T* to, std::int64_t n) { std::fill_n(to, n, T{0}); });
}

template <class T>
void fold(const Windows& windows, const Columns& part, const T* columns, T* image) {
  each_run(
      windows, part, columns, image,
      [](const T* from, T* to, std::int64_t n, std::int64_t step) {
        if (step == 1) {
          for (std::int64_t i = 0; i < n; ++i) to[i] += from[i];
        } else {
          for (std::int64_t i = 0; i < n; ++i) to[i * step] += from[i];
        }
      },
      [](const T*, std::int64_t) {});
}

template void unfold(const Windows&, const Columns&, const float*, float*);
template void unfold(const Windows&, const Columns&, const double*, double*);
template void fold(const Windows&, const Columns&, const float*, float*);
template void fold(const Windows&, const Columns&, const double*, double*);

}  // namespace heed::kernels
