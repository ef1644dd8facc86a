// Which keys a query attends to.
#pragma once

#include <memory>

#include "sequences.h"

namespace heed {

namespace detail {
class MaskRule;
}

/// Which keys of its sequence a query attends to: all, unless it says otherwise. Masks are combined: a & b keeps what
/// both keep, a | b what one of them keeps, !a what a does not. They are evaluated a tile at a time, and tiles of which
/// nothing is kept are skipped; no matrix of queries by keys is ever held. A query that nothing is kept for attends to
/// nothing: its output is exactly 0, and so are the gradients through it. Masks may be combined of others up to 1000
/// deep.
///
/// Of a sequence with m queries and n keys, query i stands at place i + n - m: the last query at the last key, also
/// where there are more of one than of the other. So the queries may be the newest tokens alone, as in decoding.
class Mask {
 public:
  Mask() = default;  // keeps all
  explicit Mask(std::shared_ptr<const detail::MaskRule> rule) : rule_(std::move(rule)) {}
  /// Empty if all is kept.
  const std::shared_ptr<const detail::MaskRule>& rule() const { return rule_; }

 private:
  std::shared_ptr<const detail::MaskRule> rule_;
};

/// Where the first query stands: so that the last one stands at the last key (end), or at the first key (start).
enum class Alignment { end, start };

/// No later key: query i keeps the keys j <= i + n - m, or with Alignment::start the keys j <= i.
Mask causal(Alignment alignment = Alignment::end);

/// The keys at a distance of less than n from the query's place: |i + n_keys - m - j| < n. With causal() the n newest,
/// the query's own among them. n >= 1.  Beltagy et al. 2020, arXiv:2004.05150, section 3.1.
Mask window(Size n);

/// The first n keys of each sequence, or the first counts[s] of sequence s (int64 [sequences]): causal() | prefix(n)
/// reads a prompt in both directions. Raffel et al. 2020, arXiv:1910.10683, section 3.2.1.
Mask prefix(Size n);
Mask prefix(const Tensor& counts);

/// The keys that are real, where dense data was padded behind them: the first counts[s] of sequence s, int64
/// [sequences].
Mask lengths(const Tensor& counts);

/// The keys of the query's own document, where several are packed into one sequence: those whose number is the query's.
/// documents: int64 [tokens] of self-attention; or of the queries and the keys of cross-attention.
Mask documents(const Tensor& of_tokens);
Mask documents(const Tensor& of_queries, const Tensor& of_keys);

/// The keys where a bool tensor is true: kept [key tokens] for all queries; [query tokens, at least the longest keys]
/// with a row for each query; or [the longest queries, at least the longest keys] for all sequences alike.
Mask keep(const Tensor& kept);

Mask operator&(const Mask& a, const Mask& b);
Mask operator|(const Mask& a, const Mask& b);
Mask operator!(const Mask& a);

}  // namespace heed
