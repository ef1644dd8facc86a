#include <map>

#include "catch.h"
#include "ops/table.h"

using namespace heed;
using namespace table;

namespace {

/// Reference: the sum of products over all indices, one loop for each letter. Terms and output are those of an explicit
/// expression without an ellipsis; axes of length 1 are repeated.
Array loops(const std::vector<std::string>& terms, const std::string& output, const std::vector<Array>& x) {
  std::map<char, std::int64_t> lengths;
  for (std::size_t i = 0; i < terms.size(); ++i)
    for (std::size_t axis = 0; axis < terms[i].size(); ++axis) {
      const std::int64_t length = x[i].shape[static_cast<int>(axis)];
      if (!lengths.contains(terms[i][axis]) || lengths[terms[i][axis]] == 1) lengths[terms[i][axis]] = length;
    }
  Shape all, result;
  std::map<char, int> axis_of;
  for (const auto& [letter, length] : lengths) {
    axis_of[letter] = all.rank();
    all.push_back(length);
  }
  for (const char letter : output) result.push_back(lengths[letter]);
  Array y(result);
  for (std::int64_t i = 0; i < all.elements(); ++i) {
    const Shape index = place_of(i, all);
    const auto place = [&](const std::string& term) {
      Shape at;
      for (const char letter : term) at.push_back(index[axis_of[letter]]);
      return at;
    };
    double product = 1;
    for (std::size_t operand = 0; operand < terms.size(); ++operand) {
      Shape at = place(terms[operand]);
      for (int axis = 0; axis < at.rank(); ++axis)
        if (x[operand].shape[axis] == 1) at[axis] = 0;
      product *= x[operand].at(at);
    }
    y.at(place(output)) += product;
  }
  return y;
}

void check(const std::string& expression, const std::vector<std::string>& terms, const std::string& output,
           const std::vector<std::vector<Shape>>& shapes, const std::vector<Shape>& large = {}) {
  INFO(expression);
  check_op({.op = [&](auto& x) { return einsum(expression, x); },
            .reference = [&](auto& x) { return loops(terms, output, x); },
            .linear = terms.size() == 1,
            .multilinear = terms.size() > 1,
            .shapes = shapes,
            .float32_tolerance = 5e-6,
            .large = large});
}

}  // namespace

TEST_CASE("einsum", "[ops]") {
  check("ij,jk->ik", {"ij", "jk"}, "ik", {{{3, 7}, {7, 2}}, {{1, 1}, {1, 1}}, {{3, 0}, {0, 2}}},
        {{150, 80}, {80, 130}});
  check("bqhd,bkhd->bhqk", {"bqhd", "bkhd"}, "bhqk", {{{2, 3, 2, 4}, {2, 2, 2, 4}}}, {{2, 40, 3, 16}, {2, 50, 3, 16}});
  check("ij,jk,kl->il", {"ij", "jk", "kl"}, "il", {{{3, 4}, {4, 2}, {2, 5}}});
  check("i,j,k->kji", {"i", "j", "k"}, "kji", {{{3}, {4}, {2}}, {{3}, {0}, {2}}});
  check("bi,bij,bj->b", {"bi", "bij", "bj"}, "b", {{{2, 3}, {2, 3, 4}, {2, 4}}});
  check("ij,ij->", {"ij", "ij"}, "", {{{3, 4}, {3, 4}}});
  check("ijk->j", {"ijk"}, "j", {{{3, 4, 2}}});
  check("ij->ji", {"ij"}, "ji", {{{3, 4}}});
  check("abc,acd,e->bde", {"abc", "acd", "e"}, "bde", {{{2, 3, 4}, {2, 4, 2}, {3}}});
}

TEST_CASE("einsum with repeated letters", "[ops]") {
  check("ii", {"ii"}, "", {{{4, 4}}, {{1, 1}}, {{0, 0}}});
  check("ii->i", {"ii"}, "i", {{{4, 4}}});
  check("iji->ji", {"iji"}, "ji", {{{3, 2, 3}}});
  check("iii,ik->k", {"iii", "ik"}, "k", {{{3, 3, 3}, {3, 4}}});
  check("ijij->", {"ijij"}, "", {{{2, 3, 2, 3}}});
}

TEST_CASE("einsum without an output has the axes in alphabetical order", "[ops]") {
  check("ba", {"ba"}, "ab", {{{3, 4}}});
  check("ij,jk", {"ij", "jk"}, "ik", {{{3, 4}, {4, 2}}});
  check("bA,b", {"bA", "b"}, "A", {{{3, 4}, {3}}});
  check(" c b , b a ", {"cb", "ba"}, "ac", {{{3, 4}, {4, 2}}});
}

