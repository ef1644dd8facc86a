#include "mixture_of_experts.h"

#include <algorithm>
#include <cmath>

#include "../../graph/create.h"
#include "../../graph/fail.h"
#include "../../ops/math/bounds.h"
#include "../../ops/math/exponentials.h"
#include "../../ops/reduce/reduce.h"
#include "../../ops/shape/view.h"
#include "../../ops/support/indices.h"

namespace heed::nn::detail {
using namespace heed::detail;

Dispatch dispatch(const Routes& routes, std::int64_t count, float capacity_factor) {
  const Tensor numbers = checked_indices("MixtureOfExperts", "expert", routes.experts, count, "the layer", "experts");
  const auto experts = numbers.data<std::int64_t>();
  const auto pairs = static_cast<std::int64_t>(experts.size());
  std::int64_t limit = pairs;
  if (capacity_factor > 0)
    limit =
        capacity(static_cast<double>(capacity_factor) * static_cast<double>(pairs) / static_cast<double>(count), pairs);
  std::vector<std::int64_t> load(static_cast<std::size_t>(count)), kept(load.size()), next(load.size());
  for (const std::int64_t expert : experts) ++load[static_cast<std::size_t>(expert)];
  std::int64_t all_kept = 0;
  for (std::size_t e = 0; e < load.size(); ++e) {
    kept[e] = std::min(load[e], limit);
    next[e] = all_kept;
    all_kept += kept[e];
  }
  std::vector<std::int64_t> chosen(static_cast<std::size_t>(all_kept)), taken(load.size());
  for (std::int64_t pair = 0; pair < pairs; ++pair) {
    const auto e = static_cast<std::size_t>(experts[static_cast<std::size_t>(pair)]);
    if (taken[e] == kept[e]) continue;
    ++taken[e];
    chosen[static_cast<std::size_t>(next[e]++)] = pair;
  }
  const Tensor indices = tensor(chosen);
  return {Sequences(std::span<const std::int64_t>(kept)), gather_rows(routes.tokens, indices),
          gather_rows(routes.weights, indices), tensor(load)};
}

void no_hidden(AnyLayer layer) { fail("{}: hidden was given, but these experts have no such field", describe(layer)); }

void wrong_counts(AnyLayer layer, std::size_t experts, std::int64_t of_router) {
  fail("{}: there are {} experts, and the router has count = {}, but both must be count", describe(layer), experts,
       of_router);
}

std::vector<std::pair<std::string_view, Tensor>> routing_statistics(const Routes& routes, const Dispatch& dispatch) {
  const Tensor &p = routes.probabilities, &load = dispatch.load;
  const auto tokens = static_cast<double>(std::max<std::int64_t>(p.size(0), 1));
  const auto pairs = static_cast<double>(std::max<std::int64_t>(routes.experts.elements(), 1));
  const std::int64_t count = p.size(1);
  const Tensor products = cast(load, p.dtype()) * (1 / pairs) * sum(p, {0}) * (1 / tokens);
  const Tensor z = logsumexp(routes.logits);
  const Tensor entropy = no_grad([&] { return sum(p * log(clamp(p, 1e-30, 1))) * (-1 / tokens); });
  const auto loads = load.data<std::int64_t>();
  return {{"switch_balance", sum(products) * static_cast<double>(count)},
          {"gshard_balance", mean(products)},
          {"router_z", sum(z * z) * (1 / tokens)},
          {"entropy", entropy},
          {"load", load},
          {"dropped", scalar(routes.experts.elements() - dispatch.groups.tokens())},
          {"dead", scalar(static_cast<std::int64_t>(std::count(loads.begin(), loads.end(), 0)))}};
}

}  // namespace heed::nn::detail
