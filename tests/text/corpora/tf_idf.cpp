#include <heed/text/corpora/tf_idf.h>

#include <cmath>

#include "catch.h"

using namespace heed;

TEST_CASE("TF-IDF vectors by the formula", "[text]") {
  // Words of two documents and more: cat (3 of 4), dog (2), in alphabetical order. "a" is too short, "bird" too rare.
  const std::vector<std::string> texts{"A cat, a Cat, a dog", "cat bird", "the dog and the cat", "a b c"};
  const text::TfIdf vectors{texts};
  CHECK(vectors.words() == 2);
  const text::SparseDocuments x = vectors(texts);
  CHECK(x.documents == 4);
  CHECK(x.words == 2);
  CHECK(x.document.to_vector<std::int64_t>() == std::vector<std::int64_t>{0, 0, 1, 2, 2});
  CHECK(x.word.to_vector<std::int64_t>() == std::vector<std::int64_t>{0, 1, 0, 0, 1});
  CHECK(x.value.shape() == Shape{5, 1});
  const double cat = std::log(5.0 / 4) + 1, dog = std::log(5.0 / 3) + 1, twice = (1 + std::log(2.0)) * cat;
  const auto norm = [](double a, double b) { return std::sqrt(a * a + b * b); };
  const std::vector<double> expected{twice / norm(twice, dog), dog / norm(twice, dog), 1, cat / norm(cat, dog),
                                     dog / norm(cat, dog)};
  const auto values = x.value.to_vector<float>();
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(values[i] == Approx(expected[i]).epsilon(1e-6));

  // Words that are not among those of the training texts are ignored.
  const std::vector<std::string> others{"unknown words", "a dog"};
  const text::SparseDocuments y = vectors(others);
  CHECK(y.documents == 2);
  CHECK(y.document.to_vector<std::int64_t>() == std::vector<std::int64_t>{1});
  CHECK(y.word.to_vector<std::int64_t>() == std::vector<std::int64_t>{1});
  CHECK(y.value.to_vector<float>() == std::vector<float>{1});
}

TEST_CASE("TF-IDF of no texts", "[text]") {
  const text::TfIdf vectors{std::span<const std::string>{}};
  CHECK(vectors.words() == 0);
  const std::vector<std::string> texts{"a dog"};
  CHECK(vectors(texts).value.shape() == Shape{0, 1});
}
