// One table of ops drives their tests: a row says what an op computes, and check_op holds it to that.
#pragma once

#include <heed/heed.h>

#include <functional>
#include <string>
#include <vector>

namespace table {

using heed::Shape;
using heed::Tensor;

/// Doubles in row-major order: what references work on, in plain loops.
struct Array {
  Shape shape;
  std::vector<double> values;

  explicit Array(const Shape& of, double value = 0)
      : shape(of), values(static_cast<std::size_t>(of.elements()), value) {}
  std::int64_t size() const { return static_cast<std::int64_t>(values.size()); }
  double& operator[](std::int64_t i) { return values[static_cast<std::size_t>(i)]; }
  double operator[](std::int64_t i) const { return values[static_cast<std::size_t>(i)]; }
  double& at(const Shape& place) { return (*this)[offset(place)]; }
  double at(const Shape& place) const { return (*this)[offset(place)]; }
  std::int64_t offset(const Shape& place) const;
};

/// The place of element i in row-major order.
Shape place_of(std::int64_t i, const Shape& shape);
/// The place in a smaller shape that is repeated to a larger one.
Shape repeated_place(const Shape& place, const Shape& smaller);

using Op = std::function<Tensor(const std::vector<Tensor>&)>;
using Reference = std::function<Array(const std::vector<Array>&)>;

/// References: f on each element, with broadcasting; f on each row along the last axis, in place.
Reference elementwise(std::function<double(double)> f);
Reference elementwise(std::function<double(double, double)> f);
Reference rowwise(std::function<void(double* row, std::int64_t width)> f);
/// y[place] = x[from(place)], for ops that move elements.
Reference moved(std::function<Shape(const Shape&)> shape_of, std::function<Shape(const Shape& place)> from);

struct ErrorRow {
  std::function<void()> call;
  std::string sentence;
};

struct Row {
  Op op;
  Reference reference = {};                     // left out only where another row of the op has it
  bool linear = false;                          // in all inputs together:  f(2 x - 3 y) = 2 f(x) - 3 f(y)
  bool multilinear = false;                     // the same in each of several inputs while the others stay
  std::vector<std::vector<Shape>> shapes = {};  // each: one shape for each input
  std::vector<ErrorRow> errors = {};
  double low = -2, high = 2;        // inputs are between
  std::vector<double> kinks = {};   // inputs stay 0.01 away from these
  double float32_tolerance = 2e-6;  // of values and gradients, relative to 1 + their size
  double float64_tolerance = 1e-12;
  bool differentiable = true;
  bool repeatable = true;         // whether the first input may hold equal rows: else it would stand on a kink
  std::vector<Shape> large = {};  // inputs large enough to be cut into chunks; none: those of the first shapes
};

/// Fails the running test unless the op, for each list of shapes: agrees with the reference in float32 and float64;
/// gives the same on transposed, sliced, reversed and repeated views, values and gradients; passes gradcheck and
/// gradgradcheck; has the same gradient through kernels and through ops, linear in that of the result; is linear itself
/// if the row says so, and only then; and gives the same bits with 1 and 3 threads. Its errors must be word for word
/// those given.
void check_op(const Row& row);

/// Fails the running test unless both have the same shape, dtype and bits.
void require_same_bits(const Tensor& a, const Tensor& b);

/// Fails the running test unless each element is within tolerance * (1 + |expected|).
void require_near(const Tensor& result, const Array& expected, double tolerance);

/// Numbers between low and high, other ones for each seed, in float64.
Array random_array(const Shape& shape, std::uint64_t seed, double low = -2, double high = 2);
Tensor to_tensor(const Array& array, heed::DType dtype = heed::float64);
Array to_array(const Tensor& tensor);

/// Uses so many threads while it lives.
struct Threads {
  explicit Threads(int n) : before(heed::threads()) { heed::set_threads(n); }
  ~Threads() { heed::set_threads(before); }
  Threads(const Threads&) = delete;
  int before;
};

}  // namespace table
