#include "naive.h"

#include <algorithm>

namespace naive {

int axis_of(std::int64_t axis, int rank) {
  if (axis < 0) axis += rank;
  refuse_if(axis < 0 || axis >= rank);
  return static_cast<int>(axis);
}

std::vector<bool> axes_of(const Place& axes, int rank) {
  std::vector<bool> among(static_cast<std::size_t>(rank), axes.empty());
  for (const std::int64_t axis : axes) {
    const auto i = static_cast<std::size_t>(axis_of(axis, rank));
    refuse_if(among[i]);
    among[i] = true;
  }
  return among;
}

std::int64_t elements_of(const Place& shape) {
  std::int64_t product = 1;
  for (const std::int64_t length : shape) product *= length;
  return product;
}

double at(const Array& x, const Place& place) {
  std::int64_t offset = 0;
  for (std::size_t axis = 0; axis < place.size(); ++axis) offset = offset * x.shape[axis] + place[axis];
  return x.values.at(static_cast<std::size_t>(offset));
}

void each_place(const Place& shape, const std::function<void(const Place&)>& body) {
  Place place(shape.size(), 0);
  for (std::int64_t i = 0; i < elements_of(shape); ++i) {
    std::int64_t rest = i;
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      place[axis] = rest % shape[axis];
      rest /= shape[axis];
    }
    body(place);
  }
}

Array generate(const Place& shape, const std::function<double(const Place&)>& value) {
  refuse_if(shape.size() > 8);
  if (elements_of(shape) > 1024) throw TooLarge{};
  Array y{shape, {}};
  each_place(shape, [&](const Place& place) { y.values.push_back(value(place)); });
  return y;
}

Array reduce(const Array& x, const Place& axes, bool keep,
             const std::function<double(const std::vector<double>&)>& fold) {
  const std::vector<bool> reduced = axes_of(axes, rank_of(x));
  Place kept, inner;  // the inner shape has length 1 where an axis is not reduced
  for (std::size_t axis = 0; axis < reduced.size(); ++axis) {
    if (!reduced[axis]) kept.push_back(x.shape[axis]);
    if (reduced[axis] && keep) kept.push_back(1);
    inner.push_back(reduced[axis] ? x.shape[axis] : 1);
  }
  return generate(kept, [&](const Place& place) {
    std::vector<double> elements;
    each_place(inner, [&](const Place& within) {
      Place from = within;
      for (std::size_t axis = 0, next = 0; axis < reduced.size(); ++axis) {
        if (!reduced[axis]) from[axis] = place[next];
        if (!reduced[axis] || keep) ++next;
      }
      elements.push_back(at(x, from));
    });
    return fold(elements);
  });
}

Array along(const Array& x, std::int64_t axis,
            const std::function<std::vector<double>(const std::vector<double>&)>& change) {
  const auto the_axis = static_cast<std::size_t>(axis_of(axis, rank_of(x)));
  const auto line_at = [&](Place place) {
    std::vector<double> line;
    for (place[the_axis] = 0; place[the_axis] < x.shape[the_axis]; ++place[the_axis]) line.push_back(at(x, place));
    return change(line);
  };
  Place shape = x.shape;
  shape[the_axis] =
      static_cast<std::int64_t>(change(std::vector<double>(static_cast<std::size_t>(x.shape[the_axis]), 0.0)).size());
  return generate(shape, [&](const Place& place) { return line_at(place)[static_cast<std::size_t>(place[the_axis])]; });
}

Place broadcast(const Place& a, const Place& b) {
  Place shape(std::max(a.size(), b.size()), 1);
  for (std::size_t i = 1; i <= shape.size(); ++i) {
    const std::int64_t of_a = i <= a.size() ? a[a.size() - i] : 1, of_b = i <= b.size() ? b[b.size() - i] : 1;
    refuse_if(of_a != of_b && of_a != 1 && of_b != 1);
    shape[shape.size() - i] = of_a == 1 ? of_b : of_a;
  }
  return shape;
}

double repeated(const Array& x, const Place& place) {
  Place from(x.shape.size());
  for (std::size_t i = 1; i <= from.size(); ++i)
    from[from.size() - i] = x.shape[from.size() - i] == 1 ? 0 : place[place.size() - i];
  return at(x, from);
}

Array slice(const Array& x, std::int64_t axis, std::optional<std::int64_t> begin, std::optional<std::int64_t> end,
            std::int64_t step) {
  refuse_if(step == 0);
  return along(x, axis, [&](const std::vector<double>& line) {
    const auto length = static_cast<std::int64_t>(line.size());
    const std::int64_t low = step > 0 ? 0 : -1, high = step > 0 ? length : length - 1;
    const auto cut = [&](std::int64_t i) { return std::clamp(i < 0 ? i + length : i, low, high); };
    const std::int64_t first = begin ? cut(*begin) : step > 0 ? low : high;
    const std::int64_t last = end ? cut(*end) : step > 0 ? high : low;
    std::vector<double> taken;
    for (std::int64_t i = first; step > 0 ? i < last : i > last; i += step)
      taken.push_back(line.at(static_cast<std::size_t>(i)));
    return taken;
  });
}

