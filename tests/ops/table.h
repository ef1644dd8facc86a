// Table-driven tests of ops: a row describes an op, and check_op checks it.
#pragma once

#include <heed/heed.h>

#include <functional>
#include <string>
#include <vector>

namespace table {

using heed::Shape;
using heed::Tensor;

/// Array of doubles in row-major order, for references in plain loops.
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

/// Returns the index of element i in row-major order along each axis.
Shape place_of(std::int64_t i, const Shape& shape);
/// Returns the corresponding place in a smaller shape that broadcasts to a larger one.
Shape repeated_place(const Shape& place, const Shape& smaller);

using Op = std::function<Tensor(const std::vector<Tensor>&)>;
using Reference = std::function<Array(const std::vector<Array>&)>;

/// References: f of each element, with broadcasting; f of each row along the last axis, in place.
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
  Reference reference = {};                     // omitted only if another row of the op has it
  bool linear = false;                          // jointly in all inputs:  f(2 x - 3 y) = 2 f(x) - 3 f(y)
  bool multilinear = false;                     // linear in each of several inputs, with the others fixed
  std::vector<std::vector<Shape>> shapes = {};  // each: a shape for each input
  std::vector<ErrorRow> errors = {};
  double low = -2, high = 2;        // range of inputs
  std::vector<double> kinks = {};   // inputs keep a distance of 0.01 from these
  double float32_tolerance = 2e-6;  // of values and gradients, relative to 1 + their magnitude
  double float64_tolerance = 1e-12;
  bool differentiable = true;
  bool repeatable = true;         // the first input may have equal rows; false if that is a kink
  std::vector<Shape> large = {};  // shapes large enough to be cut into chunks; empty: the first of shapes
};

/// Fails the running test unless the op, for each list of shapes: agrees with the reference in float32 and float64;
/// gives the same values and gradients on transposed, sliced, reversed and broadcast views; passes gradcheck and
/// gradgradcheck; has the same gradient through kernels and through ops, linear in the incoming gradient; is linear if
/// and only if the row says so; and gives the same bits with 1 and 3 threads. Errors must have exactly the given
/// messages.
void check_op(const Row& row);

/// Fails the running test unless both have the same shape, dtype and bits.
void require_same_bits(const Tensor& a, const Tensor& b);

/// Fails the running test unless each element is within tolerance * (1 + |expected|).
void require_near(const Tensor& result, const Array& expected, double tolerance);

/// Returns random numbers between low and high, in float64.
Array random_array(const Shape& shape, std::uint64_t seed, double low = -2, double high = 2);
Tensor to_tensor(const Array& array, heed::DType dtype = heed::float64);
Array to_array(const Tensor& tensor);

/// Sets the number of threads for a scope.
struct Threads {
  explicit Threads(int n) : before(heed::threads()) { heed::set_threads(n); }
  ~Threads() { heed::set_threads(before); }
  Threads(const Threads&) = delete;
  int before;
};

}  // namespace table
