// Softmax in double.
#pragma once

#include <cmath>
#include <vector>

/// Returns the softmax of the logits.
inline std::vector<double> softmax_of(std::vector<double> logits) {
  double total = 0;
  for (double& logit : logits) total += logit = std::exp(logit);
  for (double& logit : logits) logit /= total;
  return logits;
}
