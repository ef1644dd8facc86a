// Frequencies of rotary position embeddings, and their scaling for contexts longer than in training.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "../../graph/tensor.h"

namespace heed {

/// Frequencies of rotary position embeddings: at position p, pair i of features is rotated by the angle p * pairs[i]
/// and multiplied by factor * growth[i]^p. An immutable handle; sines and cosines are computed once for it and its
/// copies.
class RotaryFrequencies {
 public:
  /// An empty growth is 1 for all pairs. Throws Error if growth is not empty and has another length than pairs, or if a
  /// number is not finite.
  explicit RotaryFrequencies(std::vector<double> pairs, double factor = 1, std::vector<double> growth = {});

  /// Angle per position of each pair of features.
  std::span<const double> pairs() const;
  /// Factor per position of each pair; empty: 1.
  std::span<const double> growth() const;
  /// Factor of all rotated features.
  double factor() const;

  /// Returns a table for at least `positions` positions, [positions, 2 pairs]: cosines in the first half of a row,
  /// sines in the second, multiplied by factor and growth.
  Tensor cos_sin(std::int64_t positions, DType dtype) const;

  /// Returns the rows of that table for the given positions, a contiguous int64 [n]: [n, 2 pairs]. Nothing is cached.
  Tensor cos_sin_at(const Tensor& positions, DType dtype) const;

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

/// Returns base^(-2 i / width) for each pair i of `width` features: a whole head, or its rotated part. Su et al. 2021,
/// arXiv:2104.09864, section 3.2.2. All functions of this name throw Error if width is odd or not positive, or base <=
/// 1.
RotaryFrequencies rotary_frequencies(Size width, double base = 10000);

/// Linear scaling (position interpolation): divides all frequencies by `factor`. Chen et al. 2023, arXiv:2306.15595.
struct LinearScaling {
  double factor;
};
/// Frequencies with linear scaling.
RotaryFrequencies rotary_frequencies(Size width, double base, const LinearScaling& scaling);

/// NTK-aware scaling: a larger base, base * factor^(width / (width - 2)). The lowest frequency is divided by `factor`,
/// the highest unchanged. Peng et al. 2023, arXiv:2309.00071, section 3.1. width > 2.
struct NtkScaling {
  double factor;
};
/// Frequencies with NTK-aware scaling.
RotaryFrequencies rotary_frequencies(Size width, double base, const NtkScaling& scaling);

/// Dynamic NTK scaling: NtkScaling by a factor that grows with the length of the text, factor * length / trained_length
/// - (factor - 1) from trained_length on, 1 before. Hugging Face's "dynamic"; Peng et al. 2023, section 3.3.
struct DynamicNtkScaling {
  double factor;
  Size trained_length, length;
};
/// Frequencies with dynamic NTK scaling.
RotaryFrequencies rotary_frequencies(Size width, double base, const DynamicNtkScaling& scaling);

/// YaRN: frequencies with more than `fast` rotations within the trained length are unchanged, those with fewer than
/// `slow` are divided by `factor`, and between them is a linear ramp over the pair index, whose ends are rounded
/// outwards if `rounded`. Dot products of queries and keys are multiplied by (0.1 ln(factor) + 1)^2, or by magnitude^2
/// if it is not 0. Peng et al. 2023, arXiv:2309.00071, sections 3.2 and 3.4.
struct YarnScaling {
  double factor;
  Size trained_length;  // maximum number of tokens in training
  double fast = 32, slow = 1, magnitude = 0;
  bool rounded = true;
};
/// Frequencies with YaRN scaling.
RotaryFrequencies rotary_frequencies(Size width, double base, const YarnScaling& scaling);

/// Scaling of Llama 3.1: frequencies with more than `fast` rotations within the trained length are unchanged, those
/// with fewer than `slow` are divided by `factor`, and those between are a mean of both, weighted by the number of
/// rotations. Grattafiori et al. 2024, arXiv:2407.21783, state only the base.
struct Llama3Scaling {
  double factor;
  Size trained_length;  // maximum number of tokens in training
  double fast = 4, slow = 1;
};
/// Frequencies with Llama 3's scaling.
RotaryFrequencies rotary_frequencies(Size width, double base, const Llama3Scaling& scaling);

/// Side of the dot product that is rotated: the query or the key.
enum class RotarySide { query, key };

/// xPos: queries are multiplied by g[i]^(p / length) and keys divided by it, g[i] = (2 i / width + 0.4) / 1.4, so that
/// the dot product of a query and a key also decays with their distance. For keys before the query, as with causal().
/// Numbers stay in the range of float32 up to positions of 60 * length. Sun et al. 2022, arXiv:2212.10554, section 3.2.
struct XposScaling {
  /// Queries or keys.
  RotarySide side;
  double length = 512;
};
/// Frequencies with xPos.
RotaryFrequencies rotary_frequencies(Size width, double base, const XposScaling& scaling);

}  // namespace heed
