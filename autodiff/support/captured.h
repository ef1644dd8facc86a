// Detection of tensors that a function captures, by observing its ops.
#pragma once

#include <vector>

#include "../../graph/detail/observer.h"

namespace heed::detail {

/// Observer that collects leaves that ops take as inputs, and differentiable tensors that an op reads without listing
/// them among its inputs, so that its gradient misses them. (The reads of an op without a gradient, such as a
/// comparison, are attributed to the next op.)
class Captured : public Observer {
 public:
  struct Unlisted {
    Tensor tensor;
    const char* op;
  };

  void computed(const char* op, const Inputs& inputs, std::span<const Tensor> outputs) override;
  void recorded(Node& node, const Inputs& inputs, std::span<const Tensor> outputs) override;
  void read(const TensorBody& body) override;

  /// Leaves, each once, including those that were read without being listed.
  const std::vector<Tensor>& leaves() const { return leaves_; }
  /// Name of the op that reads the tensor, or another view of its memory, without listing it; null if there is none.
  const char* unlisted_by(const Tensor& tensor) const;

 private:
  void add(const Tensor& leaf);

  std::vector<Tensor> leaves_, reads_;  // reads_: since the last op
  std::vector<Unlisted> unlisted_;
};

}  // namespace heed::detail
