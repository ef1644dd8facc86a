#include "table.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>
#include <random>

#include <heed/ops/support/strided.h>

#include "catch.h"

namespace table {

using namespace heed;
using namespace heed::detail;

Shape place_of(std::int64_t i, const Shape& shape) {
  Shape place = shape;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    place[axis] = i % shape[axis];
    i /= shape[axis];
  }
  return place;
}

Shape repeated_place(const Shape& place, const Shape& smaller) {
  Shape result = smaller;
  for (int i = 1; i <= smaller.rank(); ++i) result[-i] = smaller[-i] == 1 ? 0 : place[-i];
  return result;
}

std::int64_t Array::offset(const Shape& place) const {
  std::int64_t result = 0;
  for (int axis = 0; axis < shape.rank(); ++axis) result = result * shape[axis] + place[axis];
  return result;
}

Reference elementwise(std::function<double(double)> f) {
  return [f](const std::vector<Array>& x) {
    Array y = x[0];
    for (double& value : y.values) value = f(value);
    return y;
  };
}

Reference elementwise(std::function<double(double, double)> f) {
  return [f](const std::vector<Array>& x) {
    Shape shape = x[0].shape;
    while (shape.rank() < x[1].shape.rank()) shape.insert(0, 1);
    for (int i = 1; i <= x[1].shape.rank(); ++i)
      if (shape[-i] == 1) shape[-i] = x[1].shape[-i];
    Array y(shape);
    for (std::int64_t i = 0; i < y.size(); ++i) {
      const Shape place = place_of(i, shape);
      y[i] = f(x[0].at(repeated_place(place, x[0].shape)), x[1].at(repeated_place(place, x[1].shape)));
    }
    return y;
  };
}

Reference rowwise(std::function<void(double*, std::int64_t)> f) {
  return [f](const std::vector<Array>& x) {
    Array y = x[0];
    const std::int64_t width = y.shape[-1];
    for (std::int64_t i = 0; i < y.size(); i += width) f(&y[i], width);
    return y;
  };
}

Reference moved(std::function<Shape(const Shape&)> shape_of, std::function<Shape(const Shape& place)> from) {
  return [=](const std::vector<Array>& x) {
    Array y(shape_of(x[0].shape));
    for (std::int64_t i = 0; i < y.size(); ++i) y[i] = x[0].at(from(place_of(i, y.shape)));
    return y;
  };
}

Array random_array(const Shape& shape, std::uint64_t seed, double low, double high) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> numbers(low, high);
  Array made(shape);
  for (double& value : made.values) value = numbers(random);
  return made;
}

Tensor to_tensor(const Array& array, DType dtype) { return cast(tensor(array.values, array.shape), dtype); }

Array to_array(const Tensor& tensor) {
  Array array(tensor.shape());
  array.values = cast(tensor.detach(), float64).to_vector<double>();
  return array;
}

namespace {

/// Returns the first element that is not within the tolerance.
std::optional<std::int64_t> first_far(const Array& got, const Array& expected, double tolerance) {
  for (std::int64_t i = 0; i < got.size(); ++i) {
    const bool same = got[i] == expected[i] || (std::isnan(got[i]) && std::isnan(expected[i]));
    if (!same && !(std::abs(got[i] - expected[i]) <= tolerance * (1 + std::abs(expected[i])))) return i;
  }
  return {};
}

}  // namespace

void require_near(const Tensor& result, const Array& expected, double tolerance) {
  REQUIRE(to_string(result.shape()) == to_string(expected.shape));
  const Array got = to_array(result);
  if (const auto i = first_far(got, expected, tolerance))
    FAIL("element " << to_string(place_of(*i, got.shape)) << " is " << got[*i] << ", but " << expected[*i]
                    << " was expected");
}

void require_same_bits(const Tensor& a, const Tensor& b) {
  REQUIRE(to_string(a.shape()) == to_string(b.shape()));
  REQUIRE(a.dtype() == b.dtype());
  const Tensor first = contiguous(a.detach()), second = contiguous(b.detach());
  const auto size = static_cast<std::size_t>(a.elements() * bytes(a.dtype()));
  REQUIRE(std::memcmp(detail::body_of(first).data, detail::body_of(second).data, size) == 0);
}

