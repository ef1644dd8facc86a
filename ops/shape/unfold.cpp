#include "unfold.h"

#include <algorithm>

#include "../../graph/fail.h"
#include "../support/axes.h"
#include "../support/elementwise.h"
#include "../support/rounded_once.h"
#include "../support/strided.h"
#include "axes.h"

namespace heed {
using namespace heed::detail;

namespace {

struct Windows {
  int axis;
  std::int64_t size, step;
};

Tensor windows_of(const Tensor& x, const Windows& windows);

/// Gradient of windows_of: each element of the whole shape is the sum over the windows that contain it.
Tensor fold(const Tensor& windowed, const Shape& whole, const Windows& windows) {
  Tensor y = empty(whole, windowed.dtype());
  const std::int64_t count = windowed.shape()[windows.axis];
  const std::int64_t window_step = windowed.strides()[windows.axis], element_step = windowed.strides()[-1];
  // Elements of y, with stride 0 along the axis: their offsets along the other axes are the same in all windows.
  Shape strides = windowed.strides();
  strides.erase(strides.rank() - 1);
  strides[windows.axis] = 0;
  std::int64_t inner = 1;
  for (int axis = windows.axis + 1; axis < whole.rank(); ++axis) inner *= whole[axis];
  with_number("unfold", windowed.dtype(), [&]<class T>() {
    const T* from = read<T>(windowed);
    T* to = fill<T>(y);
    const Runs<1> runs(whole, {strides});
    const double windows_of_one = static_cast<double>(windows.size) / static_cast<double>(windows.step) + 1;
    runs.each(2 * windows_of_one, [&](auto at, std::int64_t out, std::int64_t n) {
      for (std::int64_t i = 0; i < n; ++i) {
        const std::int64_t place = (out + i) / inner % whole[windows.axis];
        const std::int64_t last = std::min(count - 1, place / windows.step);
        std::int64_t window = place < windows.size ? 0 : (place - windows.size) / windows.step + 1;
        T total{};
        for (; window <= last; ++window)
          total = static_cast<T>(
              total +
              from[at[0] + i * runs.stride(0) + window * window_step + (place - window * windows.step) * element_step]);
        to[out + i] = total;
      }
    });
  });
  return differentiable("fold", {windowed}, y,
                        [windows](const Tensor& dy) { return Gradients{windows_of(dy, windows)}; });
}

Tensor windows_of(const Tensor& x, const Windows& windows) {
  Shape shape = x.shape(), strides = x.strides();
  const std::int64_t step = strides[windows.axis];
  shape[windows.axis] = (shape[windows.axis] - windows.size) / windows.step + 1;
  if (shape[windows.axis] > 1)
    strides[windows.axis] = step * windows.step;  // the stride of a single window does not matter
  shape.push_back(windows.size);
  strides.push_back(step);
  return differentiable(
      "unfold", {x}, strided_view(x, 0, shape, strides), [windows, whole = x.shape()](const Tensor& dy) {
        return Gradients{rounded_once(dy, [&](const Tensor& wide) { return fold(wide, whole, windows); })};
      });
}

}  // namespace

Tensor unfold(const Tensor& x, int axis, std::int64_t size, std::int64_t step) {
  axis = axis_of("unfold", x, axis);
  if (size < 1 || size > x.shape()[axis] || step < 1)
    fail(
        "unfold: the size is {} and the step {}, but both must be positive, and axis {} of x, which is {}, has {} "
        "elements",
        size, step, axis, to_string(x.shape()), x.shape()[axis]);
  return windows_of(x, {axis, size, step});
}

}  // namespace heed
