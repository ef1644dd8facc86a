#include "rotary_frequencies.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <numbers>

#include "../../graph/create.h"
#include "../../graph/executor.h"
#include "../../graph/fail.h"
#include "../../graph/support/expect_number.h"
#include "../../graph/support/fork.h"
#include "../../graph/support/size.h"
#include "../support/elementwise.h"

namespace heed {
using namespace heed::detail;

namespace {

constexpr const char* op = "rotary_frequencies";

void check(Size width, double base) {
  if (width <= 0 || width % 2 != 0) fail("{}: width is {}, but it must be even and at least 2", op, width.value);
  if (!(base > 1) || !std::isfinite(base)) fail("{}: the base is {}, but it must be more than 1", op, base);
}
void check_factor(double factor) {
  if (!(factor >= 1) || !std::isfinite(factor)) fail("{}: the factor is {}, but it must be at least 1", op, factor);
}
void check_trained(Size trained_length) {
  if (trained_length < 1) fail("{}: trained_length is {}, but it must be at least 1", op, trained_length.value);
}
void check_rotations(double fast, double slow) {
  if (!(slow > 0 && fast > slow && std::isfinite(fast)))
    fail("{}: fast is {} and slow {}, but fast must be more than slow, and slow more than 0", op, fast, slow);
}

std::vector<double> unscaled(Size width, double base) {
  check(width, base);
  std::vector<double> pairs(vector_length(op, width / 2, sizeof(double)));
  for (std::size_t i = 0; i < pairs.size(); ++i)
    pairs[i] = std::pow(base, -2.0 * static_cast<double>(i) / static_cast<double>(width.value));
  return pairs;
}

double ntk_base(Size width, double base, double factor) {
  check(width, base);
  if (width <= 2) fail("{}: width is {}, but to scale the base it must be at least 4", op, width.value);
  const auto w = static_cast<double>(width.value);
  return base * std::pow(factor, w / (w - 2));
}

/// Interpolates between f / factor (keep = 0) and f (keep = 1).
double mixed(double f, double factor, double keep) { return f * keep + f / factor * (1 - keep); }

}  // namespace

struct RotaryFrequencies::Shared {
  std::vector<double> pairs, growth;
  double factor;
  std::map<DType, Tensor> cos_sin;

