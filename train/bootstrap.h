// Confidence intervals by bootstrap.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "../graph/executor.h"
#include "../graph/fail.h"
#include "../text/corpora/draws.h"

namespace heed::train {

/// Options of bootstrap: number of samples drawn, confidence of the interval, and seed of the draws.
struct BootstrapOptions {
  std::int64_t samples = 1000;
  double confidence = 0.95;
  std::uint64_t seed = 1;
};

/// Value of a metric with its confidence interval [low, high].
struct Estimate {
  /// Value on all items, and ends of the interval.
  double value, low, high;
};

/// Bootstrap confidence interval of a metric on a test set: the value on all items, and the percentile interval of the
/// values on resamples of the same size, drawn with replacement. `metric(which)` takes the items' indices as
/// std::span<const std::size_t> and is called in parallel. Efron 1979, "Bootstrap methods: another look at the
/// jackknife"; Koehn 2004, "Statistical significance tests for machine translation evaluation". Without items the
/// interval is the value. Throws Error if the metric of a sample is NaN, or an option is invalid.
template <class Metric>
Estimate bootstrap(std::int64_t items, const Metric& metric, const BootstrapOptions& options = {}) {
  if (items < 0 || items > (std::int64_t{1} << 32))
    fail("bootstrap: there are {} items, but there must be from 0 to 2^32", items);
  if (options.samples < 1 || options.samples > (std::int64_t{1} << 32))
    fail("bootstrap: samples is {}, but it must be from 1 to 2^32", options.samples);
  if (!(options.confidence >= 0 && options.confidence <= 1))
    fail("bootstrap: confidence is {}, but it must be from 0 to 1", options.confidence);
  std::vector<std::size_t> all(static_cast<std::size_t>(items));
  std::iota(all.begin(), all.end(), std::size_t{0});
  Estimate estimate{metric(std::span<const std::size_t>(all)), 0, 0};
  estimate.low = estimate.high = estimate.value;
  if (items == 0) return estimate;
  std::vector<double> values(static_cast<std::size_t>(options.samples));
  // One chunk per sample; each draws its own numbers and writes its own value.
  parallel_chunks(options.samples, [&](std::int64_t sample) {
    text::Draws draws{options.seed, 0, static_cast<std::uint64_t>(sample)};
    std::vector<std::size_t> which(all.size());
    for (std::size_t& item : which) item = static_cast<std::size_t>(draws.below(items));
    values[static_cast<std::size_t>(sample)] = metric(std::span<const std::size_t>(which));
  });
  const auto nan = std::find_if(values.begin(), values.end(), [](double value) { return std::isnan(value); });
  if (nan != values.end())
    fail("bootstrap: the metric of sample {} of {} is nan, so samples cannot be sorted", nan - values.begin(),
         options.samples);
  std::sort(values.begin(), values.end());
  const auto cut = static_cast<std::size_t>((1 - options.confidence) / 2 * static_cast<double>(options.samples));
  const std::size_t at = std::min(cut, (values.size() - 1) / 2);
  estimate.low = values[at];
  estimate.high = values[values.size() - 1 - at];
  return estimate;
}

}  // namespace heed::train