namespace {

/// Result of an op, and the inputs' gradients for fixed weights of the result.
struct Outcome {
  Tensor result;
  std::vector<Tensor> gradients;
};

class Checker {
 public:
  explicit Checker(const Row& row) : row_(row) {}

  std::vector<Array> inputs_of(const std::vector<Shape>& shapes, std::uint64_t seed = 17) const {
    std::vector<Array> inputs;
    for (const Shape& shape : shapes) {
      inputs.push_back(random_array(shape, seed + inputs.size(), row_.low, row_.high));
      for (double& value : inputs.back().values)
        for (const double kink : row_.kinks)
          if (std::abs(value - kink) < 0.01) value = kink + 0.01;
    }
    return inputs;
  }

  /// Calls the op after the same seed.
  Tensor call(const std::vector<Tensor>& inputs) const {
    seed(1);
    return row_.op(inputs);
  }

  Outcome run(std::vector<Tensor> inputs, bool through_ops = false) const {
    for (Tensor& input : inputs) input = input.detach();
    if (row_.differentiable)
      for (const Tensor& input : inputs) input.require_grad();
    Outcome outcome{call(inputs), {}};
    if (!row_.differentiable) return outcome;
    const Tensor weights = to_tensor(random_array(outcome.result.shape(), 99, 0.5, 1.5), outcome.result.dtype());
    outcome.gradients =
        grad(std::span(&outcome.result, 1), inputs, {.output_gradients = {weights}, .create_graph = through_ops});
    return outcome;
  }

  void same(const Outcome& a, const Outcome& b, double tolerance) const {
    require_near(a.result, to_array(b.result), tolerance);
    for (std::size_t i = 0; i < a.gradients.size(); ++i) {
      INFO("the gradient of input " << i);
      REQUIRE(bool(a.gradients[i]) == bool(b.gradients[i]));
      if (a.gradients[i]) require_near(a.gradients[i], to_array(b.gradients[i]), tolerance);
    }
  }

  void check(const std::vector<Shape>& shapes) const {
    std::string text;
    for (const Shape& shape : shapes) text.append(" ").append(to_string(shape));
    INFO("on inputs" << text);
    const std::vector<Array> inputs = inputs_of(shapes);
    const std::vector<Tensor> in_double = tensors(inputs, float64), in_float = tensors(inputs, float32);
    const Outcome outcome = run(in_double);
    if (row_.reference) require_near(outcome.result, row_.reference(inputs), row_.float64_tolerance);
    const double float32_tolerance = row_.float32_tolerance;
    {
      INFO("float32 compared with float64");
      same(run(in_float), outcome, float32_tolerance);
    }
    views(in_double, row_.float64_tolerance);
    views(in_float, float32_tolerance);
    if (row_.differentiable) gradients(in_double, outcome);
    if (row_.differentiable) linearity(in_double);
  }

  void gradients(const std::vector<Tensor>& inputs, const Outcome& outcome) const {
    {
      INFO("gradients through ops compared with those through kernels");
      same(run(inputs, true), outcome, row_.float64_tolerance);
    }
    std::int64_t elements = 0;
    for (const Tensor& input : inputs) elements += input.elements();
    if (elements == 0 || elements > 150 || outcome.result.elements() == 0) return;
    std::vector<Tensor> variables;
    for (const Tensor& input : inputs) variables.push_back(input.detach().require_grad());
    const auto f = [this](std::span<const Tensor> x) { return call({x.begin(), x.end()}); };
    const GradcheckOptions options{.step = 1e-4, .tolerance = 2e-6};
    REQUIRE(gradcheck(f, variables, options));
    REQUIRE(gradgradcheck(f, variables, options));
  }

