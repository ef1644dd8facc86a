#include "catch.h"
#include "ops/table.h"

using namespace heed;
using namespace table;

namespace {

const std::vector<std::int64_t> places = {2, 0, 2, 1, 2, 0};

std::int64_t width_of(const Array& x) { return x.shape[0] > 0 ? x.size() / x.shape[0] : 0; }

Reference gathered(const Shape& indices) {
  return [=](const std::vector<Array>& x) {
    Shape shape = indices;
    for (int axis = 1; axis < x[0].shape.rank(); ++axis) shape.push_back(x[0].shape[axis]);
    Array y(shape);
    const std::int64_t width = width_of(x[0]);
    for (std::int64_t i = 0; i < indices.elements(); ++i)
      for (std::int64_t j = 0; j < width; ++j) y[i * width + j] = x[0][places[static_cast<std::size_t>(i)] * width + j];
    return y;
  };
}

/// Many indices, unevenly distributed; int64 [n].
Tensor many(std::int64_t n, std::int64_t rows) {
  Tensor made = empty({n}, int64);
  for (std::int64_t i = 0; i < n; ++i) fill<std::int64_t>(made)[i] = (i * i * 7919 + i) % (i % 3 == 0 ? rows : 5);
  return made;
}

}  // namespace

TEST_CASE("gather_rows", "[ops]") {
  check_op({.op = [](auto& x) { return gather_rows(x[0], tensor(places, {3, 2})); },
            .reference = gathered({3, 2}),
            .linear = true,
            .shapes = {{{3, 7}}, {{5}}, {{4, 1}}, {{3, 2, 5}}, {{3, 0}}},
            .errors = {{[] { gather_rows(zeros({3, 2}), tensor(places, {3, 2}) + ones({3, 2}, int64)); },
                        "gather_rows: the index at [0, 0] is 3, but the table has 3 rows"},
                       {[] { gather_rows(zeros({3}), tensor({0, 1, -1})); },
                        "gather_rows: the index at [2] is -1, but the table has 3 rows"},
                       {[] { gather_rows(zeros({3}), zeros({2})); },
                        "gather_rows: the index tensor is float32 [2], but it must be int64 or int32"},
                       {[] { gather_rows(scalar(1.0f), zeros({2}, int64)); },
                        "gather_rows: the table is [], but it must have an axis of rows"}}});
  check_op({.op = [](auto& x) { return gather_rows(x[0], many(3000, 1000)); },
            .linear = true,
            .shapes = {{{1000, 3}}},
            .large = {{1000, 129}}});
  check_op({.op = [](auto& x) { return gather_rows(x[0], zeros({4000}, int64)); },
            .linear = true,
            .shapes = {{{2, 3}}},
            .large = {{2, 129}}});
  check_op({.op = [](auto& x) { return gather_rows(x[0], zeros({0}, int64)); },
            .linear = true,
            .shapes = {{{2, 3}}, {{0, 3}}}});
}

TEST_CASE("embedding", "[ops]") {
  check_op({.op = [](auto& x) { return embedding(x[0], tensor(places, {2, 3})); },
            .reference = gathered({2, 3}),
            .linear = true,
            .shapes = {{{3, 7}}, {{4, 1}}},
            .errors = {{[] { embedding(zeros({5, 2}), tensor({1, 7}, {2, 1})); },
                        "embedding: the index at [1, 0] is 7, but the table has 5 rows"},
                       {[] { embedding(zeros({5}), tensor({1})); },
                        "embedding: the table is [5], but it must be [vocabulary, width]"}},
            .large = {{3, 40001}}});
}

