#include "attention.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "../../graph/create.h"
#include "../../graph/differentiable.h"
#include "../../graph/fail.h"
#include "../index/where.h"
#include "../kernels/attention.h"
#include "../kernels/random.h"
#include "../math/arithmetic.h"
#include "../math/compare.h"
#include "../math/softmax.h"
#include "../shape/view.h"
#include "../support/attention_distances.h"
#include "../support/elementwise.h"
#include "../support/mask_rule.h"
#include "../support/seen_products.h"

namespace heed {
using namespace heed::detail;

namespace {

void check_input(const char* name, const Tensor& tensor, const Tensor& query) {
  if (tensor.rank() != 3)
    fail("attention: {} is {}, but it must have three axes, [tokens, heads, width]", name, to_string(tensor.shape()));
  check_same_dtype("attention", "query", query, name, tensor);
}

void check_tokens(const char* name, const Tensor& tensor, const char* sequences_name, const Sequences& sequences) {
  if (tensor.size(0) != sequences.tokens())
    fail("attention: {} is {}, but {} has {} tokens, so its first axis must be {}", name, to_string(tensor.shape()),
         sequences_name, sequences.tokens(), sequences.tokens());
}

void check(const Tensor& query, const Tensor& key, const Tensor& value, const Sequences& query_sequences,
           const Sequences& key_sequences, const AttentionOptions& options) {
  check_input("query", query, query);
  check_input("key", key, query);
  check_input("value", value, query);
  const auto shapes = [&] {
    return fmt::format("query is {}, key {} and value {}", to_string(query.shape()), to_string(key.shape()),
                       to_string(value.shape()));
  };
  if (query.size(2) != key.size(2) || query.size(2) == 0)
    fail("attention: {}, but query and key must have the same width, at least 1", shapes());
  if (key.size(0) != value.size(0) || key.size(1) != value.size(1))
    fail("attention: {}, but key and value must have the same tokens and heads", shapes());
  if (key.size(1) == 0 || query.size(1) == 0 || query.size(1) % key.size(1) != 0)
    fail("attention: {}, but query's heads ({}) must be a multiple of key's ({})", shapes(), query.size(1),
         key.size(1));
  check_tokens("query", query, "query_sequences", query_sequences);
  check_tokens("key", key, "key_sequences", key_sequences);
  if (query_sequences.count() != key_sequences.count())
    fail("attention: query_sequences has {} sequences and key_sequences {}, but both must have the same number",
         query_sequences.count(), key_sequences.count());
  if (!(options.dropout >= 0 && options.dropout < 1))
    fail("attention: dropout is {}, but it must be at least 0 and less than 1", options.dropout);
}

/// Options of an attention call, without its tensors.
struct Call {
  Sequences query_sequences, key_sequences;
  std::int64_t heads, key_heads;
  std::shared_ptr<const detail::MaskRule> mask;  // null: no mask
  double scale, dropout;
  RandomStream stream;          // used only with dropout
  detail::Distances distances;  // empty if nothing depends on distances

  std::int64_t group() const { return heads / key_heads; }
  std::int64_t queries(std::int64_t sequence) const { return query_sequences.length(sequence); }
  std::int64_t keys(std::int64_t sequence) const { return key_sequences.length(sequence); }
  detail::BoundMask mask_of(std::int64_t sequence) const {
    return {mask.get(),
            {sequence, queries(sequence), keys(sequence), query_sequences.offset(sequence),
             key_sequences.offset(sequence)}};
  }

  // The random number of a weight is indexed by query, head and key: each row has 2^32 numbers.
  static constexpr std::int64_t row_draws = std::int64_t{1} << 32;
  std::int64_t draw(std::int64_t sequence, std::int64_t head) const {
    return (query_sequences.offset(sequence) * heads + head) * row_draws;
  }
  std::int64_t draw_step() const { return heads * row_draws; }
};

/// A tensor [tokens, heads, width] as kernels take it: for each head a matrix with a row for each token.
template <class T>
struct Heads {
  T* begin = nullptr;
  std::int64_t token_step = 0, head_step = 0, width = 0;

  Heads(T* elements, const Tensor& tensor)
      : begin(elements), token_step(tensor.strides()[0]), head_step(tensor.strides()[1]), width(tensor.size(2)) {}
  Heads() = default;

