// Steps that compute new numbers.
#include "chooser.h"

namespace fuzz {

Step Chooser::unary() {
  struct One {
    const char* name;
    Tensor (*heed_op)(const Tensor&);
    double (*naive_op)(double);
    Takes takes = Takes::floats;
  };
  static const One all[] = {{"negate", heed::negate, [](double v) { return -v; }, Takes::numbers},
                            {"abs", heed::abs, [](double v) { return std::abs(v); }, Takes::numbers},
                            {"exp", heed::exp, [](double v) { return std::exp(v); }},
                            {"tanh", heed::tanh, [](double v) { return std::tanh(v); }},
                            {"sigmoid", heed::sigmoid, [](double v) { return 1 / (1 + std::exp(-v)); }},
                            {"relu", heed::relu, [](double v) { return v > 0 ? v : 0; }},
                            {"sin", heed::sin, [](double v) { return std::sin(v); }},
                            {"cos", heed::cos, [](double v) { return std::cos(v); }},
                            {"square", heed::square, [](double v) { return v * v; }, Takes::numbers},
                            {"gelu", heed::gelu, [](double v) { return v / 2 * std::erfc(-v / std::sqrt(2.0)); }}};
  const One& one = all[static_cast<std::size_t>(input_.pick(0, std::size(all) - 1))];
  return taking(one.takes, on_x(one.name, one.heed_op, [f = one.naive_op](const Array& x) {
                  return naive::generate(x.shape, [&](const Place& place) { return f(naive::at(x, place)); });
                }));
}

Step Chooser::binary() {
  struct One {
    const char* name;
    Tensor (*heed_op)(const Tensor&, const Tensor&);
    double (*naive_op)(double, double);
    Takes takes = Takes::numbers;
  };
  static const One all[] = {
      {"add", heed::add, [](double a, double b) { return a + b; }},
      {"subtract", heed::subtract, [](double a, double b) { return a - b; }},
      {"multiply", heed::multiply, [](double a, double b) { return a * b; }},
      {"minimum", heed::minimum, [](double a, double b) { return a < b ? a : b; }},
      {"maximum", heed::maximum, [](double a, double b) { return a > b ? a : b; }},
      {"a / (1 + b^2)", [](const Tensor& a, const Tensor& b) { return heed::divide(a, heed::square(b) + 1); },
       [](double a, double b) { return a / (1 + b * b); }, Takes::floats}};
  const One& one = all[static_cast<std::size_t>(input_.pick(0, std::size(all) - 1))];
  return taking(one.takes, on_two(one.name, input_.once_in(3) ? any() : like_x(), one.heed_op,
                                  [f = one.naive_op](const Array& a, const Array& b) {
                                    return naive::generate(naive::broadcast(a.shape, b.shape), [&](const Place& place) {
                                      const double left = naive::repeated(a, place), right = naive::repeated(b, place);
                                      naive::magnitude = std::max({naive::magnitude, std::abs(left), std::abs(right)});
                                      return f(left, right);
                                    });
                                  }));
}

double Chooser::logsumexp(const Line& x) {
  double total = 0;
  for (const double v : x) total += std::exp(v);
  return std::log(total);
}

Step Chooser::reduction() {
  struct One {
    const char* name;
    Tensor (*heed_op)(const Tensor&, const heed::Axes&, bool);
    double (*naive_op)(const Line&);
    Takes takes = Takes::numbers;
  };
  static const One all[] = {
      {"sum", heed::sum, [](const Line& x) { return naive::sum(x); }},
      {"mean", heed::mean, [](const Line& x) { return naive::sum(x) / static_cast<double>(x.size()); }, Takes::floats},
      {"prod", heed::prod, [](const Line& x) { return naive::product(x); }},
      {"max", heed::max,
       [](const Line& x) {
         refuse_if(x.empty());
         return *std::max_element(x.begin(), x.end());
       }},
      {"min", heed::min,
       [](const Line& x) {
         refuse_if(x.empty());
         return *std::min_element(x.begin(), x.end());
       }},
      {"logsumexp", heed::logsumexp, logsumexp, Takes::floats},
      {"variance", [](const Tensor& x, const heed::Axes& axes, bool keep) { return heed::variance(x, axes, keep, 0); },
       [](const Line& x) {
         const double mean = naive::sum(x) / static_cast<double>(x.size());
         Line squares;
         for (const double v : x) squares.push_back((v - mean) * (v - mean));
         return naive::sum(squares) / static_cast<double>(x.size());
       },
       Takes::floats}};
  const One& one = all[static_cast<std::size_t>(input_.pick(0, std::size(all) - 1))];
  const Place over = axes();
  const bool keep = input_.once_in(2);
  return taking(one.takes,
                on_x(
                    std::string(one.name) + " over " + text_of(over) + (keep ? ", kept" : ""),
                    [=](const Tensor& x) { return heed::cast(one.heed_op(x, axes_of(over), keep), x.dtype()); },
                    [=](const Array& x) { return naive::reduce(x, over, keep, one.naive_op); }));
}

Step Chooser::softmax() {
  const std::int64_t along = axis();
  const bool log = input_.once_in(2);
  return taking(Takes::floats, on_x((log ? "log_softmax along " : "softmax along ") + std::to_string(along),
                                    [=](const Tensor& x) {
                                      return log ? heed::log_softmax(x, static_cast<int>(along))
                                                 : heed::softmax(x, static_cast<int>(along));
                                    },
                                    [=](const Array& x) {
                                      return naive::along(x, along, [&](Line line) {
                                        const double total = logsumexp(line);
                                        for (double& v : line) v = log ? v - total : std::exp(v - total);
                                        return line;
                                      });
                                    }));
}

Step Chooser::scan() {
  const std::int64_t along = axis();
  const bool product = input_.once_in(2), reverse = input_.once_in(2);
  return on_x(
      std::string(product ? "cumprod" : "cumsum") + " along " + std::to_string(along) + (reverse ? ", reverse" : ""),
      [=](const Tensor& x) {
        return heed::cast(product ? heed::cumprod(x, static_cast<int>(along), reverse)
                                  : heed::cumsum(x, static_cast<int>(along), reverse),
                          x.dtype());
      },
      [=](const Array& x) {
        return naive::along(x, along, [&](Line line) {
          if (reverse) std::reverse(line.begin(), line.end());
          naive::sum(line);  // for its magnitude
          if (product) naive::product(line);
          for (std::size_t i = 1; i < line.size(); ++i)
            line[i] = product ? line[i - 1] * line[i] : line[i - 1] + line[i];
          if (reverse) std::reverse(line.begin(), line.end());
          return line;
        });
      });
}

Step Chooser::sort() {
  const std::int64_t along = axis();
  const bool descending = input_.once_in(2);
  return on_x(
      "sort along " + std::to_string(along),
      [=](const Tensor& x) { return heed::sort(x, static_cast<int>(along), {.descending = descending}).values; },
      [=](const Array& x) {
        return naive::along(x, along, [&](Line line) {
          std::sort(line.begin(), line.end());
          if (descending) std::reverse(line.begin(), line.end());
          return line;
        });
      });
}

Step Chooser::scatter_add() {
  const std::int64_t along = axis();
  const std::size_t other = any();
  const Array which = places(shapes_[other], length(along));
  return on_two(
      "scatter_add along " + std::to_string(along), other,
      [=](const Tensor& x, const Tensor& values) {
        return heed::scatter_add(x, static_cast<int>(along), indices_of(which), values);
      },
      [=](Array x, const Array& values) {
        const auto the_axis = static_cast<std::size_t>(naive::axis_of(along, naive::rank_of(x)));
        refuse_if(values.shape.size() != x.shape.size());
        for (std::size_t i = 0; i < x.shape.size(); ++i) refuse_if(i != the_axis && values.shape[i] > x.shape[i]);
        check_places(which, x.shape[the_axis]);
        naive::each_place(values.shape, [&](const Place& place) {
          Place to = place;
          to[the_axis] = static_cast<std::int64_t>(naive::at(which, place));
          std::int64_t offset = 0;
          for (std::size_t i = 0; i < to.size(); ++i) offset = offset * x.shape[i] + to[i];
          x.values[static_cast<std::size_t>(offset)] += naive::at(values, place);
        });
        return x;
      });
}

Step Chooser::index_add() {
  const std::int64_t along = axis();
  const std::size_t other = like_x();
  const auto from_first = static_cast<std::size_t>(along < 0 ? along + rank() : along);
  const std::int64_t count = from_first < shapes_[other].size() ? shapes_[other][from_first] : 1;
  const Array which = places({count}, length(along));
  return on_two(
      "index_add along " + std::to_string(along), other,
      [=](const Tensor& x, const Tensor& values) {
        return heed::index_add(x, static_cast<int>(along), indices_of(which), values);
      },
      [=](Array x, const Array& values) {
        const auto the_axis = static_cast<std::size_t>(naive::axis_of(along, naive::rank_of(x)));
        Place like = x.shape;
        like[the_axis] = count;
        refuse_if(values.shape != like);
        check_places(which, x.shape[the_axis]);
        return naive::generate(x.shape, [&](const Place& place) {
          Line terms{naive::at(x, place)};
          for (std::int64_t i = 0; i < count; ++i) {
            Place from = place;
            from[the_axis] = i;
            if (static_cast<std::int64_t>(which.values[static_cast<std::size_t>(i)]) == place[the_axis])
              terms.push_back(naive::at(values, from));
          }
          return naive::sum(terms);
        });
      });
}

}  // namespace fuzz
