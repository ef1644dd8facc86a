#include "catch.h"
#include "ops/table.h"

using namespace heed;
using namespace table;

namespace {

/// Indices [2, 4] into an axis of length 3 or more, with duplicates.
const Tensor index24 = tensor<std::int64_t>({2, 0, 2, 1, 0, 0, 1, 0}, {2, 4});
std::int64_t index_at(std::int64_t i, std::int64_t j) {
  return index24.data<std::int64_t>()[static_cast<std::size_t>(4 * i + j)];
}

/// Many indices below n, unevenly distributed.
Tensor many(const Shape& shape, std::int64_t n) {
  Tensor made = empty(shape, int64);
  for (std::int64_t i = 0; i < made.elements(); ++i)
    fill<std::int64_t>(made)[i] = (i * i * 7919 + i) % (i % 3 == 0 ? n : 5);
  return made;
}

/// Reference: y = x, then at(y, i, j, value) for each place of index24 along axis 1.
Reference scattered(std::function<void(double& place, double value)> put) {
  return [=](const std::vector<Array>& x) {
    Array y = x[0];
    for (std::int64_t i = 0; i < 2; ++i)
      for (std::int64_t j = 0; j < 4; ++j) put(y.at({i, index_at(i, j)}), x[1].at({i, j}));
    return y;
  };
}

const Tensor x23 = zeros({2, 3});

}  // namespace

TEST_CASE("gather", "[ops]") {
  check_op({.op = [](auto& x) { return gather(x[0], 1, index24); },
            .reference = moved([](const Shape&) { return Shape{2, 4}; },
                               [](const Shape& p) { return Shape{p[0], index_at(p[0], p[1])}; }),
            .linear = true,
            .shapes = {{{2, 3}}, {{5, 7}}},
            .errors = {{[] { gather(x23, 1, index24 + ones({4}, int64)); },
                        "gather: the index at [0, 0] is 3, but x has 3 elements along axis 1"},
                       {[] { gather(x23, 0, tensor({0, -1, 0}, {1, 3})); },
                        "gather: the index at [0, 1] is -1, but x has 2 elements along axis 0"},
                       {[] { gather(x23, 0, index24); },
                        "gather: x is [2, 3] and index is [2, 4], but it must have the rank of x, and at most the "
                        "lengths of x in all but axis 0"},
                       {[] { gather(x23, 0, tensor({0, 1})); },
                        "gather: x is [2, 3] and index is [2], but it must have the rank of x, and at most the lengths "
                        "of x in all but axis 0"},
                       {[] { gather(x23, 1, x23); },
                        "gather: the index tensor is float32 [2, 3], but it must be int64 or int32"}}});
  check_op({.op = [](auto& x) { return gather(x[0], 0, many({2000, 7}, 300)); },
            .linear = true,
            .shapes = {{{300, 7}}},
            .float32_tolerance = 2e-5,
            .large = {{300, 7}}});
  check_op({.op = [](auto& x) { return gather(x[0], 1, zeros({3, 0, 2}, int64)); },
            .linear = true,
            .shapes = {{{3, 0, 2}}, {{4, 2, 2}}}});
}

TEST_CASE("take_along_axis", "[ops]") {
  check_op(
      {.op = [](auto& x) { return take_along_axis(x[0], index24, -1); },
       .reference = moved([](const Shape&) { return Shape{2, 4}; },
                          [](const Shape& p) { return Shape{p[0], index_at(p[0], p[1])}; }),
       .linear = true,
       .shapes = {{{2, 3}}, {{2, 7}}},
       .errors = {{[] { take_along_axis(zeros({3, 3}), index24, 1); },
                   "take_along_axis: x is [3, 3] and indices is [2, 4], but they must have the same rank, and the same "
                   "length or length 1 in all but axis 1"},
                  {[] { take_along_axis(zeros({2, 2}), index24, 1); },
                   "take_along_axis: the index at [0, 0] is 2, but x has 2 elements along axis 1"}}});
  check_op({.op = [](auto& x) { return take_along_axis(x[0], index24, 1); },
            .reference = moved([](const Shape&) { return Shape{2, 4}; },
                               [](const Shape& p) { return Shape{0, index_at(p[0], p[1])}; }),
            .linear = true,
            .shapes = {{{1, 3}}}});
  check_op({.op = [](auto& x) { return take_along_axis(x[0], tensor({1, 0}, {1, 2}), 1); },
            .reference = moved([](const Shape& s) { return Shape{s[0], 2}; },
                               [](const Shape& p) { return Shape{p[0], 1 - p[1]}; }),
            .linear = true,
            .shapes = {{{7, 3}}, {{0, 3}}}});
}

