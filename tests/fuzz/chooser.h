// Chooses random ops and arguments.
#pragma once

#include <heed/heed.h>

#include <algorithm>

#include "steps.h"

namespace fuzz {

using heed::Shape;
using heed::Tensor;
using naive::Array;
using naive::Place;
using naive::refuse_if;

using Line = std::vector<double>;

inline Shape shape_of(const Place& place) { return Shape(std::span<const std::int64_t>(place)); }
inline heed::Axes axes_of(const Place& place) {
  heed::Axes axes;
  for (const std::int64_t axis : place) axes.push_back(static_cast<int>(axis));
  return axes;
}
/// Returns a tensor of this shape with x's elements, repeated cyclically.
inline Tensor cycle(const Tensor& x, const Place& shape) {
  const std::int64_t n = naive::elements_of(shape);
  std::vector<std::int64_t> numbers;
  for (std::int64_t i = 0; i < n; ++i) numbers.push_back(x.elements() > 0 ? i % x.elements() : 0);
  return heed::take(x, heed::tensor(numbers, shape_of(shape)));
}
inline Tensor indices_of(const Array& places) {
  std::vector<std::int64_t> numbers;
  for (const double place : places.values) numbers.push_back(static_cast<std::int64_t>(place));
  return heed::tensor(numbers, shape_of(places.shape));
}

/// Chooses steps with arguments for the registers' shapes.
class Chooser {
 public:
  /// Inputs are chosen from the registers in `among`.
  Chooser(Input& input, const std::vector<Place>& shapes, std::vector<std::size_t> among)
      : input_(input), shapes_(shapes), among_(std::move(among)), x_(any()) {}

  Step step();
  Write write();

 private:
  std::size_t any() {
    return among_[static_cast<std::size_t>(input_.pick(0, static_cast<std::int64_t>(among_.size()) - 1))];
  }
  /// Returns a register with the shape of x, or any.
  std::size_t like_x() {
    const std::size_t from = any();
    if (input_.once_in(8)) return from;
    // The next one after it, cyclically.
    std::size_t found = from, least = shapes_.size();
    for (const std::size_t one : among_) {
      const std::size_t distance = (one + shapes_.size() - from) % shapes_.size();
      if (shapes_[one] != shapes_[x_] || distance >= least) continue;
      found = one;
      least = distance;
    }
    return found;
  }
  const Place& shape() const { return shapes_[x_]; }
  std::int64_t rank() const { return static_cast<std::int64_t>(shape().size()); }
  /// Returns usually an axis of x, from the first or from the last; sometimes an invalid one.
  std::int64_t axis() {
    if (rank() == 0 || input_.once_in(32)) return input_.pick(-6, 5);
    return input_.pick(-rank(), rank() - 1);
  }
  std::int64_t length(std::int64_t of_axis) const {
    if (of_axis < 0) of_axis += rank();
    return of_axis < 0 || of_axis >= rank() ? 1 : shape()[static_cast<std::size_t>(of_axis)];
  }
  Place axes() {
    Place some;
    for (std::int64_t i = input_.pick(0, 3); i-- > 0;) {
      const std::int64_t one = axis();
      if (input_.once_in(16) || std::find(some.begin(), some.end(), one) == some.end()) some.push_back(one);
    }
    return some;
  }
  std::optional<std::int64_t> bound(std::int64_t of_length) {
    if (input_.once_in(3)) return {};
    return input_.pick(-of_length - 2, of_length + 2);
  }
  /// Returns indices into an axis of this length, sometimes out of range.
  Array places(const Place& of_shape, std::int64_t count) {
    return naive::generate(of_shape, [&](const Place&) {
      return static_cast<double>(input_.once_in(64) ? input_.pick(-2, count + 1)
                                                    : input_.pick(0, std::max<std::int64_t>(count - 1, 0)));
    });
  }
  static std::size_t index(double place, std::int64_t count) {
    refuse_if(place < 0 || place >= static_cast<double>(count));
    return static_cast<std::size_t>(place);
  }
  /// Refuses indices out of range, even if no element uses them.
  static void check_places(const Array& all, std::int64_t count) {
    for (const double place : all.values) index(place, count);
  }

  template <class Heed, class Naive>
  Step on_x(std::string text, Heed heed_op, Naive naive_op) {
    return {std::move(text),
            {x_},
            [heed_op](const Tensors& x) { return heed_op(x[0]); },
            [naive_op](const Arrays& x) { return naive_op(x[0]); }};
  }
  template <class Heed, class Naive>
  Step on_two(std::string text, std::size_t other, Heed heed_op, Naive naive_op) {
    return {std::move(text),
            {x_, other},
            [heed_op](const Tensors& x) { return heed_op(x[0], x[1]); },
            [naive_op](const Arrays& x) { return naive_op(x[0], x[1]); }};
  }

  static Step taking(Takes takes, Step step) {
    step.takes = takes;
    return step;
  }
  /// Returns a step whose result has another dtype: it is cast back, and has no gradient.
  static Step flat(Step step, Takes takes = Takes::numbers) {
    step.heed_op = [op = std::move(step.heed_op)](const Tensors& x) { return heed::cast(op(x), x[0].dtype()); };
    step.is_flat = true;
    return taking(takes, std::move(step));
  }

  Step unary();
  Step binary();
  Step reduction();
  static double logsumexp(const Line& x);
  Step slice();
  Step select();
  Step transpose();
  Step permute();
  Step broadcast();
  Step reshape();
  Step flip();
  Step concat();
  Step stack();
  Step unsqueeze();
  Step squeeze();
  Step roll();
  Step index_select();
  /// Returns a shape at most as large as x's, but of any length along the axis.
  Place part_of_x(std::int64_t along);
  Step gather();
  Step scatter_add();
  Step index_add();
  Step matmul();
  Step softmax();
  Step scan();
  Step triangle();
  Step diagonal();
  Step pad();
  Step repeat();
  Step tile();
  Step contiguous();
  Step slice_scatter();
  Step mask();
  Step sort();
  Step flatten();
  Step unfold();
  Step einsum();
  Step convolution();
  Step attention();
  Step comparison();
  Step rank_along();
  Step nonzero();
  Step one_hot();
  Step bincount();
  Step gather_by();

  Input& input_;
  const std::vector<Place>& shapes_;
  const std::vector<std::size_t> among_;
  const std::size_t x_;
};

}  // namespace fuzz
