// Cosine similarity and contrastive losses. float32 and float64.
#pragma once

#include "reduction.h"

namespace heed {

/// Cosine similarity:  y = sum(a b) / (max(|a|, epsilon) max(|b|, epsilon)), sums along one axis, which is removed. a
/// and b are broadcast.
Tensor cosine_similarity(const Tensor& a, const Tensor& b, int axis = -1, double epsilon = 1e-8);

/// Cosine embedding loss. For each pair of rows, with c their cosine_similarity:  loss = 1 - c where target is 1,
/// max(0, c - margin) where it is -1.   a, b: [..., width], the same shape;  target: [...];  the loss: [], or [...]
/// unreduced.
Tensor cosine_embedding_loss(const Tensor& a, const Tensor& b, const Tensor& target, double margin = 0,
                             Reduction reduction = Reduction::mean);

/// Options of info_nce; temperature: divisor of the similarities; reduction: mean, sum or none.
struct InfoNceOptions {
  double temperature = 0.07;
  bool normalized = true;  // similarity is the cosine, else the dot product
  bool symmetric = false;  // mean of this loss and the loss with queries and keys exchanged
  Reduction reduction = Reduction::mean;
};

/// InfoNCE contrastive loss: classifies the key of each query among all keys.
///   loss[i] = -ln(e^s[i, i] / sum over j of e^s[i, j]),  s[i, j] = similarity(queries[i], keys[j]) / temperature
///   queries: [n, width];  keys: [m, width], those of the queries first, m >= n;  the loss: [], or [n] unreduced.
/// Van den Oord et al. 2018, arXiv:1807.03748; in both directions, where m = n: Radford et al. 2021, arXiv:2103.00020.
Tensor info_nce(const Tensor& queries, const Tensor& keys, const InfoNceOptions& options = {});

}  // namespace heed