TEST_CASE("scatter", "[ops]") {
  check_op({.op = [](auto& x) { return scatter(x[0], 1, index24, x[1]); },
            .reference = scattered([](double& place, double value) { place = value; }),
            .linear = true,
            .shapes = {{{2, 3}, {2, 4}}, {{4, 5}, {2, 4}}},
            .errors = {{[] { scatter(x23, 1, index24, x23); },
                        "scatter: x is [2, 3] and values is [2, 3], but with this index values must be [2, 4]"},
                       {[] { scatter(zeros({2, 2}), 1, index24, zeros({2, 4})); },
                        "scatter: the index at [0, 0] is 2, but x has 2 elements along axis 1"},
                       {[] { scatter(x23, 1, index24, zeros({2, 4}, float64)); },
                        "scatter: x is float32 and values is float64, but both must have the same dtype; cast one of "
                        "them"}}});
  check_op({.op = [](auto& x) { return scatter(x[0], 0, many({300, 70}, 200), x[1]); },
            .linear = true,
            .shapes = {{{200, 70}, {300, 70}}}});
  check_op({.op = [](auto& x) { return scatter(x[0], 1, index24, 7.5); },
            .reference =
                [](const std::vector<Array>& x) {
                  Array y = x[0];
                  for (std::int64_t i = 0; i < 8; ++i) y.at({i / 4, index_at(i / 4, i % 4)}) = 7.5;
                  return y;
                },
            .shapes = {{{2, 3}}, {{3, 7}}}});
}

TEST_CASE("scatter_add", "[ops]") {
  check_op({.op = [](auto& x) { return scatter_add(x[0], 1, index24, x[1]); },
            .reference = scattered([](double& place, double value) { place += value; }),
            .linear = true,
            .shapes = {{{2, 3}, {2, 4}}, {{4, 5}, {2, 4}}},
            .errors = {{[] { scatter_add(x23, 1, index24, x23); },
                        "scatter_add: x is [2, 3] and values is [2, 3], but with this index values must be [2, 4]"}}});
  check_op({.op = [](auto& x) { return scatter_add(x[0], 0, many({300, 7, 5}, 30), x[1]); },
            .linear = true,
            .shapes = {{{30, 7, 5}, {300, 7, 5}}},
            .float32_tolerance = 2e-5,
            .large = {{30, 70, 5}, {300, 7, 5}}});
}

TEST_CASE("scatter_reduce", "[ops]") {
  check_op({.op = [](auto& x) { return scatter_reduce(x[0], 1, index24, x[1], ScatterReduce::amax); },
            .reference = scattered([](double& place, double value) { place = std::max(place, value); }),
            .shapes = {{{2, 3}, {2, 4}}, {{4, 5}, {2, 4}}},
            .errors = {{[] { scatter_reduce(x23, 1, index24, x23, ScatterReduce::amax); },
                        "scatter_reduce: x is [2, 3] and values is [2, 3], but with this index values must be [2, 4]"},
                       {[] { scatter_reduce(arange(3), 0, arange(2), arange(2), ScatterReduce::sum); },
                        "scatter_reduce: the tensor is int64, but it must be float32 or float64"}}});
  check_op({.op = [](auto& x) { return scatter_reduce(x[0], 1, index24, x[1], ScatterReduce::amin); },
            .reference = scattered([](double& place, double value) { place = std::min(place, value); }),
            .shapes = {{{2, 3}, {2, 4}}}});
  check_op({.op = [](auto& x) { return scatter_reduce(x[0], 1, index24, x[1], ScatterReduce::sum); },
            .reference = scattered([](double& place, double value) { place += value; }),
            .linear = true,
            .shapes = {{{2, 3}, {2, 4}}}});
  check_op({.op = [](auto& x) { return scatter_reduce(x[0], 1, index24, x[1], ScatterReduce::mean); },
            .reference =
                [](const std::vector<Array>& x) {
                  Array y = x[0], counts(y.shape, 1);
                  for (std::int64_t i = 0; i < 8; ++i) {
                    const Shape place{i / 4, index_at(i / 4, i % 4)};
                    y.at(place) += x[1][i];
                    counts.at(place) += 1;
                  }
                  for (std::int64_t i = 0; i < y.size(); ++i) y[i] /= counts[i];
                  return y;
                },
            .linear = true,
            .shapes = {{{2, 3}, {2, 4}}, {{3, 3}, {2, 4}}}});
  // Equal maxima share the gradient.
  const Tensor x = tensor({1.0, 2.0}).require_grad(), values = tensor({2.0, 2.0, 0.0}).require_grad();
  backward(sum(scatter_reduce(x, 0, tensor({1, 1, 1}), values, ScatterReduce::amax)));
  require_near(x.grad(), to_array(tensor({1.0, 1.0 / 3})), 1e-15);
  require_near(values.grad(), to_array(tensor({1.0 / 3, 1.0 / 3, 0.0})), 1e-15);
  const double nan = std::nan("");
  REQUIRE(std::isnan(scatter_reduce(tensor({1.0}), 0, tensor({0, 0}), tensor({nan, 5.0}), ScatterReduce::amin).item()));
}

