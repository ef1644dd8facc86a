#include "cached_attention.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "../../graph/ambient.h"
#include "../../graph/create.h"
#include "../../graph/differentiable.h"
#include "../../graph/fail.h"
#include "../kernels/attention.h"
#include "../shape/view.h"
#include "../support/attention_distances.h"
#include "../support/elementwise.h"
#include "../support/mask_rule.h"

namespace heed {
using namespace heed::detail;

namespace {

void check(const Tensor& query, std::span<const KeysAndValues> cached, const Sequences& sequences,
           const AttentionOptions& options) {
  const char* op = "cached_attention";
  if (query.rank() != 3 || query.size(0) != sequences.tokens() || query.size(2) == 0)
    fail("{}: query is {}, but with {} tokens it must be [{}, heads, key_width]", op, to_string(query.shape()),
         sequences.tokens(), sequences.tokens());
  if (static_cast<std::int64_t>(cached.size()) != sequences.count())
    fail("{}: there are {} sequences of queries and {} of keys, but both must have the same number", op,
         sequences.count(), cached.size());
  if (options.dropout != 0) fail("{}: dropout is {}, but it must be 0", op, options.dropout);
  if (detail::is_recorded({query})) fail("{}: the op has no gradient, so call it inside no_grad", op);
  const KeysAndValues* first = nullptr;  // the first one with keys
  for (const KeysAndValues& row : cached) {
    if (row.length == 0) continue;
    const auto index = &row - cached.data();
    if (row.length < 0) fail("{}: the length of sequence {} is {}, but it must not be negative", op, index, row.length);
    check_same_dtype(op, "query", query, "key", row.key);
    check_same_dtype(op, "query", query, "value", row.value);
    if (row.key.rank() != 3 || row.value.rank() != 3 || !row.key.is_contiguous() || !row.value.is_contiguous() ||
        row.key.size(0) < row.length || row.value.size(0) < row.length || row.key.size(1) != row.value.size(1) ||
        row.key.size(2) != query.size(2) || row.key.size(1) == 0 || query.size(1) % row.key.size(1) != 0)
      fail(
          "{}: query is {}, and of sequence {} key is {} and value {} with {} rows in use, but they must be "
          "contiguous and [rows, key_heads, width], where key_heads divides query's heads and key is as wide as query",
          op, to_string(query.shape()), index, to_string(row.key.shape()), to_string(row.value.shape()), row.length);
    if (!first) first = &row;
    if (row.value.size(1) != first->value.size(1) || row.value.size(2) != first->value.size(2))
      fail("{}: value is {} of sequence {} and {} of an earlier one, but all must have the same heads and width", op,
           to_string(row.value.shape()), index, to_string(first->value.shape()));
  }
}

/// Width of the values: of a sequence with keys, or else of one with allocated memory.
std::int64_t value_width_of(const Tensor& query, std::span<const KeysAndValues> cached) {
  std::int64_t width = query.size(2);
  for (const KeysAndValues& row : cached) {
    if (row.length > 0) return row.value.size(2);
    if (row.value && row.value.rank() == 3) width = row.value.size(2);
  }
  return width;
}

/// Queries [begin, end) of a sequence.
struct Block {
  std::int64_t sequence, begin, end;
};

template <class T>
void attend(const Tensor& query, std::span<const KeysAndValues> cached, const Sequences& sequences,
            const AttentionOptions& options, const Tensor& y) {
  std::vector<std::int64_t> lengths;
  for (const KeysAndValues& row : cached) lengths.push_back(row.length);
  const Sequences keys{std::span<const std::int64_t>(lengths)};
  const detail::Distances distances(sequences, keys);
  const detail::DistanceTensors by_distance =
      detail::distance_tensors("cached_attention", options, distances, query, y.size(2));
  const auto rule = options.mask.rule() ? options.mask.rule()->bind(sequences, keys) : nullptr;
  const std::int64_t heads = query.size(1), key_width = query.size(2), value_width = y.size(2);
  const T scale = static_cast<T>(detail::scale_of("cached_attention", options, key_width));
  std::vector<Block, arena::Allocator<Block>> blocks;
  std::int64_t scores = 0;
  for (std::int64_t s = 0; s < sequences.count(); ++s) {
    scores += sequences.length(s) * cached[static_cast<std::size_t>(s)].length;
    for (std::int64_t begin = 0; begin < sequences.length(s); begin += kernels::attention_query_block)
      blocks.push_back({s, begin, std::min(begin + kernels::attention_query_block, sequences.length(s))});
  }
  const auto count = static_cast<std::int64_t>(blocks.size());
  if (count == 0) return;
  const T* const queries = read<T>(query);
  T* const out = fill<T>(y);
  const double of_score = static_cast<double>(key_width + value_width) / 20 + 1;
  const double cost = 300 + of_score * static_cast<double>(scores) / static_cast<double>(count);
  // Cut into heads and blocks of queries: each task writes separate rows of y.
  parallel(heads * count, cost, [&](Range part) {
    for (std::int64_t task = part.begin; task < part.end; ++task) {
      const Block& block = blocks[static_cast<std::size_t>(task / heads)];
      const KeysAndValues& row = cached[static_cast<std::size_t>(block.sequence)];
      const std::int64_t s = block.sequence, head = task % heads, at = sequences.offset(s) * heads + head;
      const kernels::Rows<T> y_rows{out + at * value_width, heads * value_width};
      if (row.length == 0) {
        for (std::int64_t i = block.begin; i < block.end; ++i) std::fill_n(y_rows[i], value_width, T{0});
        continue;
      }
      const detail::BoundMask mask(rule.get(),
                                   {s, sequences.length(s), row.length, sequences.offset(s), keys.offset(s)});
      const std::int64_t key_heads = row.key.size(1), key_head = head / (heads / key_heads);
      kernels::attention<T>({.queries = sequences.length(s),
                             .keys = row.length,
                             .key_width = key_width,
                             .value_width = value_width,
                             .query = {queries + at * key_width, heads * key_width},
                             .key = {read<T>(row.key) + key_head * key_width, key_heads * key_width},
                             .value = {read<T>(row.value) + key_head * value_width, key_heads * value_width},
                             .scale = scale,
                             .mask = &mask,
                             .dropout = 0,
                             .stream = {},
                             .draw = 0,
                             .draw_step = 0,
                             .distance = detail::distances_of_head<T>(by_distance, distances, sequences.length(s),
                                                                      row.length, head, heads)},
                            block.begin, block.end, y_rows, {});
    }
  });
}

}  // namespace

Tensor cached_attention(const Tensor& query, std::span<const KeysAndValues> cached, const Sequences& query_sequences,
                        const AttentionOptions& options) {
  check(query, cached, query_sequences, options);
  const auto has_keys = [](const KeysAndValues& row) { return row.length > 0; };
  const Shape shape{query.size(0), query.size(1), value_width_of(query, cached)};
  if (std::none_of(cached.begin(), cached.end(), has_keys)) return zeros(shape, query.dtype());
  const NoGrad scope;  // tensors used by functions of distances may require a gradient
  const Tensor q = contiguous(query.detach());
  Tensor y = empty(shape, query.dtype());
  with_floating("cached_attention", query.dtype(),
                [&]<class T>() { attend<T>(q, cached, query_sequences, options, y); });
  return y;
}

}  // namespace heed
