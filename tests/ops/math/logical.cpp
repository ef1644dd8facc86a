#include "catch.h"
#include "ops/elementwise_rows.h"

using namespace heed;
using namespace table;

namespace {

/// Checks on -1, 0 and 1.
Tensor coarse(const Tensor& x) { return cast(cast(x, int32), x.dtype()); }

void check_pairs(const std::string& name, Function2 f, Function2 as_operator, bool (*formula)(bool, bool)) {
  Row row =
      row_of(name, f, [=](double a, double b) -> double { return formula(std::trunc(a) != 0, std::trunc(b) != 0); });
  row.op = [f](auto& x) { return f(coarse(x[0]), coarse(x[1])); };
  row.differentiable = false;
  check_op(row);
  for (const DType dtype : {boolean, int32, int64, float64})
    for (const bool a : {false, true})
      for (const bool b : {false, true}) {
        REQUIRE(f(full({}, a, dtype), full({}, b, dtype)).item<bool>() == formula(a, b));
        REQUIRE(as_operator(full({}, a, dtype), full({}, b, dtype)).item<bool>() == formula(a, b));
      }
}

struct Case {
  Axes axes;
  bool keep;
  unsigned bits;
};

/// Checks on elements that are mostly true, or mostly false.
void check_over_axes(Tensor (*f)(const Tensor&, const Axes&, bool), bool start, bool (*combine)(bool, bool),
                     double cut) {
  for (const Case& one : std::vector<Case>{{{}, false, 3}, {{0}, true, 1}, {{-1}, false, 2}}) {
    const auto reference = [=](const std::vector<Array>& x) {
      Shape kept = x[0].shape, shape;
      for (int axis = 0; axis < 2; ++axis) {
        if (one.bits >> axis & 1u) kept[axis] = 1;
        if (!(one.bits >> axis & 1u) || one.keep) shape.push_back(kept[axis]);
      }
      Array y(kept, start);
      for (std::int64_t i = 0; i < x[0].size(); ++i) {
        double& so_far = y.at(repeated_place(place_of(i, x[0].shape), kept));
        so_far = combine(so_far != 0, x[0][i] > cut);
      }
      y.shape = shape;
      return y;
    };
    check_op({.op = [=](auto& x) { return f(x[0] > cut, one.axes, one.keep); },
              .reference = reference,
              .shapes = {{{5, 7}}, {{1, 33}}, {{3, 0}}, {{0, 3}}},
              .differentiable = false,
              .large = {{300, 701}}});
  }
}

}  // namespace

TEST_CASE("logical_and", "[ops]") {
  check_pairs(
      "logical_and", logical_and, [](const Tensor& a, const Tensor& b) { return a & b; },
      [](bool a, bool b) { return a && b; });
}

TEST_CASE("logical_or", "[ops]") {
  check_pairs(
      "logical_or", logical_or, [](const Tensor& a, const Tensor& b) { return a | b; },
      [](bool a, bool b) { return a || b; });
}

TEST_CASE("logical_xor", "[ops]") {
  check_pairs(
      "logical_xor", logical_xor, [](const Tensor& a, const Tensor& b) { return a ^ b; },
      [](bool a, bool b) { return a != b; });
}

TEST_CASE("logical_not", "[ops]") {
  check_op({.op = [](auto& x) { return logical_not(coarse(x[0])); },
            .reference = elementwise([](double x) -> double { return std::trunc(x) == 0; }),
            .shapes = few_shapes,
            .differentiable = false});
  for (const DType dtype : {boolean, int32, int64, float32})
    for (const bool x : {false, true}) REQUIRE(logical_not(full({}, x, dtype)).item<bool>() == !x);
}

TEST_CASE("logical operators agree with the named functions", "[ops]") {
  const Tensor a = tensor({1, 0, 1, 0}) > 0, b = tensor({1, 1, 0, 0}) > 0;
  const std::vector<std::pair<const char*, std::pair<Tensor, Tensor>>> rows = {
      {"operator&", {a & b, logical_and(a, b)}},
      {"operator|", {a | b, logical_or(a, b)}},
      {"operator^", {a ^ b, logical_xor(a, b)}}};
  for (const auto& [name, both] : rows) {
    INFO(name);
    require_same_bits(both.first, both.second);
  }
  static_assert(std::is_same_v<decltype(!a), bool>, "!x asks whether a handle is empty, as if (x) does");
  REQUIRE(!Tensor{});
}

TEST_CASE("any", "[ops]") {
  check_over_axes(any, false, [](bool a, bool b) { return a || b; }, 1.7);
  REQUIRE(any(tensor({0.0, not_a_number})).item<bool>());
  REQUIRE_FALSE(any(tensor({0, 0})).item<bool>());
  REQUIRE_THROWS_WITH(any(zeros({2}), 1), "any: axis 1 was given, but x is [2]");
}

TEST_CASE("all", "[ops]") {
  check_over_axes(all, true, [](bool a, bool b) { return a && b; }, -1.7);
  REQUIRE(all(tensor({1.0, not_a_number})).item<bool>());
  REQUIRE_FALSE(all(tensor({1, 0})).item<bool>());
  REQUIRE_THROWS_WITH(all(zeros({2}), 1), "all: axis 1 was given, but x is [2]");
}
