// Mixture of experts.
#pragma once

#include "../../ops/index/gather_rows.h"
#include "../../ops/index/scatter_weighted_sum.h"
#include "../../ops/linalg/grouped_linear.h"
#include "../../ops/shape/view.h"
#include "../fields/taps.h"
#include "feed_forward.h"
#include "router.h"

namespace heed::nn {

// grouped_call(experts, x, groups) applies each expert to the rows of its group, with one grouped product for each
// linear layer. An overload in the namespace of a user's expert is found too; experts without one are called in a loop.

/// Applies the linear layer `part` of each expert to the rows of its group.
template <class Expert>
Tensor grouped_linear(std::span<const Expert> experts, Linear Expert::* part, const Tensor& x,
                      const Sequences& groups) {
  std::vector<Tensor> weights, biases;
  for (const Expert& expert : experts) {
    weights.push_back((expert.*part).weight);
    if ((expert.*part).bias) biases.push_back(*(expert.*part).bias);
  }
  return heed::grouped_linear(x, groups, weights, biases);
}

inline Tensor grouped_call(std::span<const FeedForward> experts, const Tensor& x, const Sequences& groups) {
  return grouped_linear(experts, &FeedForward::down, gelu(grouped_linear(experts, &FeedForward::up, x, groups)),
                        groups);
}

inline Tensor grouped_call(std::span<const ReluFeedForward> experts, const Tensor& x, const Sequences& groups) {
  return grouped_linear(experts, &ReluFeedForward::down, relu(grouped_linear(experts, &ReluFeedForward::up, x, groups)),
                        groups);
}

template <class Gate>
Tensor grouped_call(std::span<const GatedFeedForward<Gate>> experts, const Tensor& x, const Sequences& groups) {
  using Expert = GatedFeedForward<Gate>;
  return grouped_linear(
      experts, &Expert::down,
      Gate::apply(grouped_linear(experts, &Expert::gate, x, groups), grouped_linear(experts, &Expert::up, x, groups)),
      groups);
}

namespace detail {

template <class Expert>
inline constexpr bool has_hidden = requires(const Expert& expert) { expert.hidden; };

/// Builds an expert of this width, and of this hidden width unless it is 0.
template <class Expert>
Expert make_expert(Size width, Size hidden) {
  if constexpr (has_hidden<Expert>) {
    if (hidden > 0) return Expert{.width = width, .hidden = hidden};
  }
  return Expert{.width = width};
}

/// Returns true if the experts have equal sizes, as a grouped product requires.
template <class Expert>
bool are_alike(const std::vector<Expert>& experts) {
  if constexpr (has_hidden<Expert>) {
    for (const Expert& expert : experts)
      if (expert.hidden != experts[0].hidden) return false;
  }
  return !experts.empty();
}

template <class Expert>
Tensor call_experts(const std::vector<Expert>& experts, const Tensor& x, const Sequences& groups) {
  if constexpr (requires { grouped_call(std::span<const Expert>(experts), x, groups); }) {
    if (are_alike(experts)) return grouped_call(std::span<const Expert>(experts), x, groups);
  }
  std::vector<Tensor> parts;
  for (std::size_t i = 0; i < experts.size(); ++i) {
    const auto group = static_cast<std::int64_t>(i);
    parts.push_back(experts[i](slice(x, 0, groups.offset(group), groups.offset(group + 1))));
  }
  return concat(parts);
}

/// Pairs of a token and an expert, sorted by expert.
struct Dispatch {
  Sequences groups;  // kept pairs of each expert
  Tensor tokens;     // int64 [kept pairs], in the order of the groups
  Tensor weights;    // [kept pairs]
  Tensor load;       // int64 [count]: number of pairs of each expert, before any are dropped
};

/// Sorts pairs by expert. The sort is stable. If capacity_factor > 0, an expert keeps its first ceil(capacity_factor
/// pairs / count) pairs.
Dispatch dispatch(const Routes& routes, std::int64_t count, float capacity_factor);

[[noreturn, gnu::cold]] void no_hidden(AnyLayer layer);
[[noreturn, gnu::cold]] void wrong_counts(AnyLayer layer, std::size_t experts, std::int64_t of_router);

/// Returns the tapped statistics, by name.
std::vector<std::pair<std::string_view, Tensor>> routing_statistics(const Routes& routes, const Dispatch& dispatch);

}  // namespace detail

/// Mixture of experts (MoE): a router sends each token to a few of many feed-forward layers:
///   y = sum over the chosen experts e of weight_e expert_e(x), + sum over shared experts of expert(x)
///   x, y: [..., width]
/// Rows are sorted by expert, and each linear layer of all experts is one grouped product, without padding. No token is
/// dropped, unless capacity_factor > 0: in training, an expert then takes at most ceil(capacity_factor pairs / count)
/// pairs of a token and an expert, first choices first, then in the order of the tokens; other pairs add nothing to y.
/// In evaluation no pair is dropped, so that the output for a token does not depend on other sequences of the batch,
/// nor on decoding step by step (unless the router is ExpertChoice).
/// Shazeer et al. 2017, arXiv:1701.06538; as a transformer's feed-forward layer: Lepikhin et al. 2020,
/// arXiv:2006.16668; without padding: Gale et al. 2022, arXiv:2211.15841; shared experts: Dai et al. 2024,
/// arXiv:2401.06066.
///
///   nn::MixtureOfExperts<nn::SwigluFeedForward, nn::Switch>{.width = 256, .count = 16}
///   nn::MixtureOfExperts<>{.width = 256, .count = 8, .router = {.width = 256, .count = 8, .k = 4}}
/// It replaces a feed-forward layer: nn::EncoderLayer{..., .feed_forward = nn::MixtureOfExperts<>{...}}.
/// Experts of different hidden widths are given as a list, .experts = {...}, and are called in a loop.
///
/// Taps, where f_e is the fraction of pairs of expert e, and p_e its mean probability over the tokens:
///   switch_balance   count sum_e f_e p_e, 1 if perfectly balanced: Fedus et al. 2021, arXiv:2101.03961, equation 4
///   gshard_balance   mean_e f_e p_e, 1 / count^2 if balanced: arXiv:2006.16668, algorithm 1, there of first choices
///   router_z         mean of logsumexp(logits)^2: Zoph et al. 2022, arXiv:2202.08906, equation 5
///   entropy          mean entropy of a token's probabilities
///   load             int64 [count]: number of pairs of each expert, before any are dropped
///   dropped, dead    int64: number of dropped pairs, number of experts without pairs
/// Balancing losses of all layers of a model:
///   nn::Taps taps{model};
///   Tensor loss = model.loss(tokens, labels, sequences);
///   backward(loss + 0.01 * taps.total("switch_balance") + 0.001 * taps.total("router_z"));
template <class Expert = FeedForward, class Router = TopK>
struct MixtureOfExperts {
  Size width, count = 8;
  Size hidden = 0;  // hidden width of each expert; 0: the default of Expert
  Size shared = 0;  // number of shared experts, which process every token
  float capacity_factor = 0;
  Router router = Router{.width = width, .count = count};
  std::vector<Expert> experts = repeat(count, [&](int) { return detail::make_expert<Expert>(width, hidden); });
  /// Experts that process every token.
  std::vector<Expert> shared_experts = repeat(shared, [&](int) { return detail::make_expert<Expert>(width, hidden); });
  Mode mode{};
  // Each expert names its output projection.
  static constexpr auto branch_weights =
      std::tuple(&MixtureOfExperts::router, &MixtureOfExperts::experts, &MixtureOfExperts::shared_experts);