TEST_CASE("index_add", "[ops]") {
  check_op(
      {.op = [](auto& x) { return index_add(x[0], tensor(places, {2, 3}), x[1]); },
       .reference =
           [](const std::vector<Array>& x) {
             Array y = x[0];
             const std::int64_t width = width_of(y);
             for (std::int64_t i = 0; i < 6; ++i)
               for (std::int64_t j = 0; j < width; ++j)
                 y[places[static_cast<std::size_t>(i)] * width + j] += x[1][i * width + j];
             return y;
           },
       .linear = true,
       .shapes = {{{3, 7}, {2, 3, 7}}, {{5}, {2, 3}}, {{3, 2, 2}, {2, 3, 2, 2}}, {{3, 0}, {2, 3, 0}}},
       .errors =
           {{[] { index_add(zeros({3, 2}), tensor({0, 3}), zeros({2, 2})); },
             "index_add: the index at [1] is 3, but x has 3 rows"},
            {[] { index_add(zeros({3, 2}), tensor({0, 2}), zeros({2, 3})); },
             "index_add: x is [3, 2] and indices [2], so rows must be [2, 2], but they are [2, 3]"},
            {[] { index_add(scalar(1.0f), tensor({0}), zeros({1})); },
             "index_add: x is [], but it must have an axis of rows"},
            {[] { index_add(zeros({3}), tensor({0}), zeros({1}, float64)); },
             "index_add: x is float32 and rows is float64, but both must have the same dtype; cast one of them"}}});
  check_op({.op = [](auto& x) { return index_add(x[0], many(3000, 300), x[1]); },
            .linear = true,
            .shapes = {{{300, 3}, {3000, 3}}},
            .float32_tolerance = 1e-5,
            .large = {{300, 129}, {3000, 129}}});
}

TEST_CASE("index_add changes nothing but its result", "[ops]") {
  const Tensor x = ones({3, 2});
  const Tensor y = index_add(x, tensor({1}), ones({1, 2}));
  REQUIRE(x.to_vector<float>() == std::vector<float>(6, 1));
  REQUIRE(y.to_vector<float>() == std::vector<float>{1, 1, 2, 2, 1, 1});
}

TEST_CASE("rows of any width are added in the same order for any number of threads", "[ops]") {
  const std::int64_t n = 20000;
  const Tensor index = many(n, 300);
  for (const std::int64_t width : {1, 2, 16, 17, 70}) {
    const Tensor rows = to_tensor(random_array({n, width}, 5), float32);
    std::vector<double> expected(static_cast<std::size_t>(300 * width));
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t j = 0; j < width; ++j)
        expected[static_cast<std::size_t>(index.data<std::int64_t>()[static_cast<std::size_t>(i)] * width + j)] +=
            static_cast<double>(rows.data<float>()[static_cast<std::size_t>(i * width + j)]);
    std::vector<float> first;
    for (const int threads : {1, 3}) {
      const Threads use(threads);
      INFO("width " << width << ", " << threads << " threads");
      const Tensor y = index_add(zeros({300, width}), index, rows);
      require_near(y, to_array(tensor(expected, y.shape())), 1e-4);
      if (first.empty()) first = y.to_vector<float>();
      REQUIRE(y.to_vector<float>() == first);
      REQUIRE(index_add(zeros({300, width}), index, transpose(contiguous(transpose(rows)))).to_vector<float>() ==
              first);
    }
  }
}

TEST_CASE("indices of more than 16 bits are sorted", "[ops]") {
  const std::int64_t rows = 70001, n = 5000;
  Tensor indices = empty({n}, int64);
  for (std::int64_t i = 0; i < n; ++i) fill<std::int64_t>(indices)[i] = (i % 700) * 99991 % rows;
  const std::int64_t width = 20;  // narrower rows are not sorted
  const Tensor values = to_tensor(random_array({n, width}, 3));
  Array expected({rows, width});
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < width; ++j)
      expected[indices.data<std::int64_t>()[static_cast<std::size_t>(i)] * width + j] +=
          values.data<double>()[static_cast<std::size_t>(i * width + j)];
  require_near(index_add(zeros({rows, width}, float64), indices, values), expected, 1e-13);
}

TEST_CASE("indices may be int32, and views; rows may have any dtype", "[ops]") {
  const Tensor table = reshape(arange(12), {4, 3});
  const Tensor indices = transpose(cast(tensor({3, 0, 1, 2, 0, 2}, {2, 3}), int32));
  const std::vector<std::int64_t> expected = {9, 10, 11, 6, 7, 8, 0, 1, 2, 0, 1, 2, 3, 4, 5, 6, 7, 8};
  REQUIRE(gather_rows(table, indices).to_vector<std::int64_t>() == expected);
  for (const DType dtype : {float32, float64, int32, boolean})
    require_same_bits(gather_rows(cast(table, dtype), indices), cast(gather_rows(table, indices), dtype));
  REQUIRE(index_add(arange(3), tensor({2, 2}), arange(2)).to_vector<std::int64_t>() ==
          std::vector<std::int64_t>{0, 1, 3});
}
