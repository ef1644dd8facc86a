// Table rows of elementwise functions of one and of two tensors.
#pragma once

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "table.h"

namespace table {

inline const std::vector<std::vector<Shape>> few_shapes = {{{33}}, {{2, 7}}, {{1}}, {{}}, {{0, 4}}};
inline const std::vector<std::vector<Shape>> few_pairs = {
    {{33}, {33}}, {{2, 1, 7}, {5, 1}}, {{4}, {3, 4}}, {{}, {}}, {{1, 0}, {3, 1}}};

using Function = Tensor (*)(const Tensor&);
using Function2 = Tensor (*)(const Tensor&, const Tensor&);

inline constexpr double infinity = std::numeric_limits<double>::infinity();
inline const double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// Row of a unary function.
inline Row row_of(const std::string& name, Function f, std::function<double(double)> formula) {
  return {.op = [f](auto& x) { return f(x[0]); },
          .reference = elementwise(std::move(formula)),
          .shapes = few_shapes,
          .errors = {{[f] { f(heed::zeros({2}, heed::boolean)); },
                      name + ": the tensor is bool, but it must be float32 or float64"}},
          .large = {{20, 1001}}};
}

/// Row of a unary function that rejects integers too, with more shapes.
inline Row floating_row_of(const std::string& name, Function f, std::function<double(double)> formula) {
  return {.op = [f](auto& x) { return f(x[0]); },
          .reference = elementwise(std::move(formula)),
          .shapes = {{{3, 33}}, {{7}}, {{1}}, {{}}, {{0, 4}}, {{2, 3, 5}}},
          .errors = {{[f] { f(heed::zeros({2}, heed::int64)); },
                      name + ": the tensor is int64, but it must be float32 or float64"}},
          .large = {{300, 701}}};
}

/// Row of a binary function.
inline Row row_of(const std::string& name, Function2 f, std::function<double(double, double)> formula) {
  return {.op = [f](auto& x) { return f(x[0], x[1]); },
          .reference = elementwise(std::move(formula)),
          .shapes = few_pairs,
          .errors = {{[f] { f(heed::zeros({2, 3}), heed::zeros({3, 2})); },
                      name + ": a is [2, 3] and b is [3, 2], but each axis, from the last, must have the same length "
                             "or length 1"},
                     {[f] { f(heed::zeros({2}), heed::zeros({2}, heed::int64)); },
                      name + ": a is float32 and b is int64, but both must have the same dtype; cast one of them"}},
          .large = {{20, 1001}, {1001}}};
}

inline double at(Function f, double x) { return f(heed::scalar(x)).item(); }
inline double at(Function2 f, double a, double b) { return f(heed::scalar(a), heed::scalar(b)).item(); }

/// Returns the gradient of f at x.
inline double slope_at(const std::function<Tensor(const Tensor&)>& f, double x) {
  const Tensor at = heed::scalar(x).require_grad();
  heed::backward(f(at));
  return at.grad().item();
}

/// Checks a row, and that the gradient of f is 0, for functions that are constant almost everywhere.
inline void check_flat(Row row, const std::function<Tensor(const Tensor&)>& f) {
  row.differentiable = false;
  check_op(row);
  const Tensor x = heed::tensor({0.3, -1.2, 5.7}).require_grad();
  heed::backward(heed::sum(f(x)));
  require_near(x.grad(), Array({3}), 0);
}

}  // namespace table