  /// Checks that inputs with other strides give the same result.
  void views(const std::vector<Tensor>& inputs, double tolerance) const {
    const Outcome plain = run(inputs);
    const auto each = [&](const char* what, auto&& view) {
      INFO(what);
      std::vector<Tensor> viewed;
      for (const Tensor& input : inputs) viewed.push_back(view(input));
      same(run(viewed), plain, tolerance);
    };
    each("transposed views", [](const Tensor& x) {
      if (x.rank() < 2) return x;
      return transpose(contiguous(transpose(x)));
    });
    each("views with the axes in reverse order", [](const Tensor& x) {
      Shape reverse;
      for (int axis = x.rank() - 1; axis >= 0; --axis) reverse.push_back(axis);
      return permute(contiguous(permute(x, reverse)), reverse);
    });
    each("sliced views", [](const Tensor& x) {
      if (x.rank() == 0) return x;
      const Shape& shape = x.shape();
      Tensor rows = concat({full(shape, 99, x.dtype()), x, full(shape, 99, x.dtype())});
      Shape twice = shape;
      twice.push_back(1);
      Tensor pairs = concat({full(twice, 77, x.dtype()), reshape(slice(rows, 0, shape[0], 2 * shape[0]), twice)}, -1);
      return select(pairs, -1, 1);
    });
    each("views with every axis reversed", [](const Tensor& x) { return flip(contiguous(flip(x))); });
    repeated(inputs, tolerance);
    overlapping(inputs, tolerance);
    given_gradients(inputs, tolerance);
  }

  /// Checks that an incoming gradient with other strides gives the same gradients of the inputs.
  void given_gradients(const std::vector<Tensor>& inputs, double tolerance) const {
    if (!row_.differentiable) return;
    const auto under = [&](const Tensor& weights) {
      std::vector<Tensor> variables;
      for (const Tensor& input : inputs) variables.push_back(input.detach().require_grad());
      Outcome outcome{call(variables), {}};
      outcome.gradients = grad(std::span(&outcome.result, 1), variables, {.output_gradients = {weights}});
      return outcome;
    };
    const Outcome plain = run(inputs);
    const Tensor weights = to_tensor(random_array(plain.result.shape(), 99, 0.5, 1.5), plain.result.dtype());
    {
      INFO("a gradient with every axis reversed");
      same(under(flip(contiguous(flip(weights)))), plain, tolerance);
    }
    if (weights.rank() >= 2) {
      INFO("a transposed gradient");
      same(under(transpose(contiguous(transpose(weights)))), plain, tolerance);
    }
    if (weights.elements() > 0) {
      INFO("a broadcast gradient");
      const Tensor repeated = broadcast_to(full({}, 0.75, weights.dtype()), weights.shape());
      same(under(repeated), under(contiguous(repeated)), tolerance);
    }
  }

  /// Checks an input with overlapping rows, each starting one element after the previous one, against a copy.
  void overlapping(std::vector<Tensor> inputs, double tolerance) const {
    if (inputs.empty() || inputs[0].rank() < 2 || inputs[0].elements() == 0 || !row_.repeatable) return;
    INFO("a view whose rows overlap");
    Shape ones = inputs[0].shape();
    for (int axis = 0; axis < ones.rank(); ++axis) ones[axis] = 1;
    const Tensor view = strided_view(inputs[0], 0, inputs[0].shape(), ones);
    inputs[0] = contiguous(view);
    const Outcome copied = run(inputs);
    inputs[0] = view;
    same(run(inputs), copied, tolerance);
  }

  /// Checks that gradients are linear in the incoming gradient: those for 2 u - 3 v are 2 times those for u minus 3
  /// times those for v.
  void linearity(std::vector<Tensor> inputs) const {
    INFO("linearity in the incoming gradient");
    for (Tensor& input : inputs) input = input.detach().require_grad();
    const Tensor result = call(inputs);
    if (!result.requires_grad()) return;
    const auto gradients_under = [&](const Tensor& weights) {
      return grad(std::span(&result, 1), inputs, {.output_gradients = {weights}, .retain_graph = true});
    };
    const Tensor u = to_tensor(random_array(result.shape(), 5), result.dtype()),
                 v = to_tensor(random_array(result.shape(), 6), result.dtype());
    const auto of_u = gradients_under(u), of_v = gradients_under(v), of_both = gradients_under(u * 2 - v * 3);
    for (std::size_t i = 0; i < inputs.size(); ++i)
      if (of_u[i]) require_near(of_both[i], to_array(of_u[i] * 2 - of_v[i] * 3), 10 * row_.float64_tolerance);
  }