TEST_CASE("index_select", "[ops]") {
  check_op({.op = [](auto& x) { return index_select(x[0], 1, tensor({2, 0, 2, 1})); },
            .reference = moved(
                [](const Shape& s) { return Shape{s[0], 4, s[2]}; },
                [](const Shape& p) {
                  return Shape{p[0], std::array<std::int64_t, 4>{2, 0, 2, 1}[static_cast<std::size_t>(p[1])], p[2]};
                }),
            .linear = true,
            .shapes = {{{2, 3, 7}}, {{1, 5, 1}}, {{0, 3, 2}}},
            .errors = {{[] { index_select(x23, 1, tensor({0, 3})); },
                        "index_select: the index at [1] is 3, but x has 3 elements along axis 1"},
                       {[] { index_select(x23, 1, zeros({1, 1}, int64)); },
                        "index_select: index is [1, 1], but it must have one axis"}},
            .large = {{30, 301, 7}}});
}

TEST_CASE("index_add along any axis", "[ops]") {
  check_op({.op = [](auto& x) { return index_add(x[0], -1, tensor({2, 0, 2, 1}), x[1]); },
            .reference =
                [](const std::vector<Array>& x) {
                  Array y = x[0];
                  for (std::int64_t i = 0; i < x[1].size(); ++i) {
                    const Shape p = place_of(i, x[1].shape);
                    y.at({p[0], std::array<std::int64_t, 4>{2, 0, 2, 1}[static_cast<std::size_t>(p[1])]}) += x[1][i];
                  }
                  return y;
                },
            .linear = true,
            .shapes = {{{2, 3}, {2, 4}}, {{7, 5}, {7, 4}}, {{0, 3}, {0, 4}}},
            .errors = {{[] { index_add(x23, 1, tensor({0, 3}), zeros({2, 2})); },
                        "index_add: the index at [1] is 3, but x has 3 elements along axis 1"},
                       {[] { index_add(x23, 1, tensor({0, 2}), x23); },
                        "index_add: x is [2, 3] and values is [2, 3], but with this index values must be [2, 2]"}},
            .large = {{301, 70}, {301, 4}}});
  REQUIRE(index_add(arange(3), 0, tensor({2, 2}), arange(2)).to_vector<std::int64_t>() ==
          std::vector<std::int64_t>{0, 1, 3});
}

TEST_CASE("index_copy", "[ops]") {
  check_op({.op = [](auto& x) { return index_copy(x[0], 1, tensor({2, 0, 2}), x[1]); },
            .reference =
                [](const std::vector<Array>& x) {
                  Array y = x[0];
                  for (std::int64_t i = 0; i < x[1].size(); ++i) {
                    const Shape p = place_of(i, x[1].shape);
                    y.at({p[0], p[1] == 1 ? 0 : 2, p[2]}) = x[1][i];
                  }
                  return y;
                },
            .linear = true,
            .shapes = {{{2, 3, 2}, {2, 3, 2}}, {{1, 7, 1}, {1, 3, 1}}, {{0, 3, 2}, {0, 3, 2}}},
            .errors = {{[] { index_copy(x23, 1, tensor({0, 3}), zeros({2, 2})); },
                        "index_copy: the index at [1] is 3, but x has 3 elements along axis 1"}},
            .large = {{300, 7, 20}, {300, 3, 20}}});
}

TEST_CASE("take", "[ops]") {
  check_op({.op = [](auto& x) { return take(x[0], tensor({5, 0, 5, 3}, {2, 2})); },
            .reference =
                [](const std::vector<Array>& x) {
                  Array y({2, 2});
                  y.values = {x[0][5], x[0][0], x[0][5], x[0][3]};
                  return y;
                },
            .linear = true,
            .shapes = {{{2, 3}}, {{7}}, {{1, 33, 1}}},
            .errors = {{[] { take(x23, tensor({0, 6})); }, "take: the index at [1] is 6, but x has 6 elements"}}});
}

