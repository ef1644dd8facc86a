#include "shape.h"

#include <fmt/ranges.h>

#include "fail.h"

namespace heed {

std::string to_string(const Shape& shape) { return fmt::format("[{}]", fmt::join(shape.begin(), shape.end(), ", ")); }

void Shape::too_many_axes(std::size_t rank) { fail("a shape has at most {} axes, but {} were given", max_rank, rank); }

void Shape::too_many_elements(const Shape& shape) {
  fail("the lengths of the shape {} have a product that does not fit in 64 bits", to_string(shape));
}

}  // namespace heed