  kernels::Rows<T> operator()(std::int64_t token, std::int64_t head) const {
    // The stride of a single row does not matter, but must be at least the width.
    return {begin ? begin + token * token_step + head * head_step : nullptr, std::max(token_step, width)};
  }
};

template <class T>
Heads<const T> readable(const Tensor& tensor) {
  return {read<T>(tensor), tensor};
}
template <class T>
Heads<T> writable(const Tensor& output) {
  return output ? Heads<T>{fill<T>(output), output} : Heads<T>{};
}

/// Returns the tensor without history, copied if its strides do not suit the kernels.
Tensor as_matrices(const Tensor& tensor) {
  const bool has_rows = tensor.strides()[2] == 1 && (tensor.size(0) <= 1 || tensor.strides()[0] >= tensor.size(2));
  return has_rows ? tensor.detach() : no_grad([&] { return contiguous(tensor); });
}

/// Inputs of the op in the graph, or their gradients: query, key and value, followed by the tensors of distances.
struct GraphInputs {
  Tensor query, key, value;
  detail::DistanceTensors distance;

  /// Calls f with each tensor that is not empty, in order; query, key and value always.
  template <class Self, class Function>
  static void each(Self& self, const Function& f) {
    for (auto* x : {&self.query, &self.key, &self.value}) f(*x);
    for (auto* x : {&self.distance.bias, &self.distance.keys, &self.distance.values})
      if (*x) f(*x);
  }
};

template <class T>
struct Operands {
  Heads<const T> query, key, value;
  const detail::DistanceTensors& distance;

