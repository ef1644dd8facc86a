// Which op made the first NaN?
#pragma once

#include "../graph/observer.h"
#include "names.h"

namespace heed {

struct AnomalyOptions {
  bool infinities = true;  // also report the first infinity that was made of finite numbers
};

/// While it lives, every op on this thread, and every gradient, is looked through for NaN and infinities. The first one
/// is an Error that names the op, what it was given (parameters by their names), and the line of the program that
/// called it, also where its gradient, much later, made the NaN. The line needs a program compiled with -g; without,
/// the calling function is named. Numbers that an op was given as NaN or infinite are not its fault.
///   heed::AnomalyMode anomaly{nn::named_parameters(model)};
/// It costs a pass over all results, and a stack walk for each op. Without such a scope it costs nothing.
class AnomalyMode : private detail::Observer {
 public:
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