TEST_CASE("put", "[ops]") {
  const auto reference = [](bool accumulate) {
    return [=](const std::vector<Array>& x) {
      Array y = x[0];
      const std::int64_t places[] = {5, 0, 5, 3};
      for (std::int64_t i = 0; i < 4; ++i) y[places[i]] = x[1][i] + (accumulate ? y[places[i]] : 0);
      return y;
    };
  };
  check_op(
      {.op = [](auto& x) { return put(x[0], tensor({5, 0, 5, 3}, {2, 2}), x[1]); },
       .reference = reference(false),
       .linear = true,
       .shapes = {{{2, 3}, {2, 2}}, {{7}, {2, 2}}},
       .errors = {{[] { put(x23, tensor({0, 6}), zeros({2})); }, "put: the index at [1] is 6, but x has 6 elements"},
                  {[] { put(x23, tensor({0, 5}), zeros({3})); },
                   "put: x is [2, 3] and values is [3], but with this index values must be [2]"}}});
  check_op({.op = [](auto& x) { return put(x[0], tensor({5, 0, 5, 3}, {2, 2}), x[1], true); },
            .reference = reference(true),
            .linear = true,
            .shapes = {{{2, 3}, {2, 2}}}});
}

TEST_CASE("one_hot", "[ops]") {
  const Tensor y = one_hot(tensor({2, 0, 1, 2}, {2, 2}), 3);
  REQUIRE(y.shape() == Shape{2, 2, 3});
  REQUIRE(y.to_vector<float>() == std::vector<float>{0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 1});
  REQUIRE(one_hot(scalar<std::int64_t>(1), 2, boolean).to_vector<bool>() == std::vector{false, true});
  REQUIRE(one_hot(arange(0), 4, int64).shape() == Shape{0, 4});
  REQUIRE_THROWS_WITH(one_hot(tensor({0, 3}), 3), "one_hot: the index at [1] is 3, but the result has 3 classes");
  REQUIRE_THROWS_WITH(one_hot(tensor({0, -1}), 3), "one_hot: the index at [1] is -1, but the result has 3 classes");
  REQUIRE_THROWS_WITH(one_hot(tensor({0}), -3), "one_hot: the number of classes is -3, but it must not be negative");
}

TEST_CASE("elements of any dtype can be gathered and scattered", "[ops]") {
  const Tensor x = reshape(arange(6), {2, 3});
  for (const DType dtype : {float32, float64, int32, int64, boolean, bfloat16, float16}) {
    const Tensor of = cast(x, dtype);
    require_same_bits(gather(of, 1, index24), cast(gather(x, 1, index24), dtype));
    require_same_bits(scatter(of, 1, cast(index24, int32), cast(index24, dtype)),
                      cast(scatter(x, 1, index24, index24), dtype));
    require_same_bits(index_select(of, 1, tensor({1, 1})), cast(index_select(x, 1, tensor({1, 1})), dtype));
    require_same_bits(index_copy(of, 1, tensor({1}), cast(ones({2, 1}), dtype)),
                      cast(index_copy(x, 1, tensor({1}), ones({2, 1}, int64)), dtype));
  }
  REQUIRE(scatter_add(x, 1, index24, index24).to_vector<std::int64_t>() == std::vector<std::int64_t>{0, 2, 6, 3, 5, 5});
}

TEST_CASE("values for one place are added in the order of the index, for any number of threads", "[ops]") {
  const std::int64_t n = 20000;
  const Tensor index = many({n}, 11), values = to_tensor(random_array({n}, 5), float32);
  std::vector<double> sums(11);
  for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i)
    sums[static_cast<std::size_t>(index.data<std::int64_t>()[i])] += static_cast<double>(values.data<float>()[i]);
  const std::vector<float> expected = cast(tensor(sums), float32).to_vector<float>();
  for (const int threads : {1, 3}) {
    const Threads use(threads);
    REQUIRE(scatter_add(zeros({11}), 0, index, values).to_vector<float>() == expected);
    REQUIRE(scatter_add(zeros({11, 50}), 0, broadcast_to(unsqueeze(index, 1), {n, 50}),
                        broadcast_to(unsqueeze(values, 1), {n, 50}))
                .to_vector<float>() == repeat_interleave(tensor(expected), 50, 0).to_vector<float>());
  }
}
