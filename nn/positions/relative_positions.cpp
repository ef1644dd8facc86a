#include "relative_positions.h"

#include <map>
#include <memory>
#include <mutex>
#include <tuple>

#include "../../graph/fail.h"
#include "../../graph/support/fork.h"
#include "../../ops/math/arithmetic.h"
#include "../../ops/reduce/reduce.h"
#include "../../ops/shape/view.h"
#include "../../ops/support/elementwise.h"
#include "../support/sinusoids.h"

namespace heed::nn {
using namespace heed::detail;
using namespace heed::nn::detail;

namespace {

RotaryFrequencies frequencies(const Rotary& rotary, RotarySide side) {
  const auto base = static_cast<double>(rotary.base), factor = static_cast<double>(rotary.factor);
  switch (rotary.scaling) {
    case RotaryScaling::none:
      break;
    case RotaryScaling::linear:
      return rotary_frequencies(rotary.width, base, LinearScaling{factor});
    case RotaryScaling::ntk:
      return rotary_frequencies(rotary.width, base, NtkScaling{factor});
    case RotaryScaling::yarn:
      return rotary_frequencies(rotary.width, base,
                                YarnScaling{.factor = factor, .trained_length = rotary.trained_length});
    case RotaryScaling::llama3:
      return rotary_frequencies(rotary.width, base,
                                Llama3Scaling{.factor = factor, .trained_length = rotary.trained_length});
    case RotaryScaling::xpos:
      return rotary_frequencies(rotary.width, base, XposScaling{.side = side});
  }
  return rotary_frequencies(rotary.width, base);
}

/// Returns frequencies shared by all layers of the same hyperparameters, so that their tables are computed once.
RotaryFrequencies shared_frequencies(const Rotary& rotary, RotarySide side) {
  using Key = std::tuple<std::int64_t, float, RotaryScaling, float, std::int64_t, RotarySide>;
  static auto& mutex = *new heed::detail::ForkSafeMutex{heed::detail::ForkOrder::tables};
  static auto& made = *new std::map<Key, RotaryFrequencies>;
  const Key key{rotary.width.value, rotary.base, rotary.scaling, rotary.factor, rotary.trained_length.value, side};
  const std::lock_guard lock(mutex);
  const auto found = made.find(key);
  return found != made.end() ? found->second : made.emplace(key, frequencies(rotary, side)).first->second;
}

}  // namespace

Tensor Rotary::operator()(const Tensor& x, const Tensor& positions, RotarySide side) const {
  expect_usable(*this);
  if (x.rank() == 0 || x.shape()[-1] < width)
    fail("{}: x is {}, but its last axis must be at least {} (width)", describe(*this), to_string(x.shape()),
         width.value);
  return rotary(x, positions, shared_frequencies(*this, side), pairs);
}

void TransformerXlDistances::add_to(AttentionOptions& options, double scale) const {
  // (q + v) . r = (q + u) . r + (v - u) . r: relative keys for the query q + u, and a bias. Both are called with the
  // same distances, so the projected keys are cached.
  struct Made {
    Tensor distances, keys;
  };
  const auto keys = [*this, made = std::make_shared<Made>()](const Tensor& distances) {
    if (!made->distances || read<std::int64_t>(made->distances) != read<std::int64_t>(distances)) {
      const Tensor projected =
          projection(sinusoids("TransformerXlDistances", distances, width, 10000, content_bias.dtype()));
      *made = {distances, reshape(projected, {distances.size(0), heads, key_width})};
    }
    return made->keys;
  };
  options.relative_keys = keys;
  options.bias = sum_of(options.bias, [keys, by = scale * (position_bias - content_bias)](const Tensor& distances) {
    return sum(keys(distances) * by, {-1});
  });
}

void Rotary::check() const { expect_at_least(*this, 0, width, trained_length); }

void Rotary::turn(AttentionInputs& inputs, const Tensor& positions) const {
  expect_usable(*this);
  inputs.query = (*this)(inputs.query, positions, RotarySide::query);
  inputs.key = (*this)(inputs.key, positions, RotarySide::key);
}

void Alibi::check() const { expect_at_least(*this, 1, heads); }

void Alibi::add_to(AttentionOptions& options, DType dtype) const {
  expect_usable(*this);
  options.bias = sum_of(options.bias, alibi(alibi_slopes(heads, dtype)));
}

void LearnedAlibi::check() const { expect_at_least(*this, 1, heads); }

void LearnedAlibi::add_to(AttentionOptions& options, DType /*dtype*/) const {
  expect_usable(*this);
  options.bias = sum_of(options.bias, alibi(slopes));
}

void ClippedDistances::check() const { expect_at_least(*this, 0, max_distance); }

void ClippedDistances::add_to(AttentionOptions& options, DType /*dtype*/) const {
  expect_usable(*this);
  options.bias = sum_of(options.bias, clipped_distances(table));
}

void DistanceBuckets::check() const { expect_at_least(*this, 1, buckets, max_distance); }

void DistanceBuckets::add_to(AttentionOptions& options, DType /*dtype*/) const {
  expect_usable(*this);
  options.bias = sum_of(options.bias, bucketed_distances(table, sides, max_distance));
}

void ShawDistances::check() const { expect_at_least(*this, 0, max_distance); }

void ShawDistances::add_to(AttentionOptions& options, DType /*dtype*/) const {
  expect_usable(*this);
  options.relative_keys = sum_of(options.relative_keys, clipped_distances(keys));
  options.relative_values = sum_of(options.relative_values, clipped_distances(values));
}

Tensor TransformerXlDistances::queries(const Tensor& query) const {
  expect_usable(*this);
  return query + content_bias;
}

void TransformerXlDistances::check() const { expect_at_least(*this, 0, width, heads, key_width); }

void TransformerXlDistances::change(AttentionInputs& inputs) const {
  expect_usable(*this);
  add_to(inputs.options, inputs.options.scale ? *inputs.options.scale : 1 / std::sqrt(static_cast<double>(key_width)));
  inputs.query = queries(inputs.query);
}

}  // namespace heed::nn
