// The ops once more, plainly: over a shape and doubles in row-major order, one loop over the places of the result.
#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <vector>

namespace naive {

using Place = std::vector<std::int64_t>;

/// What the op must refuse with an Error.
struct Refused {};
/// What is more work than a step of a fuzzed program should be: it is left out.
struct TooLarge {};

struct Array {
  Place shape;
  std::vector<double> values;
};

inline int rank_of(const Array& x) { return static_cast<int>(x.shape.size()); }
inline void refuse_if(bool refused) {
  if (refused) throw Refused{};
}

/// The axis from 0.
int axis_of(std::int64_t axis, int rank);
/// For each axis whether it is among them; all are if none is given.
std::vector<bool> axes_of(const Place& axes, int rank);

std::int64_t elements_of(const Place& shape);
double at(const Array& x, const Place& place);

/// Calls body(place) for each place of the shape, in row-major order.
void each_place(const Place& shape, const std::function<void(const Place&)>& body);
/// y[place] = value(place).
Array generate(const Place& shape, const std::function<double(const Place&)>& value);
/// y[place] = fold(the elements of x that go there, in order), with the reduced axes kept or not.
Array reduce(const Array& x, const Place& axes, bool keep,
             const std::function<double(const std::vector<double>&)>& fold);
/// Each line along the axis, replaced by what `change` makes of it, which may have another length.
Array along(const Array& x, std::int64_t axis,
            const std::function<std::vector<double>(const std::vector<double>&)>& change);

/// The shape that both are repeated to.
Place broadcast(const Place& a, const Place& b);
/// x[place] for a place in a shape that x is repeated to.
double repeated(const Array& x, const Place& place);

Array slice(const Array& x, std::int64_t axis, std::optional<std::int64_t> begin, std::optional<std::int64_t> end,
            std::int64_t step);
/// Windows of `size` elements, one at each `step`, as a new last axis.
Array unfold(const Array& x, std::int64_t axis, std::int64_t size, std::int64_t step);
Array permute(const Array& x, const Place& order);
Array reshape(const Array& x, const Place& shape);
Array broadcast_to(const Array& x, const Place& shape);
Array concat(const std::vector<Array>& all, std::int64_t axis);
Array matmul(const Array& a, const Array& b);
/// A tensor of this shape with x's elements, again and again. Refused if x has none.
Array cycle(const Array& x, const Place& shape);

/// The largest product of absolute factors, 0 left out, since it was set to 0: an integer would wrap around.
inline double largest_product = 0;
double product(const std::vector<double>& factors);

/// The largest sum of absolute terms since it was set to 0: rounding errors are in proportion to it.
inline double magnitude = 0;
double sum(const std::vector<double>& terms);

}  // namespace naive
