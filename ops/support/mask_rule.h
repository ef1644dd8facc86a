// Internal: evaluation of masks.
#pragma once

#include <memory>

#include "../attention/mask.h"
#include "../kernels/attention.h"

namespace heed::detail {

using kernels::Index;
using kernels::SeenKeys;

/// One sequence of an attention call.
struct MaskedSequence {
  Index sequence, queries, keys;
  Index first_query, first_key;  // rows in the batch
};

/// A range of keys, [begin, end).
struct KeyRange {
  Index begin, end;
};

class MaskRule {
 public:
  /// Nesting depth of combined masks; 1 for a single mask.
  int depth() const { return depth_; }

  explicit MaskRule(int depth = 1) : depth_(depth) {}
  virtual ~MaskRule() = default;
  /// Returns the rule prepared for these sequences. Throws Error if it does not fit them.
  virtual std::shared_ptr<const MaskRule> bind(const Sequences& queries, const Sequences& keys) const = 0;
  /// Range that contains all keys kept by the queries [begin, end), found without evaluating each.
  virtual KeyRange hull(const MaskedSequence& of, Index /*begin*/, Index /*end*/) const { return {0, of.keys}; }
  /// Keys of `tile` that query i keeps. `buffer` has an element for each key of the tile; the result may point to it.
  virtual SeenKeys row(const MaskedSequence& of, Index i, KeyRange tile, bool* buffer) const = 0;

 private:
  int depth_;
};

/// Mask of one sequence, as kernels take it.
class BoundMask final : public kernels::KeyMask {
 public:
  BoundMask(const MaskRule* rule, const MaskedSequence& of) : rule_(rule), of_(of) {}
  Index first_key(Index begin, Index end) const override { return rule_ ? rule_->hull(of_, begin, end).begin : 0; }
  Index end_key(Index begin, Index end) const override { return rule_ ? rule_->hull(of_, begin, end).end : of_.keys; }
  SeenKeys row(Index i, Index key, Index end, bool* buffer) const override {
    if (!rule_) return {key, end, nullptr};
    return rule_->row(of_, i, {key, end}, buffer);
  }

 private:
  const MaskRule* rule_;
  MaskedSequence of_;
};

}  // namespace heed::detail
