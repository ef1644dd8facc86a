// Attention masks.
#pragma once

#include <memory>

#include "../sequences/sequences.h"

namespace heed {

namespace detail {
class MaskRule;
}

/// Attention mask: the set of keys of its sequence that each query attends to. The default keeps all. Masks are
/// combined with & (and), | (or) and ! (not), up to 1000 deep. They are evaluated tile by tile, and fully masked tiles
/// are skipped; a [queries, keys] matrix is never stored. A query whose keys are all masked has the output 0 and zero
/// gradients.
///
/// In a sequence with m queries and n keys, query i has the position i + n - m: the last query is aligned with the last
/// key, so the queries may be only the newest tokens, as in decoding.
class Mask {
 public:
  Mask() = default;  // keeps all
  explicit Mask(std::shared_ptr<const detail::MaskRule> rule) : rule_(std::move(rule)) {}
  /// Empty if all keys are kept.
  const std::shared_ptr<const detail::MaskRule>& rule() const { return rule_; }

 private:
  std::shared_ptr<const detail::MaskRule> rule_;
};

/// Alignment of queries and keys: the last query with the last key (end), or the first query with the first key
/// (start).
enum class Alignment { end, start };

/// Causal mask: query i keeps the keys j <= i + n - m, or with Alignment::start the keys j <= i.
Mask causal(Alignment alignment = Alignment::end);

/// Sliding window: keys at a distance less than n from the query's position, |i + n_keys - m - j| < n. Combined with
/// causal() the n newest, including the query's own position. n >= 1.  Beltagy et al. 2020, arXiv:2004.05150, section
/// 3.1.
Mask window(Size n);

/// Prefix: the first n keys of each sequence, or the first counts[s] of sequence s (int64 [sequences]). causal() |
/// prefix(n) attends to a prompt in both directions. Raffel et al. 2020, arXiv:1910.10683, section 3.2.1.
Mask prefix(Size n);
Mask prefix(const Tensor& counts);

/// Padding mask of dense data: keeps the first counts[s] keys of sequence s, int64 [sequences].
Mask lengths(const Tensor& counts);

/// Document mask for sequences that several documents are packed into: keeps the keys with the query's document id.
/// ids: int64 [tokens] for self-attention, or those of queries and keys for cross-attention.
Mask documents(const Tensor& ids);
Mask documents(const Tensor& query_ids, const Tensor& key_ids);

/// Mask from a bool tensor, true for the keys to attend to: kept [key tokens] for all queries; [query tokens, max key
/// length or more] with a row for each query; or [max query length, max key length or more] for all sequences.
Mask keep(const Tensor& kept);

/// Combines masks: pairs of query and key that both keep, that either keeps, that the mask does not keep.
Mask operator&(const Mask& a, const Mask& b);
Mask operator|(const Mask& a, const Mask& b);
Mask operator!(const Mask& a);

}  // namespace heed
