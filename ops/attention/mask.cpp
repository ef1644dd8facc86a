#include "mask.h"

#include <algorithm>
#include <vector>

#include "../../graph/fail.h"
#include "../shape/view.h"
#include "../support/mask_rule.h"

namespace heed {
namespace {

using detail::KeyRange;
using detail::MaskedSequence;
using detail::MaskRule;
using kernels::Index;
using kernels::SeenKeys;
using RulePointer = std::shared_ptr<const MaskRule>;

KeyRange overlap(KeyRange a, KeyRange b) { return {std::max(a.begin, b.begin), std::min(a.end, b.end)}; }
SeenKeys seen(KeyRange kept, KeyRange tile) {
  const KeyRange both = overlap(kept, tile);
  return both.begin < both.end ? SeenKeys{both.begin, both.end, nullptr} : SeenKeys{tile.begin, tile.begin, nullptr};
}
bool is_empty(const SeenKeys& keys) { return keys.begin >= keys.end; }

/// Mask that keeps a range of keys for each query, whose ends never decrease from query to query.
class Band : public MaskRule, public std::enable_shared_from_this<Band> {
 public:
  RulePointer bind(const Sequences&, const Sequences&) const override { return shared_from_this(); }
  KeyRange hull(const MaskedSequence& of, Index begin, Index end) const override {
    return overlap({kept(of, begin).begin, kept(of, end - 1).end}, {0, of.keys});
  }
  SeenKeys row(const MaskedSequence& of, Index i, KeyRange tile, bool*) const override {
    return seen(kept(of, i), tile);
  }

 private:
  virtual KeyRange kept(const MaskedSequence& of, Index i) const = 0;
};

class Causal final : public Band {
 public:
  explicit Causal(Alignment alignment) : alignment_(alignment) {}

 private:
  KeyRange kept(const MaskedSequence& of, Index i) const override {
    return {0, i + 1 + (alignment_ == Alignment::end ? of.keys - of.queries : 0)};
  }
  Alignment alignment_;
};

class Window final : public Band {
 public:
  explicit Window(Index n) : n_(std::min(n, Index{1} << 62)) {}  // so that adding a position does not overflow

 private:
  KeyRange kept(const MaskedSequence& of, Index i) const override {
    const Index place = i + of.keys - of.queries;
    return {place - n_ + 1, place + n_};
  }
  Index n_;
};

/// Keeps the first n keys of each sequence, or the first counts[s].
class First final : public Band {
 public:
  First(const char* name, Index n, Tensor counts) : name_(name), n_(n), counts_(std::move(counts)) {}
  RulePointer bind(const Sequences& queries, const Sequences& keys) const override {
    if (counts_ && counts_.size(0) != keys.count())
      fail("attention: {} has counts of {} sequences, but there are {}", name_, counts_.size(0), keys.count());
    return Band::bind(queries, keys);
  }

 private:
  KeyRange kept(const MaskedSequence& of, Index) const override {
    return {0, counts_ ? read<std::int64_t>(counts_)[of.sequence] : n_};
  }
  const char* name_;
  Index n_;
  Tensor counts_;
};

/// Returns the tensor, contiguous. Throws Error unless it is int64 with one axis.
Tensor checked_numbers(const char* name, const Tensor& numbers) {
  if (numbers.dtype() != int64 || numbers.rank() != 1)
    fail("{}: got {} {}, but it must be int64 with one axis", name, heed::name(numbers.dtype()),
         to_string(numbers.shape()));
  return contiguous(numbers);
}

/// Returns the counts, contiguous. Throws Error unless they are int64 with one axis, and not negative.
Tensor checked_counts(const char* name, const Tensor& counts) {
  const Tensor checked = checked_numbers(name, counts);
  const auto* count = read<std::int64_t>(checked);
  for (Index s = 0; s < checked.elements(); ++s)
    if (count[s] < 0) fail("{}: the count of sequence {} is {}, but it must not be negative", name, s, count[s]);
  return checked;
}

class Documents final : public MaskRule {
 public:
  Documents(Tensor queries, Tensor keys) : queries_(std::move(queries)), keys_(std::move(keys)) {}
  RulePointer bind(const Sequences& queries, const Sequences& keys) const override {
    if (queries_.size(0) != queries.tokens() || keys_.size(0) != keys.tokens())
      fail("attention: documents has ids of {} queries and {} keys, but there are {} and {}", queries_.size(0),
           keys_.size(0), queries.tokens(), keys.tokens());
    auto bound = std::make_shared<Documents>(queries_, keys_);
    const auto* of_key = read<std::int64_t>(keys_);
    bound->sorted_.resize(static_cast<std::size_t>(keys.count()));
    for (std::int64_t s = 0; s < keys.count(); ++s)
      bound->sorted_[static_cast<std::size_t>(s)] =
          std::is_sorted(of_key + keys.offset(s), of_key + keys.offset(s + 1));
    return bound;
  }
  KeyRange hull(const MaskedSequence& of, Index begin, Index end) const override {
    if (!is_sorted(of)) return {0, of.keys};
    const auto* of_query = read<std::int64_t>(queries_) + of.first_query;
    const auto [least, greatest] = std::minmax_element(of_query + begin, of_query + end);
    return {range(of, *least).begin, range(of, *greatest).end};
  }
  SeenKeys row(const MaskedSequence& of, Index i, KeyRange tile, bool* buffer) const override {
    const std::int64_t document = read<std::int64_t>(queries_)[of.first_query + i];
    if (is_sorted(of)) return seen(range(of, document), tile);
    const auto* of_key = read<std::int64_t>(keys_) + of.first_key;
    for (Index j = tile.begin; j < tile.end; ++j) buffer[j - tile.begin] = of_key[j] == document;
    return {tile.begin, tile.end, buffer};
  }

