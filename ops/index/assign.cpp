#include "assign.h"

#include "../../graph/create.h"
#include "../../graph/fail.h"
#include "../kernels/elementwise.h"
#include "../math/compare.h"
#include "../shape/view.h"
#include "../support/elementwise.h"
#include "../support/strided.h"
#include "where.h"

namespace heed {
using namespace heed::detail;

namespace {

/// Name of a write, and of the recorded alternatives.
struct Write {
  const char* op;
  const char* instead;
};

void check_target(const Write& write, const Tensor& target) {
  const detail::TensorBody& body = detail::body_of(target);
  if (body.node && target.requires_grad())
    fail(
        "{}: the target {} was computed by {}, whose gradient would be wrong after a write in place; use {}, "
        "or write into its detach()",
        write.op, to_string(target.shape()), body.node->name, write.instead);
  if (target.requires_grad() && ambient().grad)
    fail("{}: the target {} requires a gradient, so it can be written in place only inside no_grad; use {}", write.op,
         to_string(target.shape()), write.instead);
  if (may_overlap(target))
    fail("{}: the target {} has strides {}, so its elements may overlap in memory; write into contiguous(x)", write.op,
         to_string(target.shape()), to_string(target.strides()));
}

/// Returns the values in the target's shape, copied if they share memory with the target.
Tensor checked_values(const Write& write, const Tensor& target, const Tensor& values) {
  check_same_dtype(write.op, "the target", target, "values", values);
  if (values.requires_grad() && ambient().grad) {
    const detail::Node* node = detail::body_of(values).node;
    if (node)
      fail(
          "{}: the values {} were computed by {}, whose gradient would be lost, as a write in place is not recorded; "
          "use {}, or detach them",
          write.op, to_string(values.shape()), node->name, write.instead);
    fail(
        "{}: the values {} require a gradient, which would be lost, as a write in place is not recorded; use {}, or "
        "detach them",
        write.op, to_string(values.shape()), write.instead);
  }
  if (broadcast(write.op, "the target", target.shape(), "values", values.shape()) != target.shape())
    fail("{}: the target is {}, to which values, {}, cannot be broadcast", write.op, to_string(target.shape()),
         to_string(values.shape()));
  NoGrad scope;
  Tensor given = broadcast_to(values.detach(), target.shape());
  if (detail::body_of(given).storage != detail::body_of(target).storage) return given;
  Tensor copy = empty(given.shape(), given.dtype());
  copy_elements(given, copy);
  return copy;
}

/// Writes checked values to a checked target.
void store(const Write& write, const Tensor& target, const Tensor& values) {
  (void)overwrite<std::byte>(target, write.op);
  copy_elements(values, target);
}

const Tensor& update(const Write& write, const Tensor& target, const Tensor& values, kernels::Binary f) {
  check_target(write, target);
  const Tensor given = checked_values(write, target, values);
  if (f == kernels::Binary::divide && !is_floating(target.dtype()))
    wrong_dtype(write.op, target.dtype(), "float32 or float64");
  with_number(write.op, target.dtype(), [&]<class T>() {
    if (!target.is_contiguous()) return store(write, target, map(write.op, target.detach(), given, f));
    const auto kernel = kernels::get<kernels::NumberKernels<T>>().binary[f];
    const T* from = read<T>(given);
    T* to = overwrite<T>(target, write.op);
    const Runs<1> runs(target.shape(), {given.strides()});
    runs.each(0.3, [&](auto at, std::int64_t out, std::int64_t n) {
      kernel({to + out, 1}, {from + at[0], runs.stride(0)}, to + out, n);
    });
  });
  return target;
}

Tensor number(const Write& write, const Tensor& target, Number value) {
  return detail::full_for(write.op, {}, value, target.dtype());
}

constexpr Write assigned{"assign", "where or slice_scatter"}, chosen{"assign_where", "where or masked_fill"},
    added{"+=", "x = x + y"}, subtracted{"-=", "x = x - y"}, multiplied{"*=", "x = x * y"}, divided{"/=", "x = x / y"};

}  // namespace

void assign(const Tensor& target, const Tensor& values) {
  check_target(assigned, target);
  store(assigned, target, checked_values(assigned, target, values));
}

void assign(const Tensor& target, Number value) { assign(target, number(assigned, target, value)); }

void assign_where(const Tensor& target, const Tensor& mask, const Tensor& values) {
  check_target(chosen, target);
  const Tensor given = checked_values(chosen, target, values);
  if (mask.dtype() != boolean)
    fail("assign_where: the mask is {} {}, but it must be bool", name(mask.dtype()), to_string(mask.shape()));
  if (broadcast("assign_where", "the target", target.shape(), "the mask", mask.shape()) != target.shape())
    fail("assign_where: the target is {}, to which the mask, {}, cannot be broadcast", to_string(target.shape()),
         to_string(mask.shape()));
  store(chosen, target, no_grad([&] { return where(mask, given, target.detach()); }));
}

void assign_where(const Tensor& target, const Tensor& mask, Number value) {
  assign_where(target, mask, number(chosen, target, value));
}

const Tensor& operator+=(const Tensor& target, const Tensor& values) {
  return update(added, target, values, kernels::Binary::add);
}
const Tensor& operator-=(const Tensor& target, const Tensor& values) {
  return update(subtracted, target, values, kernels::Binary::subtract);
}
const Tensor& operator*=(const Tensor& target, const Tensor& values) {
  return update(multiplied, target, values, kernels::Binary::multiply);
}
const Tensor& operator/=(const Tensor& target, const Tensor& values) {
  return update(divided, target, values, kernels::Binary::divide);
}
const Tensor& operator+=(const Tensor& target, Number value) { return target += number(added, target, value); }
const Tensor& operator-=(const Tensor& target, Number value) { return target -= number(subtracted, target, value); }
const Tensor& operator*=(const Tensor& target, Number value) { return target *= number(multiplied, target, value); }
const Tensor& operator/=(const Tensor& target, Number value) { return target /= number(divided, target, value); }

}  // namespace heed
