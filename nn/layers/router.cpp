#include "router.h"

#include <algorithm>
#include <cmath>

#include "../../graph/create.h"
#include "../../graph/fail.h"
#include "../../graph/support/expect_number.h"
#include "../../ops/index/assign.h"
#include "../../ops/index/gather.h"
#include "../../ops/index/search.h"
#include "../../ops/index/sort.h"
#include "../../ops/linalg/matmul.h"
#include "../../ops/linalg/precision.h"
#include "../../ops/math/activations.h"
#include "../../ops/math/arithmetic.h"
#include "../../ops/math/exponentials.h"
#include "../../ops/random/random.h"
#include "../../ops/reduce/reduce.h"
#include "../../ops/shape/shape.h"
#include "../../ops/shape/view.h"

namespace heed::nn {
using namespace heed::detail;

namespace {

/// Flattens [tokens, k] to [k tokens], the first choices of all tokens first.
Tensor by_rank(const Tensor& of_tokens) { return reshape(transpose(of_tokens), {of_tokens.elements()}); }

struct SigmoidRouters : fields::Reader {
  std::vector<const SigmoidTopK*> found;
  void begin(const fields::LayerType& type, const void* address) override {
    if (&type == &fields::layer_type<SigmoidTopK>) found.push_back(static_cast<const SigmoidTopK*>(address));
  }
};

}  // namespace

namespace detail {

void wrong_choices(AnyLayer router) { fail("{}: k must be at least 1, and at most count", describe(router)); }

void wrong_capacity(AnyLayer layer) { fail("{}: capacity_factor must not be negative", describe(layer)); }

std::int64_t capacity(double wanted, std::int64_t limit) {
  if (!(wanted < static_cast<double>(limit))) return limit;
  return static_cast<std::int64_t>(std::ceil(std::max(wanted, 0.0)));
}

Tensor router_logits(const Tensor& x, const Tensor& weight, float jitter, bool training) {
  const auto scope = precision(float32);
  const bool has_jitter = training && jitter > 0;
  return linear(has_jitter ? x * uniform(x.shape(), 1.0 - jitter, 1.0 + jitter, x.dtype()) : x, weight);
}

Routes choose(const Tensor& logits, const Tensor& probabilities, const Tensor& ranks, const Tensor& scores,
              std::int64_t k, bool renormalised) {
  const Tensor experts = topk(ranks.detach(), k).indices;  // [tokens, k]
  Tensor weights = gather(scores, 1, experts);
  if (renormalised) weights = weights / (sum(weights, {1}, true) + 1e-20);
  return {by_rank(experts), tile(arange(logits.size(0)), {k}), by_rank(weights), logits, probabilities};
}

Routes choose_by_noise(const Tensor& logits, const Tensor& x, const Tensor& noise_weight, std::int64_t k,
                       bool training) {
  Tensor h = logits;
  if (training) h = h + normal(h.shape(), 0, 1, h.dtype()) * softplus(router_logits(x, noise_weight, 0, training));
  const Tensor p = softmax(h);
  return choose(logits, p, h, p, k, true);
}

Routes choose_tokens(const Tensor& logits, float capacity_factor) {
  const std::int64_t tokens = logits.size(0), count = logits.size(1);
  const std::int64_t each = capacity(static_cast<double>(capacity_factor) * static_cast<double>(tokens) /
                                         static_cast<double>(std::max<std::int64_t>(count, 1)),
                                     tokens);
  const Tensor p = softmax(logits);
  const Ranked chosen = topk(transpose(p), each);  // [count, each]
  return {repeat_interleave(arange(count), each, 0), reshape(chosen.indices, {count * each}),
          reshape(chosen.values, {count * each}), logits, p};
}

Routes choose_by_bias(const Tensor& logits, const Tensor& bias, const Tensor& load, std::int64_t k, bool renormalised,
                      float scale, bool training) {
  const Tensor s = sigmoid(logits), ranks = s.detach() + cast(bias, s.dtype());
  Routes routes = choose(logits, s / (sum(s, {1}, true) + 1e-20), ranks, s, k, renormalised);
  if (scale != 1) routes.weights = routes.weights * static_cast<double>(scale);
  if (training && !is_recomputing())
    no_grad([&] { load += cast(bincount(routes.experts, load.size(0)), load.dtype()); });
  return routes;
}

}  // namespace detail

void balance_experts(AnyLayer model, float rate) {
  expect_not_negative("balance_experts", "rate", double{rate});
  NoGrad scope;
  SigmoidRouters routers;
  model.read(routers);
  for (const SigmoidTopK* router : routers.found) {
    router->bias += sign(mean(router->load) - router->load) * static_cast<double>(rate);
    assign(router->load, 0);
  }
}

Routes TopK::operator()(const Tensor& x) const {
  expect_usable(*this);
  const Tensor logits = detail::router_logits(x, weight, jitter, mode), p = softmax(logits);
  return detail::choose(logits, p, p, p, k, renormalised);
}

void TopK::check() const { detail::expect_choices(*this); }

Routes Switch::operator()(const Tensor& x) const {
  expect_usable(*this);
  const Tensor logits = detail::router_logits(x, weight, jitter, mode), p = softmax(logits);
  return detail::choose(logits, p, p, p, 1, false);
}

void Switch::check() const { expect_at_least(*this, 1, count); }

Routes NoisyTopK::operator()(const Tensor& x) const {
  expect_usable(*this);
  return detail::choose_by_noise(detail::router_logits(x, weight, 0, mode), x, noise_weight, k, mode);
}

void NoisyTopK::check() const { detail::expect_choices(*this); }

Routes ExpertChoice::operator()(const Tensor& x) const {
  expect_usable(*this);
  return detail::choose_tokens(detail::router_logits(x, weight, 0, mode), capacity_factor);
}

void ExpertChoice::check() const {
  expect_at_least(*this, 1, count);
  detail::expect_capacity(*this);
}

Routes SigmoidTopK::operator()(const Tensor& x) const {
  expect_usable(*this);
  return detail::choose_by_bias(detail::router_logits(x, weight, jitter, mode), bias, load, k, renormalised, scale,
                                mode);
}

void SigmoidTopK::check() const { detail::expect_choices(*this); }

}  // namespace heed::nn