  kernels::AttentionHead<T> head(const Call& call, std::int64_t sequence, std::int64_t head,
                                 const kernels::KeyMask& mask) const {
    const std::int64_t first_query = call.query_sequences.offset(sequence);
    const std::int64_t first_key = call.key_sequences.offset(sequence), key_head = head / call.group();
    return {.queries = call.queries(sequence),
            .keys = call.keys(sequence),
            .key_width = key.width,
            .value_width = value.width,
            .query = query(first_query, head),
            .key = key(first_key, key_head),
            .value = value(first_key, key_head),
            .scale = static_cast<T>(call.scale),
            .mask = &mask,
            .dropout = call.dropout,
            .stream = {call.stream.seed, call.stream.stream},
            .draw = call.draw(sequence, head),
            .draw_step = call.draw_step(),
            .distance = detail::distances_of_head<T>(distance, call.distances, call.queries(sequence),
                                                     call.keys(sequence), head, call.heads)};
  }
};
template <class T>
Operands<T> operands_of(const GraphInputs& x) {
  return {readable<T>(x.query), readable<T>(x.key), readable<T>(x.value), x.distance};
}

/// Approximate cost on one thread of all scores of one head: two products in forward, five in backward.
template <class T>
double nanoseconds(const Call& call, const Operands<T>& operands, double key_products, double value_products) {
  double scores = 0;
  for (std::int64_t s = 0; s < call.key_sequences.count(); ++s)
    scores += static_cast<double>(call.queries(s)) * static_cast<double>(call.keys(s));
  const double flops = 2 * (key_products * static_cast<double>(operands.key.width) +
                            value_products * static_cast<double>(operands.value.width));
  return scores * (flops / 100 + 0.5) * (static_cast<double>(sizeof(T)) / sizeof(float));
}

// Cut into heads and blocks of queries: each task writes separate rows of y.
template <class T>
void forward(const Call& call, const Operands<T>& operands, const Tensor& y, const Tensor& weights) {
  struct Block {
    std::int64_t sequence, begin;
  };
  std::vector<Block, arena::Allocator<Block>> blocks;
  for (std::int64_t s = 0; s < call.query_sequences.count(); ++s)
    for (std::int64_t begin = 0; begin < call.queries(s); begin += kernels::attention_query_block)
      blocks.push_back({s, begin});
  const auto count = static_cast<std::int64_t>(blocks.size());
  if (count == 0) return;

  const Heads<T> y_heads = writable<T>(y);
  const std::int64_t tokens = call.query_sequences.tokens();
  T* const shifts = fill<T>(weights);
  T* const factors = shifts + call.heads * tokens;
  const double cost = nanoseconds(call, operands, 1, 1) / static_cast<double>(count);
  parallel(call.heads * count, cost, [&](Range part) {
    for (std::int64_t task = part.begin; task < part.end; ++task) {
      const auto [sequence, begin] = blocks[static_cast<std::size_t>(task % count)];
      const std::int64_t head = task / count, first = call.query_sequences.offset(sequence);
      const std::int64_t end = std::min(begin + kernels::attention_query_block, call.queries(sequence));
      const detail::BoundMask mask = call.mask_of(sequence);
      const std::int64_t row = head * tokens + first;
      kernels::attention(operands.head(call, sequence, head, mask), begin, end, y_heads(first, head),
                         {shifts + row, factors + row});
    }
  });
}

struct Results {
  Tensor y, weights;  // weights: shifts and factors of kernels::WeightNormalization, [2, heads, query_tokens]
};

// Cut into sequences and key heads: each task writes the gradients of its keys and values, of the queries that attend
// to them, and separate sums for distances.
template <class T>
void backward(const Call& call, const Operands<T>& operands, const Results& results, const Tensor& dy,
              const GraphInputs& to) {
  const Heads<const T> y_heads = readable<T>(results.y), dy_heads = readable<T>(dy);
  const std::int64_t tokens = call.query_sequences.tokens();
  const T* const shifts = read<T>(results.weights);
  const T* const factors = shifts + call.heads * tokens;
  const Heads<T> query_heads = writable<T>(to.query), key_heads = writable<T>(to.key),
                 value_heads = writable<T>(to.value);
  const auto sums = [&](const Tensor& gradient, std::int64_t width) {
    return detail::DistanceSums<T>(call.distances, call.query_sequences, call.key_sequences, call.heads,
                                   gradient ? width : 0);
  };
  detail::DistanceSums<T> bias_sums = sums(to.distance.bias, 1),
                          relative_key_sums = sums(to.distance.keys, operands.key.width),
                          relative_value_sums = sums(to.distance.values, operands.value.width);
  const std::int64_t count = call.key_sequences.count();
  const double cost = nanoseconds(call, operands, 3, 2) * static_cast<double>(call.group()) /
                      static_cast<double>(std::max<std::int64_t>(count, 1));
  parallel(count * call.key_heads, cost, [&](Range part) {
    for (std::int64_t task = part.begin; task < part.end; ++task) {
      const std::int64_t sequence = task / call.key_heads, key_head = task % call.key_heads;
      const std::int64_t first_query = call.query_sequences.offset(sequence);
      const std::int64_t first_key = call.key_sequences.offset(sequence);
      const std::int64_t queries = call.queries(sequence), keys = call.keys(sequence);
      const kernels::Rows<T> dkey_rows = key_heads(first_key, key_head), dvalue_rows = value_heads(first_key, key_head);
      const detail::BoundMask mask = call.mask_of(sequence);
      const auto are_finite = [](const kernels::Rows<T>& rows, std::int64_t number, std::int64_t width) {
        return !rows.begin || kernels::are_finite<T>({rows.begin, rows.stride}, number, width);
      };
      const auto begin_and_run = [&](kernels::Pairs pairs) {
        for (const auto& [rows, width] : {std::pair{dkey_rows, key_heads.width}, {dvalue_rows, value_heads.width}})
          for (std::int64_t j = 0; rows.begin && j < keys; ++j) std::fill_n(rows[j], width, T{0});
        bool finite = true;
        for (std::int64_t head = key_head * call.group(); head < (key_head + 1) * call.group(); ++head) {
          const kernels::AttentionGradients<T> gradients{
              .query = query_heads(first_query, head),
              .key = dkey_rows,
              .value = dvalue_rows,
              .distance = {.bias = bias_sums.rows(sequence, head).begin,
                           .key = relative_key_sums.rows(sequence, head),
                           .value = relative_value_sums.rows(sequence, head)}};
          const std::int64_t row = head * tokens + first_query;
          kernels::attention_backward<T>(operands.head(call, sequence, head, mask),
                                         {.y = y_heads(first_query, head),
                                          .dy = dy_heads(first_query, head),
                                          .weights = {shifts + row, factors + row}},
                                         gradients, pairs);
          if (!call.mask || pairs == kernels::Pairs::seen) continue;
          const std::int64_t distances = queries > 0 && keys > 0 ? queries + keys - 1 : 0;
          finite = finite && are_finite(gradients.query, queries, query_heads.width) &&
                   are_finite(gradients.distance.key, distances, operands.key.width) &&
                   are_finite(gradients.distance.value, distances, operands.value.width);
        }
        if (!call.mask || pairs == kernels::Pairs::seen) return true;
        return finite && are_finite(dkey_rows, keys, key_heads.width) &&
               are_finite(dvalue_rows, keys, value_heads.width);
      };
      if (!begin_and_run(kernels::Pairs::all)) begin_and_run(kernels::Pairs::seen);
    }
  });
  const auto& [dbias, dkeys, dvalues] = to.distance;
  if (dbias) bias_sums.sum(fill<T>(dbias), call.heads, 1, dbias.size(1));
  if (dkeys) relative_key_sums.sum(fill<T>(dkeys), dkeys.size(1), dkeys.size(1) * dkeys.size(2), dkeys.size(2));
  if (dvalues)
    relative_value_sums.sum(fill<T>(dvalues), dvalues.size(1), dvalues.size(1) * dvalues.size(2), dvalues.size(2));
}

/// Dropout factors of the weights of a sequence: [heads, queries, keys].
template <class T>
Tensor dropout_factors(const Call& call, std::int64_t sequence) {
  const std::int64_t queries = call.queries(sequence), keys = call.keys(sequence);
  const Tensor factors = ones({call.heads, queries, keys}, dtype_of<T>);
  T* row = fill<T>(factors);
  for (std::int64_t head = 0; head < call.heads; ++head)
    for (std::int64_t i = 0; i < queries; ++i, row += keys)
      kernels::get<kernels::DistributionKernels<T>>().dropout({call.stream.seed, call.stream.stream},
                                                              call.draw(sequence, head) + i * call.draw_step(),
                                                              call.dropout, row, row, keys);
  return factors;
}

/// Mask of a sequence, true where query i attends to key j: bool [queries, keys].
Tensor seen_keys(const Call& call, std::int64_t sequence) {
  const std::int64_t queries = call.queries(sequence), keys = call.keys(sequence);
  const Tensor seen = zeros({queries, keys}, boolean);
  bool* const element = fill<bool>(seen);
  const detail::BoundMask mask = call.mask_of(sequence);
  bool buffer[kernels::attention_max_keys];
  for (std::int64_t i = 0; i < queries; ++i)
    for (std::int64_t key = 0; key < keys; key += kernels::attention_max_keys) {
      const auto row = mask.row(i, key, std::min(key + kernels::attention_max_keys, keys), buffer);
      for (std::int64_t j = row.begin; j < row.end; ++j) element[i * keys + j] = !row.keep || row.keep[j - key];
    }
  return seen;
}

/// Product for each head of x [heads, queries, m] with rows [count, heads of the rows, width], summed over the rows, or
/// with `transposed` over the last axis. seen: bool [queries, count], or empty.
Tensor with_rows(const Tensor& seen, const Tensor& x, const Tensor& rows, bool transposed) {
  const std::int64_t heads = x.size(0), queries = x.size(1), own = rows.size(1);
  const Tensor by_head = reshape(permute(rows, {1, 0, 2}), {own, 1, rows.size(0), rows.size(2)});
  const Tensor of_heads = reshape(x, {own, heads / own, queries, x.size(2)});
  const Tensor y = transposed ? masked_dot(seen, of_heads, by_head) : masked_weighted_sum(seen, of_heads, by_head);
  return reshape(y, {heads, queries, transposed ? rows.size(0) : rows.size(2)});
}

/// Attention of one sequence as a composition of ops, which stores all scores. The group axis is for broadcasting.
Tensor compose(const Call& call, std::int64_t sequence, const Tensor& query, const Tensor& key, const Tensor& value,
               const detail::DistanceTensors& distance) {
  const std::int64_t queries = call.queries(sequence), keys = call.keys(sequence), width = value.size(2);
  const auto by_head = [&](const Tensor& x, const Sequences& sequences, std::int64_t group) {
    const Tensor own = slice(x, 0, sequences.offset(sequence), sequences.offset(sequence + 1));
    return reshape(permute(own, {1, 0, 2}), {call.key_heads, group, own.size(0), own.size(2)});
  };
  const Shape of_heads{call.heads, queries, keys};
  const Tensor own_queries = by_head(query, call.query_sequences, call.group());
  const Tensor seen = call.mask ? seen_keys(call, sequence) : Tensor{};
  Tensor scores = masked_dot(seen, own_queries, by_head(key, call.key_sequences, 1));
  const auto of_pairs = [&](const Tensor& by_distance) {
    return reshape(detail::pairs_of_distances(call.distances, by_distance, queries, keys), scores.shape());
  };
  Tensor seen_distances;
  if (seen && (distance.keys || distance.values)) {
    const Tensor pairs = cast(reshape(seen, {1, queries, keys}), float32);
    seen_distances = cast(detail::distances_of_pairs(call.distances, pairs), boolean);
    seen_distances = reshape(seen_distances, {queries, call.distances.count()});
  }
  if (distance.keys) {
    const Tensor of_heads_queries = reshape(own_queries, {call.heads, queries, query.size(2)});
    scores = scores + of_pairs(with_rows(seen_distances, of_heads_queries, distance.keys, true));
  }
  scores = call.scale * scores;
  if (distance.bias) scores = scores + of_pairs(distance.bias);
  if (seen) scores = where(seen, scores, full({}, -std::numeric_limits<double>::infinity(), query.dtype()));
  Tensor weights = softmax(scores);
  if (call.dropout > 0) {
    const Tensor factors =
        with_floating("attention", query.dtype(), [&]<class T>() { return dropout_factors<T>(call, sequence); });
    weights = weights * reshape(factors, weights.shape());
  }
  Tensor y =
      reshape(masked_weighted_sum(seen, weights, by_head(value, call.key_sequences, 1)), {call.heads, queries, width});
  if (distance.values) {
    const Tensor by_distance = detail::distances_of_pairs(call.distances, reshape(weights, of_heads));
    y = y + with_rows(seen_distances, by_distance, distance.values, false);
  }
  return permute(y, {1, 0, 2});
}

Tensor compose(const Call& call, const Tensor& query, const Tensor& key, const Tensor& value,
               const detail::DistanceTensors& distance) {
  std::vector<Tensor> parts{zeros({0, call.heads, value.size(2)}, query.dtype())};  // for a batch without sequences
  for (std::int64_t s = 0; s < call.query_sequences.count(); ++s)
    parts.push_back(compose(call, s, query, key, value, distance));
  return concat(parts);
}

}  // namespace

Tensor attention(const Tensor& query, const Tensor& key, const Tensor& value, const Sequences& query_sequences,
                 const Sequences& key_sequences, const AttentionOptions& options) {
  check(query, key, value, query_sequences, key_sequences, options);
  const bool by_distance = options.bias || options.relative_keys || options.relative_values;
  const Call call{.query_sequences = query_sequences,
                  .key_sequences = key_sequences,
                  .heads = query.size(1),
                  .key_heads = key.size(1),
                  .mask = options.mask.rule() ? options.mask.rule()->bind(query_sequences, key_sequences) : nullptr,
                  .scale = detail::scale_of("attention", options, query.size(2)),
                  .dropout = options.dropout,
                  .stream = options.dropout > 0 ? next_random_stream() : RandomStream{},
                  .distances = by_distance ? detail::Distances(query_sequences, key_sequences) : detail::Distances{}};
  GraphInputs given{query, key, value, {}};
  if (by_distance)
    given.distance = detail::distance_tensors("attention", options, call.distances, query, value.size(2));
  GraphInputs x{as_matrices(query), as_matrices(key), as_matrices(value), given.distance};
  for (Tensor* each : {&x.distance.bias, &x.distance.keys, &x.distance.values})
    if (*each) *each = each->detach();
  const Results results{.y = empty({query.size(0), query.size(1), value.size(2)}, query.dtype()),
                        .weights = empty({2, query.size(1), query.size(0)}, query.dtype())};
  with_floating("attention", query.dtype(),
                [&]<class T>() { forward<T>(call, operands_of<T>(x), results.y, results.weights); });
  std::array<Tensor, 6> inputs;
  std::size_t count = 0;
  GraphInputs::each(given, [&](const Tensor& input) { inputs[count++] = input; });
  return differentiable(
      "attention", std::span<const Tensor>(inputs.data(), count), results.y,
      [call, x, results](const Tensor& gradient) {
        const Tensor dy = as_matrices(gradient);
        GraphInputs to = x;
        std::array<Tensor, 6> gradients;
        std::size_t n = 0;
        GraphInputs::each(to, [&](Tensor& input) {
          input = detail::gradient_is_needed(n) ? empty(input.shape(), input.dtype()) : Tensor{};
          gradients[n++] = input;
        });
        with_floating("attention", dy.dtype(),
                      [&]<class T>() { backward<T>(call, operands_of<T>(x), results, dy, to); });
        return Gradients::each(n, [&](std::size_t i) { return gradients[i]; });
      },
      [call, x](std::span<const Tensor> all) {
        GraphInputs of = x;
        std::size_t i = 0;
        GraphInputs::each(of, [&](Tensor& input) { input = all[i++]; });
        return compose(call, of.query, of.key, of.value, of.distance);
      });
}

}  // namespace heed