  /// Returns true if the op is linear in the inputs [first, last).
  bool is_linear(const std::vector<Shape>& shapes, std::size_t first, std::size_t last) const {
    const std::vector<Tensor> x = tensors(inputs_of(shapes), float64), others = tensors(inputs_of(shapes, 71), float64);
    std::vector<Tensor> y = x, both = x;
    for (std::size_t i = first; i < last; ++i) {
      y[i] = others[i];
      both[i] = x[i] * 2 - y[i] * 3;
    }
    try {
      const Tensor expected = call(x) * 2 - call(y) * 3, result = call(both);
      return result.shape() == expected.shape() &&
             !first_far(to_array(result), to_array(expected), 10 * row_.float64_tolerance);
    } catch (const Error&) {  // outside its domain, or not numeric
      return false;
    }
  }

  /// Checks the row's flags of linearity. Shapes without elements are ignored.
  void linear() const {
    bool together = true, in_each = true, is_shown = false;
    for (const std::vector<Shape>& shapes : row_.shapes) {
      if (std::ranges::any_of(shapes, [](const Shape& shape) { return shape.elements() == 0; })) continue;
      is_shown = true;
      together = together && is_linear(shapes, 0, shapes.size());
      in_each = in_each && shapes.size() > 1;
      for (std::size_t i = 0; in_each && i < shapes.size(); ++i) in_each = is_linear(shapes, i, i + 1);
    }
    if (!is_shown) return;
    CHECK(row_.linear == together);
    CHECK(row_.multilinear == in_each);
  }

  /// Checks a first input that repeats one row with stride 0 against a copy.
  void repeated(std::vector<Tensor> inputs, double tolerance) const {
    if (inputs.empty() || inputs[0].rank() < 2 || inputs[0].elements() == 0 || !row_.repeatable) return;
    INFO("a broadcast view");
    const Shape shape = inputs[0].shape();
    const Tensor view = broadcast_to(slice(inputs[0], 0, 0, 1), shape);
    inputs[0] = concat({view});
    const Outcome copied = run(inputs);
    inputs[0] = view;
    same(run(inputs), copied, tolerance);
  }

  void threads(const std::vector<Shape>& shapes) const {
    for (const DType dtype : {float32, float64}) {
      const std::vector<Tensor> inputs = tensors(inputs_of(shapes), dtype);
      const auto with = [&](int n) {
        const Threads use(n);
        return run(inputs);
      };
      const Outcome one = with(1);
      for (const Outcome& other : {with(3), with(3)}) {
        INFO("3 threads compared with 1, in " << name(dtype));
        require_same_bits(other.result, one.result);
        for (std::size_t i = 0; i < one.gradients.size(); ++i)
          if (one.gradients[i]) require_same_bits(other.gradients[i], one.gradients[i]);
      }
    }
  }

 private:
  static std::vector<Tensor> tensors(const std::vector<Array>& arrays, DType dtype) {
    std::vector<Tensor> made;
    for (const Array& array : arrays) made.push_back(to_tensor(array, dtype));
    return made;
  }

  const Row& row_;
};

}  // namespace

void check_op(const Row& row) {
  REQUIRE_FALSE(row.shapes.empty());
  const Checker checker(row);
  for (const std::vector<Shape>& shapes : row.shapes) checker.check(shapes);
  checker.linear();
  checker.threads(row.large.empty() ? row.shapes[0] : row.large);
  for (const ErrorRow& error : row.errors) REQUIRE_THROWS_WITH(error.call(), error.sentence);
}

}  // namespace table