 private:
  bool is_sorted(const MaskedSequence& of) const { return sorted_[static_cast<std::size_t>(of.sequence)]; }
  KeyRange range(const MaskedSequence& of, std::int64_t document) const {
    const auto* begin = read<std::int64_t>(keys_) + of.first_key;
    const auto [first, last] = std::equal_range(begin, begin + of.keys, document);
    return {first - begin, last - begin};
  }
  Tensor queries_, keys_;
  std::vector<bool> sorted_;  // for each sequence, true if the ids of its keys never decrease
};

class Keep final : public MaskRule {
 public:
  explicit Keep(Tensor kept) : kept_(std::move(kept)) {}
  RulePointer bind(const Sequences& queries, const Sequences& keys) const override {
    const bool by_key = kept_.rank() == 1 && kept_.size(0) == keys.tokens();
    const bool by_token = kept_.rank() == 2 && kept_.size(0) == queries.tokens() && kept_.size(1) >= keys.max_length();
    const bool by_position =
        kept_.rank() == 2 && kept_.size(0) == queries.max_length() && kept_.size(1) >= keys.max_length();
    if (!by_key && !by_token && !by_position)
      fail(
          "attention: keep is {}, but with {} queries and {} keys, at most {} and {} in a sequence, it must be [{}], "
          "[{}, {}] or [{}, {}]",
          to_string(kept_.shape()), queries.tokens(), keys.tokens(), queries.max_length(), keys.max_length(),
          keys.tokens(), queries.tokens(), keys.max_length(), queries.max_length(), keys.max_length());
    auto bound = std::make_shared<Keep>(kept_);
    bound->by_token_ = by_token;
    return bound;
  }
  SeenKeys row(const MaskedSequence& of, Index i, KeyRange tile, bool* buffer) const override {
    const bool* from = read<bool>(kept_);
    const Index step = kept_.strides()[-1];
    from += kept_.rank() == 1 ? of.first_key * step : (by_token_ ? of.first_query + i : i) * kept_.strides()[0];
    for (Index j = tile.begin; j < tile.end; ++j) buffer[j - tile.begin] = from[j * step];
    return {tile.begin, tile.end, buffer};
  }

 private:
  Tensor kept_;
  bool by_token_ = false;
};

/// Writes the mask of all keys of a tile to a buffer.
void write_all(const SeenKeys& keys, KeyRange tile, bool* buffer) {
  if (keys.keep == buffer) {
    std::fill(buffer, buffer + (keys.begin - tile.begin), false);
    std::fill(buffer + (keys.end - tile.begin), buffer + (tile.end - tile.begin), false);
    return;
  }
  for (Index j = tile.begin; j < tile.end; ++j)
    buffer[j - tile.begin] = j >= keys.begin && j < keys.end && (!keys.keep || keys.keep[j - tile.begin]);
}

constexpr int max_depth = 1000;

/// Returns the depth of a combined mask. Masks are evaluated by recursion, which must not overflow the stack.
int depth_of(const char* op, int a, int b = 0) {
  const int depth = 1 + std::max(a, b);
  if (depth > max_depth)
    fail("{}: the mask would be combined of masks {} deep, but the depth must be at most {}", op, depth, max_depth);
  return depth;
}

class And final : public MaskRule {
 public:
  And(RulePointer a, RulePointer b)
      : MaskRule(depth_of("mask &", a->depth(), b->depth())), a_(std::move(a)), b_(std::move(b)) {}
  RulePointer bind(const Sequences& queries, const Sequences& keys) const override {
    return std::make_shared<And>(a_->bind(queries, keys), b_->bind(queries, keys));
  }
  KeyRange hull(const MaskedSequence& of, Index begin, Index end) const override {
    return overlap(a_->hull(of, begin, end), b_->hull(of, begin, end));
  }
  SeenKeys row(const MaskedSequence& of, Index i, KeyRange tile, bool* buffer) const override {
    const SeenKeys a = a_->row(of, i, tile, buffer);
    if (is_empty(a)) return a;
    bool second[kernels::attention_max_keys];
    const SeenKeys b = b_->row(of, i, tile, a.keep ? second : buffer);
    SeenKeys both{std::max(a.begin, b.begin), std::min(a.end, b.end), a.keep ? a.keep : b.keep};
    if (is_empty(both)) return {tile.begin, tile.begin, nullptr};
    if (a.keep && b.keep)
      for (Index j = both.begin - tile.begin; j < both.end - tile.begin; ++j) buffer[j] = buffer[j] && second[j];
    return both;
  }

