// What a function uses beside its arguments: found by watching its ops.
#pragma once

#include <vector>

#include "../graph/observer.h"

namespace heed::detail {

/// While it lives it collects the leaves that require gradients and that ops take as inputs, and the tensors that
/// require gradients and that are read for an op which does not list them among its inputs: of these the op's gradient
/// knows nothing. (An op that only compares, and has no gradient, is taken for a part of the next one.)
class Captured : public Observer {
 public:
  struct Unlisted {
    Tensor tensor;
    const char* op;
  };

  void computed(const char* op, const Inputs& inputs, std::span<const Tensor> outputs) override;
  void recorded(Node& node, const Inputs& inputs, std::span<const Tensor> outputs) override;
  void read(const TensorBody& body) override;

  /// Each once, those read without being listed too.
  const std::vector<Tensor>& leaves() const { return leaves_; }
  /// The op that reads the tensor, or another view of its memory, without listing it; null if there is none.
  const char* unlisted_by(const Tensor& tensor) const;

 private:
  void add(const Tensor& leaf);

  std::vector<Tensor> leaves_, reads_;  // reads_: since the last op
  std::vector<Unlisted> unlisted_;
};

}  // namespace heed::detail
