#include "softmax.h"

#include <limits>

#include "../../graph/create.h"
#include "../index/where.h"
#include "../kernels/softmax.h"
#include "../reduce/reduce.h"
#include "../shape/view.h"
#include "../support/axes.h"
#include "../support/elementwise.h"
#include "../support/reduction.h"
#include "../support/rows.h"
#include "arithmetic.h"
#include "compare.h"
#include "exponentials.h"
#include "logical.h"

namespace heed {
using namespace heed::detail;

namespace {

// Approximate nanoseconds per element; they only determine how finely rows are cut.
constexpr double forward_cost = 0.6, backward_cost = 0.4;

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Calls body(size, first) for blocks of rows along the last axis. Each task writes separate rows.
template <class Body>
void each_block(const Shape& shape, double nanoseconds, const Body& body) {
  const std::int64_t width = shape[-1], rows = width > 0 ? shape.elements() / width : 0;
  parallel(rows, nanoseconds * static_cast<double>(width) + 10,
           [&](Range part) { body(kernels::Block{part.size(), width}, part.begin); });
}

/// y = kernel(x)
template <class KernelOf>
Tensor forward(const char* op, const Tensor& x, const KernelOf& kernel_of) {
  return with_floating(op, x.dtype(), [&]<class T>() {
    Tensor y = empty(x.shape(), x.dtype());
    const Tensor x_rows = as_rows(x);
    const auto input = read_rows<T>(x_rows);
    const auto output = fill_rows<T>(y);
    const auto kernel = kernel_of(kernels::get<kernels::SoftmaxKernels<T>>());
    each_block(x.shape(), forward_cost,
               [&](kernels::Block size, std::int64_t first) { kernel(size, from(input, first), from(output, first)); });
    return y;
  });
}

/// dx = kernel(y, dy)
template <class KernelOf>
Tensor backward(const char* op, const Tensor& y, const Tensor& dy, const KernelOf& kernel_of) {
  return with_floating(op, y.dtype(), [&]<class T>() {
    Tensor dx = empty(y.shape(), y.dtype());
    const Tensor y_rows = as_rows(y), dy_rows = as_rows(dy);
    const auto saved = read_rows<T>(y_rows), given = read_rows<T>(dy_rows);
    const auto output = fill_rows<T>(dx);
    const auto kernel = kernel_of(kernels::get<kernels::SoftmaxKernels<T>>());
    each_block(y.shape(), backward_cost, [&](kernels::Block size, std::int64_t first) {
      kernel(size, from(saved, first), from(given, first), from(output, first));
    });
    return dx;
  });
}

/// y: [rows]
Tensor logsumexp_rows(const Tensor& x, const Shape& shape) {
  return with_floating("logsumexp", x.dtype(), [&]<class T>() {
    Tensor y = empty(shape, x.dtype());
    const Tensor x_rows = as_rows(x);
    const auto input = read_rows<T>(x_rows);
    T* output = fill<T>(y);
    const std::int64_t width = x.shape()[-1];
    parallel(y.elements(), forward_cost * static_cast<double>(width) + 10, [&](Range part) {
      kernels::get<kernels::SoftmaxKernels<T>>().logsumexp({part.size(), width}, from(input, part.begin),
                                                           output + part.begin);
    });
    return y;
  });
}

Tensor logsumexp_backward(const Tensor& x, const Tensor& dy) {
  return with_floating("logsumexp", x.dtype(), [&]<class T>() {
    Tensor dx = empty(x.shape(), x.dtype());
    const Tensor x_rows = as_rows(x), dy_in_order = contiguous(dy);
    const auto input = read_rows<T>(x_rows);
    const auto output = fill_rows<T>(dx);
    const T* given = read<T>(dy_in_order);
    each_block(x.shape(), backward_cost, [&](kernels::Block size, std::int64_t first) {
      kernels::get<kernels::SoftmaxKernels<T>>().logsumexp_backward(size, from(input, first), given + first,
                                                                    from(output, first));
    });
    return dx;
  });
}

/// Returns x, where rows with infinities have 0 in their places and -infinity in the others: the softmax is then the
/// limit, not NaN.
Tensor finite_beside_infinity(const Tensor& x) {
  const Tensor plain = x.detach(), infinite = equal(plain, infinity), has_infinity = any(infinite, {-1}, true);
  if (!any(infinite).item<bool>()) return x;
  const Tensor limit = where(infinite, zeros({}, x.dtype()), full({}, -infinity, x.dtype()));
  return where(has_infinity & equal(plain, plain), limit, x);
}

bool is_last(const Tensor& x, int axis) { return axis == x.rank() - 1; }

}  // namespace

Tensor softmax(const Tensor& x, int axis) {
  axis = axis_of("softmax", x, axis);
  if (!is_last(x, axis)) return transpose(softmax(transpose(x, axis, -1)), axis, -1);
  Tensor y = forward("softmax", x, [](auto& kernels) { return kernels.softmax; });
  return differentiable("softmax", {x}, y,
                        fused_gradient(
                            y,
                            [](const Tensor& dy, const Tensor& p) {
                              return backward("softmax", p, dy, [](auto& kernels) { return kernels.softmax_backward; });
                            },
                            [](const Tensor& dy, const Tensor& p) { return p * (dy - sum(dy * p, {-1}, true)); }));
}

Tensor log_softmax(const Tensor& x, int axis) {
  axis = axis_of("log_softmax", x, axis);
  if (!is_last(x, axis)) return transpose(log_softmax(transpose(x, axis, -1)), axis, -1);
  Tensor y = forward("log_softmax", x, [](auto& kernels) { return kernels.log_softmax; });
  return differentiable("log_softmax", {x}, y,
                        fused_gradient(
                            y,
                            [](const Tensor& dy, const Tensor& l) {
                              return backward("log_softmax", l, dy,
                                              [](auto& kernels) { return kernels.log_softmax_backward; });
                            },
                            [](const Tensor& dy, const Tensor& l) { return dy - exp(l) * sum(dy, {-1}, true); }));
}

Tensor logsumexp(const Tensor& x, const Axes& axes, bool keepdims) {
  const unsigned over = axes_of("logsumexp", x, axes);
  Shape shape = reduced_shape(x.shape(), over, keepdims);
  if (x.rank() == 0 || over != 1u << (x.rank() - 1)) return reshape(logsumexp(axes_to_last(x, over)), shape);
  Tensor y = logsumexp_rows(x, shape);
  return differentiable("logsumexp", {x}, y,
                        fused_gradient(
                            x, [](const Tensor& dy, const Tensor& v) { return logsumexp_backward(v, dy); },
                            [](const Tensor& dy, const Tensor& v) {
                              Shape kept = v.shape();
                              kept[-1] = 1;
                              return softmax(finite_beside_infinity(v)) * reshape(dy, kept);
                            }));
}

}  // namespace heed