  /// Computes cosines and sines of position_of(row) for each row.
  template <class Position>
  Tensor rows(std::int64_t count, DType dtype, const Position& position_of) const {
    const auto half = static_cast<std::int64_t>(pairs.size());
    return with_floating("rotary", dtype, [&]<class T>() {
      Tensor made = empty({count, 2 * half}, dtype);
      T* const to = fill<T>(made);
      parallel(count, 80.0 * static_cast<double>(half), [&](Range part) {
        for (std::int64_t row = part.begin; row < part.end; ++row) {
          const auto position = static_cast<double>(position_of(row));
          for (std::int64_t i = 0; i < half; ++i) {
            const auto pair = static_cast<std::size_t>(i);
            const double angle = position * pairs[pair];
            const double size = growth.empty() ? factor : factor * std::pow(growth[pair], position);
            to[row * 2 * half + i] = static_cast<T>(size * std::cos(angle));
            to[row * 2 * half + half + i] = static_cast<T>(size * std::sin(angle));
          }
        }
      });
      return made;
    });
  }
};

namespace {
/// Mutex of the tables of all frequencies.
detail::ForkSafeMutex& cos_sin_mutex() {
  static auto& mutex = *new detail::ForkSafeMutex{detail::ForkOrder::tables};
  return mutex;
}
}  // namespace

RotaryFrequencies::RotaryFrequencies(std::vector<double> pairs, double factor, std::vector<double> growth)
    : shared_(std::make_shared<Shared>()) {
  if (!growth.empty() && growth.size() != pairs.size())
    fail("RotaryFrequencies: there are {} pairs and {} numbers of growth, but there must be one for each pair, or none",
         pairs.size(), growth.size());
  const auto finite = [](double x) { return std::isfinite(x); };
  if (!std::all_of(pairs.begin(), pairs.end(), finite) || !std::all_of(growth.begin(), growth.end(), finite) ||
      !finite(factor))
    fail("RotaryFrequencies: a number is not finite");
  shared_->pairs = std::move(pairs);
  shared_->growth = std::move(growth);
  shared_->factor = factor;
}

std::span<const double> RotaryFrequencies::pairs() const { return shared_->pairs; }
std::span<const double> RotaryFrequencies::growth() const { return shared_->growth; }
double RotaryFrequencies::factor() const { return shared_->factor; }

Tensor RotaryFrequencies::cos_sin(std::int64_t positions, DType dtype) const {
  const std::lock_guard lock(cos_sin_mutex());
  Tensor& table = shared_->cos_sin[dtype];
  if (table && table.size(0) >= positions) return table;
  // The table grows at least by a factor of two.
  const std::int64_t rows = std::max<std::int64_t>({positions, table ? 2 * table.size(0) : 0, 64});
  table = shared_->rows(rows, dtype, [](std::int64_t row) { return row; });
  return table;
}

Tensor RotaryFrequencies::cos_sin_at(const Tensor& positions, DType dtype) const {
  const std::int64_t* position = read<std::int64_t>(positions);
  return shared_->rows(positions.elements(), dtype, [=](std::int64_t row) { return position[row]; });
}

RotaryFrequencies rotary_frequencies(Size width, double base) { return RotaryFrequencies(unscaled(width, base)); }

RotaryFrequencies rotary_frequencies(Size width, double base, const LinearScaling& scaling) {
  check_factor(scaling.factor);
  std::vector<double> pairs = unscaled(width, base);
  for (double& f : pairs) f /= scaling.factor;
  return RotaryFrequencies(std::move(pairs));
}

RotaryFrequencies rotary_frequencies(Size width, double base, const NtkScaling& scaling) {
  check_factor(scaling.factor);
  return rotary_frequencies(width, ntk_base(width, base, scaling.factor));
}

RotaryFrequencies rotary_frequencies(Size width, double base, const DynamicNtkScaling& scaling) {
  check_factor(scaling.factor);
  check_trained(scaling.trained_length);
  const auto trained = static_cast<double>(scaling.trained_length.value);
  const double length = std::max(static_cast<double>(scaling.length.value), trained);
  return rotary_frequencies(width, ntk_base(width, base, scaling.factor * length / trained - (scaling.factor - 1)));
}

RotaryFrequencies rotary_frequencies(Size width, double base, const YarnScaling& scaling) {
  check_factor(scaling.factor);
  check_trained(scaling.trained_length);
  check_rotations(scaling.fast, scaling.slow);
  expect_not_negative(op, "magnitude", scaling.magnitude);
  std::vector<double> pairs = unscaled(width, base);
  const auto w = static_cast<double>(width.value);
  // The real-valued index of the pair with a number of rotations within the trained length.
  const auto index_of = [&](double rotations) {
    const auto length = static_cast<double>(scaling.trained_length.value);
    return w * std::log(length / (2 * std::numbers::pi * rotations)) / (2 * std::log(base));
  };
  double begin = index_of(scaling.fast), end = index_of(scaling.slow);
  if (scaling.rounded) {
    begin = std::floor(begin);
    end = std::ceil(end);
  }
  begin = std::max(begin, 0.0);
  end = std::min(end, w - 1);
  // The ramp may end before the first pair, or start after the last.
  const auto keep = [&](double i) { return i >= end ? 0 : i <= begin ? 1 : (end - i) / (end - begin); };
  for (std::size_t i = 0; i < pairs.size(); ++i)
    pairs[i] = mixed(pairs[i], scaling.factor, keep(static_cast<double>(i)));
  return RotaryFrequencies(std::move(pairs),
                           scaling.magnitude != 0 ? scaling.magnitude : 0.1 * std::log(scaling.factor) + 1);
}

RotaryFrequencies rotary_frequencies(Size width, double base, const Llama3Scaling& scaling) {
  check_factor(scaling.factor);
  check_trained(scaling.trained_length);
  check_rotations(scaling.fast, scaling.slow);
  std::vector<double> pairs = unscaled(width, base);
  for (double& f : pairs) {
    const double rotations = static_cast<double>(scaling.trained_length.value) * f / (2 * std::numbers::pi);
    f = mixed(f, scaling.factor, std::clamp((rotations - scaling.slow) / (scaling.fast - scaling.slow), 0.0, 1.0));
  }
  return RotaryFrequencies(std::move(pairs));
}

RotaryFrequencies rotary_frequencies(Size width, double base, const XposScaling& scaling) {
  expect_positive(op, "the length", scaling.length);
  std::vector<double> pairs = unscaled(width, base), growth(pairs.size());
  const double power = (scaling.side == RotarySide::query ? 1 : -1) / scaling.length;
  for (std::size_t i = 0; i < growth.size(); ++i)
    growth[i] = std::pow((2 * static_cast<double>(i) / static_cast<double>(width.value) + 0.4) / 1.4, power);
  return RotaryFrequencies(std::move(pairs), 1, std::move(growth));
}

}  // namespace heed
