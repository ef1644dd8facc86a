// Leaves that keep themselves alive: with create_graph the gradient of a leaf has a history, which holds the leaf.
#pragma once

#include "tensor.h"

namespace heed::detail {

/// Notes that the gradient of the leaf has a history.
void note_gradient_with_history(const Tensor& leaf);
/// When the leaf is gone.
void forget_leaf(const TensorBody& leaf) noexcept;

/// Takes the gradients away from noted leaves that nobody holds but nodes of the graph: nobody could ask for them any
/// more. What only they held alive is gone with them. Does nothing while a walk runs, in any thread.
void release_unreachable_gradients();

/// While it lives, a walk is running.
class RunningWalk {
 public:
  RunningWalk();
  ~RunningWalk();
  RunningWalk(const RunningWalk&) = delete;
  RunningWalk& operator=(const RunningWalk&) = delete;
};

}  // namespace heed::detail
