// Steps with integer inputs or results: comparisons, indices and counts. Results are cast back to x's dtype.
#include "chooser.h"

namespace fuzz {

Step Chooser::comparison() {
  struct One {
    const char* name;
    Tensor (*heed_op)(const Tensor&, const Tensor&);
    bool (*naive_op)(double, double);
  };
  static const One all[] = {{"equal", heed::equal, [](double a, double b) { return a == b; }},
                            {"not_equal", heed::not_equal, [](double a, double b) { return a != b; }},
                            {"less", heed::less, [](double a, double b) { return a < b; }},
                            {"less_equal", heed::less_equal, [](double a, double b) { return a <= b; }},
                            {"greater", heed::greater, [](double a, double b) { return a > b; }},
                            {"greater_equal", heed::greater_equal, [](double a, double b) { return a >= b; }}};
  const One& one = all[static_cast<std::size_t>(input_.pick(0, std::size(all) - 1))];
  return flat(on_two(one.name, like_x(), one.heed_op, [f = one.naive_op](const Array& a, const Array& b) {
    return naive::generate(naive::broadcast(a.shape, b.shape), [&](const Place& place) {
      return f(naive::repeated(a, place), naive::repeated(b, place)) ? 1.0 : 0.0;
    });
  }));
}

Step Chooser::rank_along() {
  const std::int64_t along = axis();
  if (input_.once_in(2)) {
    const bool descending = input_.once_in(2);
    return flat(on_x(
        "argsort along " + std::to_string(along),
        [=](const Tensor& x) { return heed::argsort(x, static_cast<int>(along), {.descending = descending}); },
        [=](const Array& x) {
          return naive::along(x, along, [&](const Line& line) {
            Line order(line.size());
            for (std::size_t i = 0; i < line.size(); ++i) {
              std::size_t place = 0;  // number of elements before
              for (std::size_t j = 0; j < line.size(); ++j)
                place += line[j] == line[i] ? j < i : (line[j] < line[i]) != descending;
              order[place] = static_cast<double>(i);
            }
            return order;
          });
        }));
  }
  const bool largest = input_.once_in(2), keep = input_.once_in(2);
  return flat(on_x(
      std::string(largest ? "argmax along " : "argmin along ") + std::to_string(along) + (keep ? ", kept" : ""),
      [=](const Tensor& x) {
        return largest ? heed::argmax(x, static_cast<int>(along), keep)
                       : heed::argmin(x, static_cast<int>(along), keep);
      },
      [=](const Array& x) {
        refuse_if(x.shape.empty());
        return naive::reduce(x, {along}, keep, [&](const Line& line) {
          refuse_if(line.empty());
          return static_cast<double>(
              (largest ? std::max_element(line.begin(), line.end()) : std::min_element(line.begin(), line.end())) -
              line.begin());
        });
      }));
}

Step Chooser::nonzero() {
  return flat(on_x("nonzero", heed::nonzero, [](const Array& x) {
    Array places{{0, naive::rank_of(x)}, {}};
    naive::each_place(x.shape, [&](const Place& place) {
      if (naive::at(x, place) == 0) return;
      ++places.shape[0];
      for (const std::int64_t one : place) places.values.push_back(static_cast<double>(one));
    });
    return places;
  }));
}

/// Step on |x|.
Step Chooser::one_hot() {
  const std::int64_t classes = input_.pick(input_.once_in(16) ? -1 : 1, 5);
  return flat(on_x(
                  "one_hot of " + std::to_string(classes),
                  [=](const Tensor& x) { return heed::one_hot(heed::abs(x), classes); },
                  [=](Array x) {
                    refuse_if(classes < 0);
                    for (double& v : x.values) v = std::abs(v);
                    check_places(x, classes);
                    Place to = x.shape;
                    to.push_back(classes);
                    return naive::generate(to, [&](Place place) {
                      const auto column = static_cast<double>(place.back());
                      place.pop_back();
                      return naive::at(x, place) == column ? 1.0 : 0.0;
                    });
                  }),
              Takes::integers);
}

Step Chooser::bincount() {
  const std::int64_t least = input_.pick(0, 5);
  return flat(on_x(
                  "bincount of at least " + std::to_string(least),
                  [=](const Tensor& x) { return heed::bincount(heed::abs(x), least); },
                  [=](const Array& x) {
                    Line counts(static_cast<std::size_t>(least));
                    for (const double v : x.values) {
                      const auto number = static_cast<std::size_t>(std::abs(v));
                      if (number >= counts.size()) counts.resize(number + 1);
                      ++counts[number];
                    }
                    return Array{{static_cast<std::int64_t>(counts.size())}, counts};
                  }),
              Takes::integers);
}

/// Step with another register's absolute values as indices, with duplicates and possibly int32.
Step Chooser::gather_by() {
  const std::int64_t along = axis();
  Step step = on_two(
      "gather by another along " + std::to_string(along), like_x(),
      [=](const Tensor& x, const Tensor& which) { return heed::gather(x, static_cast<int>(along), heed::abs(which)); },
      [=](const Array& x, Array which) {
        const auto the_axis = static_cast<std::size_t>(naive::axis_of(along, naive::rank_of(x)));
        refuse_if(which.shape.size() != x.shape.size());
        for (std::size_t i = 0; i < x.shape.size(); ++i) refuse_if(i != the_axis && which.shape[i] > x.shape[i]);
        for (double& v : which.values) v = std::abs(v);
        check_places(which, x.shape[the_axis]);
        return naive::generate(which.shape, [&](Place place) {
          place[the_axis] = static_cast<std::int64_t>(naive::at(which, place));
          return naive::at(x, place);
        });
      });
  return taking(Takes::integers, std::move(step));
}

}  // namespace fuzz
