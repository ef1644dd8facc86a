// Anomaly detection: finds the op that produced the first NaN or infinity.
#pragma once

#include "../graph/detail/observer.h"
#include "names.h"

namespace heed {

/// Options of AnomalyMode.
struct AnomalyOptions {
  bool infinities = true;  // also report the first infinity produced from finite numbers
};

/// Scope guard that checks the results of every op on this thread, and every gradient, for NaN and infinities. The
/// first one throws Error, which names the op, its inputs (parameters by name), and the line of the program that called
/// the op, also if its gradient produced the NaN. The line requires a program compiled with -g; otherwise the calling
/// function is named. An op is not reported for NaN or infinities that were in its inputs.
///   heed::AnomalyMode anomaly{nn::named_parameters(model)};
/// Cost: a pass over all results, and a backtrace for each op; nothing without such a scope.
class AnomalyMode : private detail::Observer {
 public:
  /// Starts checking; names: of the parameters, for messages.
  explicit AnomalyMode(Names names = {}, const AnomalyOptions& options = {})
      : names_(std::move(names)), options_(options) {}

 private:
  void computed(const char* op, const Inputs& inputs, std::span<const Tensor> outputs) override;
  void recorded(detail::Node& node, const Inputs& inputs, std::span<const Tensor> outputs) override;
  void gradient_begins(const detail::Node& node, std::span<const Tensor> output_gradients) override;
  void gradient_ends(const detail::Node& node, Gradients* gradients) override;

  Names names_;
  AnomalyOptions options_;
  int gradients_running_ = 0;
};

}  // namespace heed
