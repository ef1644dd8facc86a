#include "captured.h"

#include <algorithm>

namespace heed::detail {
namespace {

bool share_memory(const Tensor& a, const Tensor& b) { return a && b && body_of(a).storage == body_of(b).storage; }

bool is_leaf(const Tensor& tensor) { return body_of(tensor).requires_grad; }

}  // namespace

void Captured::add(const Tensor& leaf) {
  if (std::none_of(leaves_.begin(), leaves_.end(), [&](const Tensor& one) { return one.is(leaf); }))
    leaves_.push_back(leaf);
}

// Ops inside another op run without being recorded; their reads count as reads of that op.
void Captured::computed(const char* op, const Inputs& inputs, std::span<const Tensor> /*outputs*/) {
  if (!ambient().grad || running.node) return;
  for (const Tensor& tensor : reads_) {
    bool listed = false;
    for (std::size_t i = 0; i < inputs.size(); ++i) listed = listed || share_memory(inputs[i], tensor);
    if (listed) continue;
    unlisted_.push_back({tensor, op});
    if (is_leaf(tensor)) add(tensor);
  }
  reads_.clear();
}

void Captured::recorded(Node& /*node*/, const Inputs& inputs, std::span<const Tensor> /*outputs*/) {
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (inputs[i] && is_leaf(inputs[i])) add(inputs[i]);
}

void Captured::read(const TensorBody& body) {
  if (running.node || !(body.requires_grad || body.node)) return;
  auto& shared = const_cast<TensorBody&>(body);
  shared.references.fetch_add(1, std::memory_order_relaxed);
  reads_.push_back(handle(&shared));
}

const char* Captured::unlisted_by(const Tensor& tensor) const {
  const auto found = std::find_if(unlisted_.begin(), unlisted_.end(),
                                  [&](const Unlisted& one) { return share_memory(one.tensor, tensor); });
  return found == unlisted_.end() ? nullptr : found->op;
}

}  // namespace heed::detail