Array unfold(const Array& x, std::int64_t axis, std::int64_t size, std::int64_t step) {
  const auto the_axis = static_cast<std::size_t>(axis_of(axis, rank_of(x)));
  refuse_if(size < 1 || step < 1 || size > x.shape[the_axis]);
  Place to = x.shape;
  to[the_axis] = (x.shape[the_axis] - size) / step + 1;
  to.push_back(size);
  return generate(to, [&](Place place) {
    const std::int64_t within = place.back();
    place.pop_back();
    place[the_axis] = place[the_axis] * step + within;
    return at(x, place);
  });
}

Array permute(const Array& x, const Place& order) {
  refuse_if(order.size() != x.shape.size());
  std::vector<bool> used(order.size(), false);
  Place shape, axes;
  for (const std::int64_t axis : order) {
    const int from = axis_of(axis, rank_of(x));
    refuse_if(used[static_cast<std::size_t>(from)]);
    used[static_cast<std::size_t>(from)] = true;
    axes.push_back(from);
    shape.push_back(x.shape[static_cast<std::size_t>(from)]);
  }
  return generate(shape, [&](const Place& place) {
    Place from(place.size());
    for (std::size_t axis = 0; axis < axes.size(); ++axis) from[static_cast<std::size_t>(axes[axis])] = place[axis];
    return at(x, from);
  });
}

Array reshape(const Array& x, const Place& shape) {
  Place made = shape;
  std::int64_t known = 1, open = 0;
  for (const std::int64_t length : shape) {
    refuse_if(length < -1);
    length == -1 ? ++open : known *= length;
  }
  const std::int64_t elements = elements_of(x.shape);
  // A length of -1 next to a length of 0 is 0 too.
  refuse_if(open > 1 || (open == 1 && known > 0 && elements % known != 0) || (known != elements && open * known == 0));
  for (std::int64_t& length : made)
    if (length == -1) length = known > 0 ? elements / known : 0;
  return {made, x.values};
}

Array broadcast_to(const Array& x, const Place& shape) {
  for (const std::int64_t length : shape) refuse_if(length < 0);
  refuse_if(broadcast(x.shape, shape) != shape);
  return generate(shape, [&](const Place& place) { return repeated(x, place); });
}

Array concat(const std::vector<Array>& all, std::int64_t axis) {
  refuse_if(all.empty());
  const auto the_axis = static_cast<std::size_t>(axis_of(axis, rank_of(all[0])));
  Place shape = all[0].shape;
  shape[the_axis] = 0;
  for (const Array& one : all) {
    Place like = one.shape;
    refuse_if(like.size() != shape.size());
    like[the_axis] = shape[the_axis];
    refuse_if(like != shape);
    shape[the_axis] += one.shape[the_axis];
  }
  return generate(shape, [&](Place place) {
    std::size_t which = 0;
    for (; place[the_axis] >= all[which].shape[the_axis]; ++which) place[the_axis] -= all[which].shape[the_axis];
    return at(all[which], place);
  });
}

Array matmul(const Array& a, const Array& b) {
  refuse_if(a.shape.empty() || b.shape.empty());
  Array left = a, right = b;
  if (a.shape.size() == 1) left.shape.insert(left.shape.begin(), 1);
  if (b.shape.size() == 1) right.shape.push_back(1);
  const std::int64_t inner = left.shape.back(), columns = right.shape.back();
  const std::int64_t rows = left.shape[left.shape.size() - 2];
  refuse_if(right.shape[right.shape.size() - 2] != inner);
  Place shape = broadcast({left.shape.begin(), left.shape.end() - 2}, {right.shape.begin(), right.shape.end() - 2});
  shape.push_back(rows);
  shape.push_back(columns);
  // Without the multiplied axes, an operand is read at the place of the result.
  const auto element = [](const Array& x, Place place, std::int64_t row, std::int64_t column) {
    place[place.size() - 2] = row;
    place.back() = column;
    Place from(x.shape.size());
    for (std::size_t i = 1; i <= from.size(); ++i)
      from[from.size() - i] = i > 2 && x.shape[from.size() - i] == 1 ? 0 : place[place.size() - i];
    return at(x, from);
  };
  Array y = generate(shape, [&](const Place& place) {
    std::vector<double> terms;
    for (std::int64_t i = 0; i < inner; ++i)
      terms.push_back(element(left, place, place[place.size() - 2], i) * element(right, place, i, place.back()));
    return sum(terms);
  });
  if (b.shape.size() == 1) y.shape.pop_back();
  if (a.shape.size() == 1) y.shape.erase(y.shape.end() - (b.shape.size() == 1 ? 1 : 2));
  return y;
}

Array cycle(const Array& x, const Place& shape) {
  std::size_t i = 0;
  return generate(shape, [&](const Place&) {
    refuse_if(x.values.empty());
    return x.values[i++ % x.values.size()];
  });
}

double product(const std::vector<double>& factors) {
  double result = 1, size = 1;
  for (const double factor : factors) {
    result *= factor;
    size *= factor == 0 ? 1 : std::max(std::abs(factor), 1.0);
  }
  largest_product = std::max(largest_product, size);
  return result;
}

double sum(const std::vector<double>& terms) {
  double total = 0, size = 0;
  for (const double term : terms) {
    total += term;
    size += std::abs(term);
  }
  magnitude = std::max(magnitude, size);
  return total;
}

}  // namespace naive