  Tensor operator()(const Tensor& x) const {
    expect_usable(*this);
    expect_last_axis(*this, x, width);
    const Tensor rows = reshape(x, {-1, width});
    const Routes routes = router(rows);
    const detail::Dispatch dispatch = detail::dispatch(routes, count, mode.training ? capacity_factor : 0);
    if (is_tapped())
      for (const auto& [name, tensor] : detail::routing_statistics(routes, dispatch)) tap(*this, name, tensor);
    const Tensor y = detail::call_experts(experts, gather_rows(rows, dispatch.tokens), dispatch.groups);
    Tensor mixed = scatter_weighted_sum(y, dispatch.weights, dispatch.tokens, rows.size(0));
    for (const Expert& expert : shared_experts) mixed = mixed + expert(rows);
    return reshape(mixed, x.shape());
  }

  void check() const {
    expect_at_least(*this, 0, width, hidden, shared);
    expect_at_least(*this, 1, count);
    detail::expect_capacity(*this);
    if (!detail::has_hidden<Expert> && hidden > 0) detail::no_hidden(*this);
    if (router.count != count || experts.size() != static_cast<std::size_t>(count.value))
      detail::wrong_counts(*this, experts.size(), router.count.value);
    expect_count(*this, "shared experts", shared_experts, shared);
  }
};

}  // namespace heed::nn
