#include <cmath>
#include <limits>

#include "catch.h"
#include "ops/index/fold.h"
#include "ops/table.h"

using namespace heed;
using namespace table;

namespace {

const std::vector<std::vector<Shape>> shapes = {{{3, 33}}, {{7}}, {{1}}, {{5, 1}}, {{0, 4}}, {{2, 3, 7}}, {{3, 0}}};
const std::vector<Shape> large = {{300, 701}};
constexpr double infinity = std::numeric_limits<double>::infinity();

double logarithm_of_sum(const double* row, std::int64_t width) {
  double total = 0;
  for (std::int64_t i = 0; i < width; ++i) total += std::exp(row[i]);
  return std::log(total);
}

std::vector<ErrorRow> errors(const std::string& name, const std::function<void(const Tensor&, int)>& op) {
  return {{[=] { op(zeros({2, 3}), 2); }, name + ": axis 2 was given, but x is [2, 3]"},
          {[=] { op(scalar(1.0f), -1); }, name + ": axis -1 was given, but x is []"},
          {[=] { op(zeros({2}, int64), 0); }, name + ": the tensor is int64, but it must be float32 or float64"}};
}

/// Checks that the op along another axis agrees with the op on the transposed tensor.
void check_axes(const std::function<Tensor(const Tensor&, int)>& op, const Reference& last) {
  for (const int axis : {0, 1, -2})
    check_op({.op = [&](auto& x) { return transpose(op(x[0], axis), axis, -1); },
              .reference = [&](auto& x) { return last({to_array(transpose(to_tensor(x[0]), axis, -1))}); },
              .shapes = {{{3, 5, 2}}, {{1, 1, 4}}},
              .large = {{20, 300, 31}}});
}

}  // namespace

TEST_CASE("softmax", "[ops]") {
  const Reference reference = rowwise([](double* row, std::int64_t width) {
    const double all = logarithm_of_sum(row, width);
    for (std::int64_t i = 0; i < width; ++i) row[i] = std::exp(row[i] - all);
  });
  check_op({.op = [](auto& x) { return softmax(x[0]); },
            .reference = reference,
            .shapes = shapes,
            .errors = errors("softmax", [](const Tensor& x, int axis) { softmax(x, axis); }),
            .large = large});
  check_axes([](const Tensor& x, int axis) { return softmax(x, axis); }, reference);
}

TEST_CASE("softmax of rows of -infinity is 0, and so are its gradients", "[ops]") {
  const Tensor x = tensor({-infinity, -infinity, -infinity, 0.5, -infinity, 0.5}, {2, 3}).require_grad();
  const Tensor weights = tensor({1.0, 2.0, 3.0, 4.0, 5.0, 6.0}, {2, 3});
  REQUIRE(softmax(x).to_vector<double>() == std::vector<double>{0, 0, 0, 0.5, 0, 0.5});
  REQUIRE(logsumexp(x).to_vector<double>()[0] == -infinity);
  for (const bool through_ops : {false, true}) {
    const GradOptions options{.create_graph = through_ops};
    REQUIRE(grad(sum(softmax(x) * weights), x, options).to_vector<double>() ==
            std::vector<double>{0, 0, 0, -0.5, 0, 0.5});
    require_near(grad(sum(logsumexp(x)), x, options), to_array(tensor({0.0, 0.0, 0.0, 0.5, 0.0, 0.5}, {2, 3})), 1e-15);
  }
}

TEST_CASE("softmax does not overflow", "[ops]") {
  const Tensor x = tensor({1000.0f, 999.0f, -1000.0f});
  require_near(softmax(x), to_array(tensor({0.7310585786, 0.2689414214, 0.0})), 1e-6);
  require_near(log_softmax(x), to_array(tensor({-0.3132616875, -1.3132616875, -2000.3132616875})), 1e-6);
  REQUIRE(logsumexp(x).item() == Approx(1000.3132616875));
  REQUIRE(cross_entropy(x, scalar(std::int64_t{0})).item() == Approx(0.3132616875));
}

TEST_CASE("log_softmax", "[ops]") {
  const Reference reference = rowwise([](double* row, std::int64_t width) {
    const double all = logarithm_of_sum(row, width);
    for (std::int64_t i = 0; i < width; ++i) row[i] -= all;
  });
  check_op({.op = [](auto& x) { return log_softmax(x[0]); },
            .reference = reference,
            .shapes = shapes,
            .errors = errors("log_softmax", [](const Tensor& x, int axis) { log_softmax(x, axis); }),
            .float32_tolerance = 4e-6,
            .large = large});
  check_axes([](const Tensor& x, int axis) { return log_softmax(x, axis); }, reference);
}

TEST_CASE("logsumexp", "[ops]") {
  const auto reference = [](bool keep) {
    return [keep](const std::vector<Array>& x) {
      Shape shape = x[0].shape;
      const std::int64_t width = shape[-1];
      shape.erase(shape.rank() - 1);
      if (keep) shape.push_back(1);
      Array y(shape);
      for (std::int64_t row = 0; row < y.size(); ++row)
        y[row] = width > 0 ? logarithm_of_sum(&x[0].values[static_cast<std::size_t>(row * width)], width) : -infinity;
      return y;
    };
  };
  check_op({.op = [](auto& x) { return logsumexp(x[0]); },
            .reference = reference(false),
            .shapes = shapes,
            .errors = errors("logsumexp", [](const Tensor& x, int axis) { logsumexp(x, axis); }),
            .large = large});
  check_axes([](const Tensor& x, int axis) { return logsumexp(x, axis, true); }, reference(true));
  REQUIRE(logsumexp(zeros({2, 3, 4}), 1).shape() == Shape{2, 4});
  for (const bool keep : {false, true})
    check_op({.op = [=](auto& x) { return logsumexp(x[0], {0, 2}, keep); },
              .reference = over_axes(5, keep,
                                     [](auto& x) {
                                       double sum = 0;
                                       for (const double value : x) sum += std::exp(value);
                                       return std::log(sum);
                                     }),
              .shapes = {{{3, 5, 2}}, {{1, 2, 1}}, {{2, 0, 2}}, {{0, 3, 2}}}});
  REQUIRE(logsumexp(zeros({2, 2}), {}).item() == Approx(std::log(4.0)));
  REQUIRE(logsumexp(scalar(3.0), {}).item() == 3);
  REQUIRE(logsumexp(zeros({2, 3, 4}), 1, true).shape() == Shape{2, 1, 4});
}
