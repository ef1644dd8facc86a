// Steps that select or replace elements of a tensor.
#include "chooser.h"

namespace fuzz {

Step Chooser::select() {
  const std::int64_t along = axis(), n = length(along);
  const std::int64_t i = input_.once_in(16) ? input_.pick(-n - 1, n) : input_.pick(-n, std::max(-n, n - 1));
  return on_x(
      "select " + std::to_string(i) + " along " + std::to_string(along),
      [=](const Tensor& x) { return heed::select(x, static_cast<int>(along), i); },
      [=](const Array& x) {
        const auto the_axis = static_cast<std::size_t>(naive::axis_of(along, naive::rank_of(x)));
        const std::int64_t of = x.shape[the_axis];
        refuse_if(i < -of || i >= of);
        Array y = naive::along(
            x, along, [&](const Line& line) { return Line{line.at(static_cast<std::size_t>(i < 0 ? i + of : i))}; });
        y.shape.erase(y.shape.begin() + static_cast<std::ptrdiff_t>(the_axis));
        return y;
      });
}

Step Chooser::index_select() {
  const std::int64_t along = axis();
  const Array which = places({input_.pick(0, 4)}, length(along));
  return on_x(
      "index_select along " + std::to_string(along),
      [=](const Tensor& x) { return heed::index_select(x, static_cast<int>(along), indices_of(which)); },
      [=](const Array& x) {
        const auto the_axis = static_cast<std::size_t>(naive::axis_of(along, naive::rank_of(x)));
        check_places(which, x.shape[the_axis]);
        Place to = x.shape;
        to[the_axis] = which.shape[0];
        return naive::generate(to, [&](Place place) {
          place[the_axis] = static_cast<std::int64_t>(which.values[static_cast<std::size_t>(place[the_axis])]);
          return naive::at(x, place);
        });
      });
}

Place Chooser::part_of_x(std::int64_t along) {
  Place part = shape();
  const std::int64_t from_first = along < 0 ? along + rank() : along;
  for (std::int64_t i = 0; i < rank(); ++i) {
    std::int64_t& n = part[static_cast<std::size_t>(i)];
    n = i == from_first ? input_.pick(0, 4) : input_.once_in(4) ? input_.pick(0, n) : n;
  }
  return part;
}

Step Chooser::gather() {
  const std::int64_t along = axis();
  const Array which = places(part_of_x(along), length(along));
  return on_x(
      "gather " + text_of(which.shape) + " along " + std::to_string(along),
      [=](const Tensor& x) { return heed::gather(x, static_cast<int>(along), indices_of(which)); },
      [=](const Array& x) {
        const auto the_axis = static_cast<std::size_t>(naive::axis_of(along, naive::rank_of(x)));
        check_places(which, x.shape[the_axis]);
        return naive::generate(which.shape, [&](Place place) {
          place[the_axis] = static_cast<std::int64_t>(naive::at(which, place));
          return naive::at(x, place);
        });
      });
}

Step Chooser::mask() {
  const Array keep = naive::generate(shape(), [&](const Place&) { return static_cast<double>(input_.pick(0, 1)); });
  const auto mask_of = [keep] { return heed::not_equal(heed::tensor(keep.values, shape_of(keep.shape)), 0.0); };
  if (input_.once_in(2)) {
    return on_x(
        "masked_select", [=](const Tensor& x) { return heed::masked_select(x, mask_of()); },
        [=](const Array& x) {
          Array y{{}, {}};
          for (std::size_t i = 0; i < x.values.size(); ++i)
            if (keep.values[i] != 0) y.values.push_back(x.values[i]);
          y.shape = {static_cast<std::int64_t>(y.values.size())};
          return y;
        });
  }
  return on_two(
      "where", any(), [=](const Tensor& a, const Tensor& b) { return heed::where(mask_of(), a, b); },
      [=](const Array& a, const Array& b) {
        return naive::generate(
            naive::broadcast(naive::broadcast(keep.shape, a.shape), b.shape),
            [&](const Place& place) { return naive::repeated(naive::repeated(keep, place) != 0 ? a : b, place); });
      });
}

Step Chooser::slice() {
  const std::int64_t along = axis(), n = length(along);
  const auto begin = bound(n), end = bound(n);
  const std::int64_t step = input_.once_in(32) ? 0 : input_.once_in(2) ? input_.pick(-3, -1) : input_.pick(1, 3);
  return on_x(
      "slice along " + std::to_string(along) + " from " + (begin ? std::to_string(*begin) : "{}") + " to " +
          (end ? std::to_string(*end) : "{}") + " by " + std::to_string(step),
      [=](const Tensor& x) { return heed::slice(x, static_cast<int>(along), begin, end, step); },
      [=](const Array& x) { return naive::slice(x, along, begin, end, step); });
}

Step Chooser::slice_scatter() {
  const std::int64_t along = axis(), n = length(along);
  const auto begin = bound(n), end = bound(n);
  const std::int64_t step = input_.once_in(2) ? input_.pick(-3, -1) : input_.pick(1, 3);
  return on_two(
      "slice_scatter along " + std::to_string(along) + " by " + std::to_string(step), any(),
      [=](const Tensor& x, const Tensor& values) {
        return heed::slice_scatter(x, values, static_cast<int>(along), begin, end, step);
      },
      [=](Array x, const Array& values) {
        Array numbers{x.shape, {}};  // indices of the elements of x in the slice
        for (std::size_t i = 0; i < x.values.size(); ++i) numbers.values.push_back(static_cast<double>(i));
        const Array places = naive::slice(numbers, along, begin, end, step);
        const Array repeated = naive::broadcast_to(values, places.shape);
        for (std::size_t i = 0; i < places.values.size(); ++i)
          x.values[static_cast<std::size_t>(places.values[i])] = repeated.values[i];
        return x;
      });
}

Step Chooser::diagonal() {
  const std::int64_t offset = input_.pick(-2, 2), a = axis(), b = axis();
  return on_x(
      "diagonal " + std::to_string(offset) + " of " + std::to_string(a) + " and " + std::to_string(b),
      [=](const Tensor& x) { return heed::diagonal(x, offset, static_cast<int>(a), static_cast<int>(b)); },
      [=](const Array& x) {
        const auto rows = static_cast<std::size_t>(naive::axis_of(a, naive::rank_of(x))),
                   columns = static_cast<std::size_t>(naive::axis_of(b, naive::rank_of(x)));
        refuse_if(rows == columns);
        const std::int64_t down = std::max<std::int64_t>(-offset, 0), right = std::max<std::int64_t>(offset, 0);
        Place to;
        for (std::size_t i = 0; i < x.shape.size(); ++i)
          if (i != rows && i != columns) to.push_back(x.shape[i]);
        to.push_back(std::max<std::int64_t>(std::min(x.shape[rows] - down, x.shape[columns] - right), 0));
        return naive::generate(to, [&](const Place& place) {
          Place from(x.shape.size());
          for (std::size_t i = 0, next = 0; i < from.size(); ++i)
            if (i != rows && i != columns) from[i] = place[next++];
          from[rows] = place.back() + down;
          from[columns] = place.back() + right;
          return naive::at(x, from);
        });
      });
}

Step Chooser::triangle() {
  const bool lower = input_.once_in(2);
  const std::int64_t diagonal = input_.pick(-3, 3);
  return on_x((lower ? "tril " : "triu ") + std::to_string(diagonal),
              [=](const Tensor& x) { return lower ? heed::tril(x, diagonal) : heed::triu(x, diagonal); },
              [=](const Array& x) {
                refuse_if(x.shape.size() < 2);
                return naive::generate(x.shape, [&](const Place& place) {
                  const std::int64_t right = place.back() - place[place.size() - 2] - diagonal;
                  return (lower ? right <= 0 : right >= 0) ? naive::at(x, place) : 0;
                });
              });
}

Step Chooser::unfold() {
  const std::int64_t along = axis(), size = input_.pick(input_.once_in(16) ? -1 : 1, 3),
                     step = input_.pick(input_.once_in(16) ? 0 : 1, 3);
  return on_x(
      "unfold " + std::to_string(size) + " by " + std::to_string(step) + " along " + std::to_string(along),
      [=](const Tensor& x) { return heed::unfold(x, static_cast<int>(along), size, step); },
      [=](const Array& x) { return naive::unfold(x, along, size, step); });
}

}  // namespace fuzz