 private:
  RulePointer a_, b_;
};

class Or final : public MaskRule {
 public:
  Or(RulePointer a, RulePointer b)
      : MaskRule(depth_of("mask |", a->depth(), b->depth())), a_(std::move(a)), b_(std::move(b)) {}
  RulePointer bind(const Sequences& queries, const Sequences& keys) const override {
    return std::make_shared<Or>(a_->bind(queries, keys), b_->bind(queries, keys));
  }
  KeyRange hull(const MaskedSequence& of, Index begin, Index end) const override {
    const KeyRange a = a_->hull(of, begin, end), b = b_->hull(of, begin, end);
    if (a.begin >= a.end) return b;
    if (b.begin >= b.end) return a;
    return {std::min(a.begin, b.begin), std::max(a.end, b.end)};
  }
  SeenKeys row(const MaskedSequence& of, Index i, KeyRange tile, bool* buffer) const override {
    const SeenKeys a = a_->row(of, i, tile, buffer);
    if (is_empty(a)) return b_->row(of, i, tile, buffer);
    bool second[kernels::attention_max_keys];
    const SeenKeys b = b_->row(of, i, tile, second);
    if (is_empty(b)) return a;
    if (!a.keep && !b.keep && a.begin <= b.end && b.begin <= a.end)
      return {std::min(a.begin, b.begin), std::max(a.end, b.end), nullptr};
    write_all(a, tile, buffer);
    for (Index j = b.begin; j < b.end; ++j) buffer[j - tile.begin] |= !b.keep || b.keep[j - tile.begin];
    return {tile.begin, tile.end, buffer};
  }

 private:
  RulePointer a_, b_;
};

class Not final : public MaskRule {
 public:
  explicit Not(RulePointer a) : MaskRule(depth_of("!mask", a->depth())), a_(std::move(a)) {}
  RulePointer bind(const Sequences& queries, const Sequences& keys) const override {
    return std::make_shared<Not>(a_->bind(queries, keys));
  }
  SeenKeys row(const MaskedSequence& of, Index i, KeyRange tile, bool* buffer) const override {
    const SeenKeys a = a_->row(of, i, tile, buffer);
    if (is_empty(a)) return {tile.begin, tile.end, nullptr};
    if (!a.keep && a.begin == tile.begin) return seen({a.end, tile.end}, tile);
    if (!a.keep && a.end == tile.end) return {tile.begin, a.begin, nullptr};
    write_all(a, tile, buffer);
    for (Index j = 0; j < tile.end - tile.begin; ++j) buffer[j] = !buffer[j];
    return {tile.begin, tile.end, buffer};
  }

 private:
  RulePointer a_;
};

Mask first_keys(const char* name, Index n, const Tensor& counts) {
  if (n < 0) fail("{}: n is {}, but it must not be negative", name, n);
  return Mask(std::make_shared<First>(name, n, counts));
}

/// Returns the rule of a mask, also of one that keeps all.
RulePointer rule_of(const Mask& mask) {
  return mask.rule() ? mask.rule() : std::make_shared<Not>(std::make_shared<First>("prefix", 0, Tensor{}));
}

}  // namespace

Mask causal(Alignment alignment) { return Mask(std::make_shared<Causal>(alignment)); }

Mask window(Size n) {
  if (n < 1) fail("window: n is {}, but it must be at least 1", n.value);
  return Mask(std::make_shared<Window>(n));
}

Mask prefix(Size n) { return first_keys("prefix", n, {}); }
Mask prefix(const Tensor& counts) { return first_keys("prefix", 0, checked_counts("prefix", counts)); }
Mask lengths(const Tensor& counts) { return first_keys("lengths", 0, checked_counts("lengths", counts)); }

Mask documents(const Tensor& ids) { return documents(ids, ids); }
Mask documents(const Tensor& query_ids, const Tensor& key_ids) {
  return Mask(
      std::make_shared<Documents>(checked_numbers("documents", query_ids), checked_numbers("documents", key_ids)));
}

Mask keep(const Tensor& kept) {
  if (kept.dtype() != boolean || kept.rank() < 1 || kept.rank() > 2)
    fail("keep: got {} {}, but it must be bool with one or two axes", name(kept.dtype()), to_string(kept.shape()));
  return Mask(std::make_shared<Keep>(kept));
}

Mask operator&(const Mask& a, const Mask& b) {
  if (!a.rule()) return b;
  if (!b.rule()) return a;
  return Mask(std::make_shared<And>(a.rule(), b.rule()));
}
Mask operator|(const Mask& a, const Mask& b) {
  if (!a.rule()) return a;
  if (!b.rule()) return b;
  return Mask(std::make_shared<Or>(a.rule(), b.rule()));
}
Mask operator!(const Mask& a) { return Mask(std::make_shared<Not>(rule_of(a))); }

}  // namespace heed
