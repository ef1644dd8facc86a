// Naive implementations of ops: a shape and doubles in row-major order, with one loop over the places of the result.
#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <vector>

namespace naive {

using Place = std::vector<std::int64_t>;

/// Thrown if the op must throw Error.
struct Refused {};
/// Thrown if a step would take too much work; it is skipped.
struct TooLarge {};

struct Array {
  Place shape;
  std::vector<double> values;
};

inline int rank_of(const Array& x) { return static_cast<int>(x.shape.size()); }
inline void refuse_if(bool refused) {
  if (refused) throw Refused{};
}

/// Returns the axis from 0.
int axis_of(std::int64_t axis, int rank);
/// Returns for each axis true if it is among `axes`; all are if none is given.
std::vector<bool> axes_of(const Place& axes, int rank);

std::int64_t elements_of(const Place& shape);
double at(const Array& x, const Place& place);

/// Calls body(place) for each place of the shape, in row-major order.
void each_place(const Place& shape, const std::function<void(const Place&)>& body);
/// y[place] = value(place).
Array generate(const Place& shape, const std::function<double(const Place&)>& value);
/// y[place] = fold(the elements of x for that place, in order); reduced axes keep length 1 or are removed.
Array reduce(const Array& x, const Place& axes, bool keep,
             const std::function<double(const std::vector<double>&)>& fold);
/// Replaces each line along the axis by change(line), which may have another length.
Array along(const Array& x, std::int64_t axis,
            const std::function<std::vector<double>(const std::vector<double>&)>& change);

/// Returns the shape that both broadcast to.
Place broadcast(const Place& a, const Place& b);
/// Returns x[place] for a place in a shape that x broadcasts to.
double repeated(const Array& x, const Place& place);

Array slice(const Array& x, std::int64_t axis, std::optional<std::int64_t> begin, std::optional<std::int64_t> end,
            std::int64_t step);
/// Windows of `size` elements with the given step, as a new last axis.
Array unfold(const Array& x, std::int64_t axis, std::int64_t size, std::int64_t step);
Array permute(const Array& x, const Place& order);
Array reshape(const Array& x, const Place& shape);
Array broadcast_to(const Array& x, const Place& shape);
Array concat(const std::vector<Array>& all, std::int64_t axis);
Array matmul(const Array& a, const Array& b);
/// Returns an array of this shape with x's elements, repeated cyclically. Refused if x has none.
Array cycle(const Array& x, const Place& shape);

/// Largest product of absolute nonzero factors since the last reset: an integer would wrap around.
inline double largest_product = 0;
double product(const std::vector<double>& factors);

/// Largest sum of absolute terms since the last reset: rounding errors are proportional to it.
inline double magnitude = 0;
double sum(const std::vector<double>& terms);

}  // namespace naive
