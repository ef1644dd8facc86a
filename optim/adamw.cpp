#include "adamw.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "../graph/create.h"
#include "../graph/executor.h"
#include "../graph/fail.h"
#include "../graph/support/expect_number.h"
#include "../ops/kernels/adamw.h"
#include "../ops/math/compare.h"
#include "../ops/math/finite.h"
#include "../ops/math/logical.h"
#include "../ops/shape/view.h"
#include "../ops/support/elementwise.h"
#include "../ops/support/strided.h"
#include "support/distinct.h"

namespace heed::optim {
using namespace heed::detail;

namespace {
constexpr std::int64_t chunk_elements = 1 << 14;  // about 10 us

/// Throws Error unless the means of gradients are finite, and those of their squares not negative. The latter may be
/// infinite, as squares of large gradients are.
void check_means(const Tensor& m, const Tensor& v, std::size_t parameter) {
  NoGrad scope;
  if (!all(isfinite(m)).item<bool>())
    fail("AdamW: m of parameter {} in the state has a number that is not finite", parameter);
  if (!all(greater_equal(v, 0)).item<bool>())
    fail("AdamW: v of parameter {} in the state has a number that is negative or NaN", parameter);
}
}  // namespace

AdamW::AdamW(const std::vector<nn::Parameter>& parameters, const AdamWOptions& options) : options_(options) {
  for (const auto& [field, beta] : {std::pair{"beta1", options.beta1}, std::pair{"beta2", options.beta2}})
    if (!(beta >= 0 && beta < 1)) fail("AdamW: {} is {}, but it must be in [0, 1)", field, beta);
  expect_positive("AdamW", "epsilon", options.epsilon);
  expect_not_negative("AdamW", "weight_decay", options.weight_decay);
  for (const std::size_t i : detail::distinct("AdamW", parameters)) parameters_.push_back(parameters[i]);
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const nn::Parameter& p = parameters_[i];
    if (!p.is_contiguous()) fail("AdamW: parameter {}, {}, must be contiguous", i, to_string(p.shape()));
    m_.push_back(zeros(p.shape(), p.dtype()));
    v_.push_back(zeros(p.shape(), p.dtype()));
    for (std::int64_t begin = 0; begin < p.elements(); begin += chunk_elements)
      chunks_.push_back({i, begin, std::min(chunk_elements, p.elements() - begin)});
  }
  gradients_.resize(parameters_.size());
  updates_.resize(parameters_.size());
  corrections_.resize(parameters_.size());
}

void AdamW::step(double rate) {
  if (!(rate >= 0 && rate <= double{std::numeric_limits<float>::max()}))
    fail("AdamW: the rate is {}, but it must be finite and not negative", rate);
  if (steps_ == std::numeric_limits<std::int64_t>::max())
    fail("AdamW: the number of steps is {}, which is the maximum, so no further step can be counted", steps_);
  ++steps_;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    gradients_[i] = parameters_[i].grad();
    if (!gradients_[i]) continue;
    if (!gradients_[i].is_contiguous())  // possible after set_grad
      gradients_[i] = no_grad([&] { return contiguous(gradients_[i].detach()); });
    heed::detail::count_write(*heed::detail::body_of(parameters_[i]).storage, "AdamW");
    ++updates_[i];
    if (i > 0 && gradients_[i - 1] && updates_[i] == updates_[i - 1]) {  // the usual case
      corrections_[i] = corrections_[i - 1];
      continue;
    }
    const auto t = static_cast<double>(updates_[i]);
    corrections_[i] = {1 - std::pow(double{options_.beta1}, t), 1 - std::pow(double{options_.beta2}, t)};
  }
  // Chunks depend on the parameters' sizes; each writes only its own elements.
  parallel_chunks(static_cast<std::int64_t>(chunks_.size()), [&](std::int64_t c) {
    const Chunk& chunk = chunks_[static_cast<std::size_t>(c)];
    const std::size_t i = chunk.parameter;
    if (!gradients_[i]) return;
    const nn::Parameter& p = parameters_[i];
    const bool decays = p.rank() >= 2 || options_.decay_vectors;
    const kernels::AdamWStep update{.rate = rate,
                                    .beta1 = options_.beta1,
                                    .beta2 = options_.beta2,
                                    .epsilon = options_.epsilon,
                                    .decay = decays ? options_.weight_decay : 0,
                                    .correction1 = corrections_[i].first,
                                    .correction2 = corrections_[i].second};
    with_floating("AdamW", p.dtype(), [&]<class T>() {
      kernels::get<kernels::AdamWKernels<T>>().adamw(update, fill<T>(p) + chunk.begin,
                                                     fill<T>(gradients_[i]) + chunk.begin, fill<T>(m_[i]) + chunk.begin,
                                                     fill<T>(v_[i]) + chunk.begin, chunk.count);
    });
  });
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    gradients_[i] = {};
    parameters_[i].clear_grad();
  }
}

void AdamW::resume(const OptimizerState& state) {
  const auto means_of = [&](const char* of) -> const std::vector<Tensor>& {
    static const std::vector<Tensor> none;
    const auto found = state.tensors.find(of);
    return found == state.tensors.end() ? none : found->second;
  };
  const std::vector<Tensor>&m = means_of("m"), &v = means_of("v");
  if (m.size() != parameters_.size() || v.size() != parameters_.size() || state.steps < 0)
    fail("AdamW: a state of {} and {} means after {} steps does not fit {} parameters", m.size(), v.size(), state.steps,
         parameters_.size());
  if (!state.updates.empty() && state.updates.size() != parameters_.size())
    fail("AdamW: a state with {} numbers of updates does not fit {} parameters", state.updates.size(),
         parameters_.size());
  for (const std::int64_t updates : state.updates)
    if (updates < 0 || updates > state.steps)
      fail("AdamW: a state of {} steps cannot have a parameter with {} updates", state.steps, updates);
  for (std::size_t i = 0; i < parameters_.size(); ++i)
    for (const Tensor& mean : {m[i], v[i]})
      if (mean.shape() != parameters_[i].shape() || mean.dtype() != parameters_[i].dtype())
        fail("AdamW: mean {} of the state is {} of {}, but the parameter is {} of {}", i, to_string(mean.shape()),
             heed::name(mean.dtype()), to_string(parameters_[i].shape()), heed::name(parameters_[i].dtype()));
  for (std::size_t i = 0; i < parameters_.size(); ++i) check_means(m[i].detach(), v[i].detach(), i);
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    overwrite_elements("AdamW", m_[i], m[i]);
    overwrite_elements("AdamW", v_[i], v[i]);
  }
  steps_ = state.steps;
  if (state.updates.empty())
    updates_.assign(parameters_.size(), steps_);
  else
    updates_ = state.updates;
}

}  // namespace heed::optim
