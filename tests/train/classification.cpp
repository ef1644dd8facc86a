#include <heed/train/bootstrap.h>
#include <heed/train/classification.h>
#include <heed/train/early_stopping.h>
#include <heed/train/perplexity.h>

#include <cmath>

#include "catch.h"

using namespace heed;

namespace {

using Numbers = std::vector<std::int64_t>;

bool close(double a, double b) { return std::abs(a - b) < 1e-12; }

}  // namespace

TEST_CASE("accuracy, F1 and Matthews correlation", "[train]") {
  const Numbers labels{1, 1, 1, 1, 0, 0, 0, 0, 0, 0}, predicted{1, 1, 1, 0, 0, 0, 0, 0, 1, 1};
  CHECK(close(train::accuracy(predicted, labels), 0.7));
  const train::F1 positive = train::f1(predicted, labels);
  CHECK(close(positive.precision, 0.6));
  CHECK(close(positive.recall, 0.75));
  CHECK(close(positive.f1, 2 * 0.6 * 0.75 / (0.6 + 0.75)));
  const double negative = 2.0 * 4 / (5 + 6);
  CHECK(close(train::f1(predicted, labels, 0).f1, negative));
  CHECK(close(train::macro_f1(predicted, labels), (positive.f1 + negative) / 2));
  CHECK(close(train::micro_f1(predicted, labels), 0.7));
  // (tp tn - fp fn) / sqrt((tp + fp)(tp + fn)(tn + fp)(tn + fn))
  CHECK(close(train::matthews(predicted, labels), (3.0 * 4 - 2 * 1) / std::sqrt(5.0 * 4 * 6 * 5)));

  const Numbers three{0, 1, 2, 2, 1, 0}, guessed{0, 2, 2, 2, 1, 1};
  CHECK(close(train::accuracy(guessed, three), 4.0 / 6));
  CHECK(close(train::macro_f1(guessed, three), (2.0 / 3 + 0.5 + 0.8) / 3));
  // n = 6, right = 4, sum of products = 1*2 + 2*2 + 3*2, of squares 14 and 12.
  CHECK(close(train::matthews(guessed, three), (24.0 - 12) / std::sqrt((36.0 - 14) * (36 - 12))));
  CHECK(close(train::matthews(three, three), 1));
  CHECK(train::matthews(Numbers{1, 1}, Numbers{0, 1}) == 0);
  CHECK(train::accuracy(Numbers{}, Numbers{}) == 0);
  CHECK(train::f1(labels, labels, 7).f1 == 0);
  CHECK_THROWS_WITH(train::matthews(Numbers{1}, Numbers{}),
                    "matthews: there are 1 predictions and 0 labels, but their numbers must be equal");
}

TEST_CASE("metrics of NaN, of no items and of invalid arguments", "[train]") {
  train::Perplexity perplexity;
  perplexity.add(std::nan(""), 0);  // the mean of no labels
  perplexity.add(2, 3);
  CHECK(perplexity.loss() == 2);
  CHECK_THROWS_WITH(perplexity.add(1, -1), "Perplexity: labels is -1, but it must not be negative");
  CHECK_THROWS_WITH(perplexity.bits_per(0), "Perplexity: bits_per got 0 units, but there must be at least 1");
  perplexity.add(std::nan(""), 1);
  CHECK(std::isnan(perplexity.perplexity()));

  const auto first = [](std::span<const std::size_t> which) {
    return which.empty() || which[0] == 1 ? std::nan("") : 1.0;
  };
  CHECK_THROWS_WITH(train::bootstrap(2, first, {.samples = 64}),
                    Catch::Matchers::Contains("bootstrap: the metric of sample ") &&
                        Catch::Matchers::Contains(" of 64 is nan, so samples cannot be sorted"));
  const auto one = [](std::span<const std::size_t>) { return 1.0; };
  CHECK_THROWS_WITH(train::bootstrap(-1, one), "bootstrap: there are -1 items, but there must be from 0 to 2^32");
  CHECK_THROWS_WITH(train::bootstrap(3, one, {.samples = 0}), "bootstrap: samples is 0, but it must be from 1 to 2^32");
  for (const double confidence : {-0.1, 1.1, std::nan("")})
    CHECK_THROWS_WITH(train::bootstrap(3, one, {.confidence = confidence}),
                      fmt::format("bootstrap: confidence is {}, but it must be from 0 to 1", confidence));
  CHECK(train::bootstrap(0, one).high == 1);

  train::EarlyStopping stopping{.min_delta = std::nan("")};
  CHECK_THROWS_WITH(stopping.improves(1), "EarlyStopping: min_delta is nan, but it must be finite and not negative");
  CHECK_THROWS_WITH(train::accuracy(Numbers{-100}, Numbers{0}),
                    "accuracy: there is a class -100, but classes must not be negative");
  CHECK_THROWS_WITH(train::macro_f1(Numbers{0}, Numbers{-1}),
                    "macro_f1: there is a class -1, but classes must not be negative");
}