TEST_CASE("einsum repeats axes of length 1", "[ops]") {
  check("ij,ij->ij", {"ij", "ij"}, "ij", {{{1, 4}, {3, 4}}, {{3, 1}, {1, 4}}, {{1, 1}, {3, 1}}});
  check("ij,ij->j", {"ij", "ij"}, "j", {{{1, 4}, {3, 4}}});
  check("ij,jk->ik", {"ij", "jk"}, "ik", {{{3, 1}, {4, 2}}, {{1, 1}, {1, 3}}});
}

TEST_CASE("einsum with an ellipsis", "[ops]") {
  check("...ij,...jk->...ik", {"bij", "bjk"}, "bik", {{{2, 3, 4}, {2, 4, 2}}, {{1, 3, 4}, {2, 4, 2}}});
  check("...ij,...jk", {"abij", "bjk"}, "abik", {{{2, 3, 2, 2}, {3, 2, 4}}});
  check("i...->...i", {"iab"}, "abi", {{{2, 3, 4}}});
  check("...i,...i->...", {"abi", "i"}, "ab", {{{2, 3, 4}, {4}}});
  check("...i->i", {"abi"}, "i", {{{2, 3, 4}}});  // the axes of the ellipsis are summed over
  check("...", {"ab"}, "ab", {{{2, 3}}});
  check("i...i->...", {"iai"}, "a", {{{3, 2, 3}}});
}

TEST_CASE("einsum whose products have many axes", "[ops]") {
  const std::string term = "abcdefgh", output = "abcdefg";
  const Shape shape{1, 2, 1, 2, 1, 2, 1, 3};
  const std::vector<Array> x = {random_array(shape, 1), random_array(shape, 2)};
  require_near(einsum(term + "," + term + "->" + output, {to_tensor(x[0]), to_tensor(x[1])}),
               loops({term, term}, output, x), 1e-13);
}

TEST_CASE("error messages of einsum", "[ops]") {
  const Tensor x = zeros({2, 3}), square = zeros({2, 2});
  const auto throws = [](const std::string& sentence, const std::string& expression,
                         const std::vector<Tensor>& operands) {
    REQUIRE_THROWS_WITH(einsum(expression, operands), sentence);
  };
  throws("einsum: \"ij,jk\" has 2 terms before the arrow, but 1 operands were given", "ij,jk", {x});
  throws("einsum: \"ij\" has 1 terms before the arrow, but 0 operands were given", "ij", {});
  throws("einsum: \"i1\" has '1' in \"i1\", but a term consists of letters and at most one \"...\"", "i1", {x});
  throws("einsum: \"......\" has '.' in \"......\", but a term consists of letters and at most one \"...\"", "......",
         {x});
  throws("einsum: \"i..\" has '.' in \"i..\", but a term consists of letters and at most one \"...\"", "i..", {x});
  throws("einsum: \"ij->i->j\" has '-' in \"i->j\", but a term consists of letters and at most one \"...\"", "ij->i->j",
         {x});
  throws("einsum: \"i->i\" names 1 axes of operand 0, which is [2, 3]", "i->i", {x});
  throws("einsum: \"ijk...->i\" names 3 axes of operand 0, which is [2, 3]", "ijk...->i", {x});
  throws("einsum: the output of \"ij->ik\" has k, which no term before the arrow has", "ij->ik", {x});
  throws("einsum: the output of \"ij->ii\" has i twice", "ij->ii", {x});
  throws("einsum: \"ii\" takes the diagonal of i of operand 0, [2, 3], but these axes must have one length", "ii", {x});
  throws("einsum: \"ij,jk\" has operands 0, [2, 3], and 1, [2, 2], but j is 3 in the one and 2 in the other", "ij,jk",
         {x, square});
  throws(
      "einsum: \"i...,i...\" has operands 0, [2, 3], and 1, [2, 2], but an axis under \"...\" is 3 in the one and 2 "
      "in the other",
      "i...,i...", {x, square});
  throws(
      "einsum: operand 0 is float32 and another operand is float64, but both must have the same dtype; cast one of "
      "them",
      "ij,ij", {x, zeros({2, 3}, float64)});
  throws("einsum: the tensor is int64, but it must be float32 or float64", "ij", {zeros({2, 3}, int64)});
}

TEST_CASE("einsum multiplies the pair first that saves the most elements", "[ops]") {
  // From the left the first product would have a million elements, from the right a thousand.
  const Tensor column = ones({1000, 1}), row = ones({1, 1000}), x = ones({1000, 1});
  const std::int64_t before = memory_report().in_use;
  reset_peak_memory();
  const Tensor y = einsum("ij,jk,kl->il", {column, row, x});
  REQUIRE(memory_report().peak - before < 400'000);
  REQUIRE(y.to_vector<float>() == std::vector<float>(1000, 1000));
}
