#include "channel_norm.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "../../graph/ambient.h"
#include "../../graph/fail.h"
#include "../../graph/support/expect_number.h"
#include "../math/arithmetic.h"
#include "../math/powers.h"
#include "../reduce/reduce.h"
#include "../shape/view.h"
#include "../support/elementwise.h"
#include "../support/strided.h"
#include "layer_norm.h"

namespace heed {
using namespace heed::detail;

namespace {

void check_channels(const char* op, const Tensor& x) {
  if (x.rank() < 2) fail("{}: x is {}, but it must be [batch, channels, ...]", op, to_string(x.shape()));
  if (!is_floating(x.dtype())) wrong_dtype(op, x.dtype(), "float32 or float64");
}

void check_by_channel(const char* op, const char* name_of, const Tensor& values, const Tensor& x) {
  if (values && (values.shape() != Shape{x.size(1)} || values.dtype() != x.dtype()))
    fail("{}: {} is {} {} and x is {} {}, but {} must be {} [{}]", op, name_of, name(values.dtype()),
         to_string(values.shape()), name(x.dtype()), to_string(x.shape()), name_of, name(x.dtype()), x.size(1));
}

/// Updates a running value, which may be a view of a larger tensor, in place.
void move_towards(const Tensor& running, const Tensor& of_batch, double momentum) {
  overwrite_elements("batch_norm", running, running.detach() + (of_batch - running.detach()) * momentum);
}

void check_writable(const char* name_of, const Tensor& running) {
  if (may_overlap(running))
    fail("batch_norm: {} is {} with strides {}, so its elements may overlap in memory; give a contiguous tensor",
         name_of, to_string(running.shape()), to_string(running.strides()));
  if (running.requires_grad())
    fail("batch_norm: {} requires a gradient, but it is updated in place, which is not recorded; give its detach()",
         name_of);
}

/// Throws Error if running values, which are updated in place, share elements with another tensor.
void check_apart(const char* name_of, const Tensor& running, const char* name_of_other, const Tensor& other) {
  if (!other || detail::body_of(running).storage != detail::body_of(other).storage) return;
  const std::int64_t size = bytes(running.dtype());
  std::vector<const std::byte*, arena::Allocator<const std::byte*>> places;
  for (std::int64_t i = 0; i < running.elements(); ++i)
    places.push_back(detail::body_of(running).data + i * running.strides()[0] * size);
  std::sort(places.begin(), places.end());
  const Runs<1> runs(other.shape(), {other.strides()});
  for (std::int64_t row = 0; row < runs.rows(); ++row)
    for (std::int64_t i = 0; i < runs.length(); ++i)
      if (std::binary_search(places.begin(), places.end(),
                             detail::body_of(other).data + (runs.offset(0, row) + i * runs.stride(0)) * size))
        fail("batch_norm: {} and {} share elements, but {} is updated in place; give separate tensors", name_of,
             name_of_other, name_of);
}

/// Reshapes [channels] to broadcast with x: [channels, 1, ...].
Tensor by_channel(const Tensor& values, const Tensor& x) {
  Shape shape{values.elements()};
  for (int axis = 2; axis < x.rank(); ++axis) shape.push_back(1);
  return reshape(values, shape);
}

Tensor scaled(Tensor h, const Tensor& scale, const Tensor& bias) {
  if (scale) h = h * by_channel(scale, h);
  return bias ? h + by_channel(bias, h) : h;
}

}  // namespace

Tensor group_norm(const Tensor& x, Size groups, const Tensor& scale, const Tensor& bias, double epsilon) {
  check_channels("group_norm", x);
  check_by_channel("group_norm", "scale", scale, x);
  check_by_channel("group_norm", "bias", bias, x);
  const std::int64_t batch = x.size(0), channels = x.size(1);
  if (groups < 1 || channels % groups != 0)
    fail("group_norm: x is {}, but its {} channels cannot be cut into {} groups", to_string(x.shape()), channels,
         groups.value);
  expect_not_negative("group_norm", "epsilon", epsilon);
  std::int64_t width = channels / groups;
  for (int axis = 2; axis < x.rank(); ++axis) width *= x.size(axis);
  const Tensor h = layer_norm(reshape(x, {batch * groups, width}), {}, {}, epsilon);
  return scaled(reshape(h, x.shape()), scale, bias);
}

Tensor batch_norm(const Tensor& x, const Tensor& running_mean, const Tensor& running_variance, const Tensor& scale,
                  const Tensor& bias, const BatchNormOptions& options) {
  check_channels("batch_norm", x);
  check_by_channel("batch_norm", "running_mean", running_mean, x);
  check_by_channel("batch_norm", "running_variance", running_variance, x);
  check_by_channel("batch_norm", "scale", scale, x);
  check_by_channel("batch_norm", "bias", bias, x);
  if (bool(running_mean) != bool(running_variance))
    fail("batch_norm: running_mean and running_variance must be given together, or neither");
  if (options.training && running_mean) {
    check_writable("running_mean", running_mean);
    check_writable("running_variance", running_variance);
    check_apart("running_mean", running_mean, "running_variance", running_variance);
    for (const auto& [name, tracked] :
         {std::pair("running_mean", &running_mean), {"running_variance", &running_variance}}) {
      check_apart(name, *tracked, "x", x);
      check_apart(name, *tracked, "scale", scale);
      check_apart(name, *tracked, "bias", bias);
    }
  }
  if (!(options.momentum >= 0 && options.momentum <= 1))
    fail("batch_norm: the momentum is {}, but it must be between 0 and 1", options.momentum);
  expect_not_negative("batch_norm", "epsilon", options.epsilon);
  if (!options.training && running_mean) {
    const Tensor stddev = sqrt(running_variance + options.epsilon);
    return scaled((x - by_channel(running_mean, x)) / by_channel(stddev, x), scale, bias);
  }
  const std::int64_t channels = x.size(1), each = channels > 0 ? x.elements() / channels : 0;
  if (options.training && each < 2 && channels > 0)
    fail("batch_norm: x is {}, but to train each channel must have at least 2 elements", to_string(x.shape()));
  Shape by_row = x.shape();
  by_row[0] = channels;
  by_row[1] = x.size(0);
  const Tensor rows = reshape(transpose(x, 0, 1), {channels, each});
  if (options.training && running_mean && !is_recomputing()) {  // once, even if an activation checkpoint recomputes it
    NoGrad scope;
    const Tensor of_batch = mean(rows, 1, true), centred = rows - of_batch;
    const Tensor variance = sum(centred * centred, 1) / static_cast<double>(each - 1);
    move_towards(running_mean, reshape(of_batch, {channels}), options.momentum);
    move_towards(running_variance, variance, options.momentum);
  }
  const Tensor h = layer_norm(rows, {}, {}, options.epsilon);
  return scaled(transpose(reshape(h, by_row), 0, 1), scale, bias);
}

}  // namespace heed
