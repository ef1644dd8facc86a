// How fast rotary positions turn, and how that is changed so that a model reads longer texts than it was trained on.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "../graph/tensor.h"

namespace heed {

/// What rotary positions do to pair i of features at position p: they turn it by the angle p * pairs[i], and multiply
/// it by factor * growth[i]^p. An immutable handle; the sines and cosines are computed once for it and its copies.
class RotaryFrequencies {
 public:
  /// growth may be empty, which is 1 for all pairs. Throws Error if it is not empty and of another length than pairs,
  /// or if a number is not finite.
  explicit RotaryFrequencies(std::vector<double> pairs, double factor = 1, std::vector<double> growth = {});

  std::span<const double> pairs() const;
  std::span<const double> growth() const;
  double factor() const;

  /// For at least so many positions, [positions, 2 pairs]: cosines in the first half of a row, sines in the second,
  /// multiplied by factor and growth.
  Tensor turns(std::int64_t positions, DType dtype) const;

  /// The same rows for the given positions alone, int64 [n] without gaps: [n, 2 pairs]. Nothing is kept.
  Tensor turns_at(const Tensor& positions, DType dtype) const;

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

/// base^(-2 i / width) for each pair i of `width` features: of a whole head, or of the part of it that is turned. Su et
/// al. 2021, arXiv:2104.09864, section 3.2.2. Throws Error, as all of these do, if width is odd or not positive, or the
/// base is not over 1.
RotaryFrequencies rotary_frequencies(Size width, double base = 10000);

/// All frequencies divided by `factor`, as if positions lay closer together. Chen et al. 2023, arXiv:2306.15595.
struct LinearScaling {
  double factor;
};
RotaryFrequencies rotary_frequencies(Size width, double base, const LinearScaling& scaling);

/// A larger base, base * factor^(width / (width - 2)): the slowest pair turns `factor` times slower, the fastest as
/// before. Known as "NTK-aware"; Peng et al. 2023, arXiv:2309.00071, section 3.1. width > 2.
struct NtkScaling {
  double factor;
};
RotaryFrequencies rotary_frequencies(Size width, double base, const NtkScaling& scaling);

/// NtkScaling by a factor that grows with the length of the text: factor * length / trained_length - (factor - 1),
/// from trained_length on, before that 1. As in Hugging Face's "dynamic"; Peng et al. 2023, section 3.3.
struct DynamicNtkScaling {
  double factor;
  Size trained_length, length;
};
RotaryFrequencies rotary_frequencies(Size width, double base, const DynamicNtkScaling& scaling);

/// Pairs that turn more than `fast` times within the trained length stay as they are, those that turn less than `slow`
/// times are divided by `factor`, and between them is a ramp over their indices, whose ends are rounded outwards if
/// `rounded`. Products of queries and keys are multiplied by (0.1 ln(factor) + 1)^2, or by what `magnitude`^2 says if
/// it is not 0. Peng et al. 2023, arXiv:2309.00071, sections 3.2 and 3.4.
struct YarnScaling {
  double factor;
  Size trained_length;
  double fast = 32, slow = 1, magnitude = 0;
  bool rounded = true;
};
RotaryFrequencies rotary_frequencies(Size width, double base, const YarnScaling& scaling);

/// Pairs that turn more than `fast` times within the trained length stay as they are, those that turn less than `slow`
/// times are divided by `factor`, and those between are a mean of both, weighted by how often they turn. As in the
/// models of Llama 3.1; Grattafiori et al. 2024, arXiv:2407.21783, say only which base they use.
struct Llama3Scaling {
  double factor;
  Size trained_length;
  double fast = 4, slow = 1;
};
RotaryFrequencies rotary_frequencies(Size width, double base, const Llama3Scaling& scaling);

/// Which side of a product is turned.
enum class RotarySide { query, key };

/// Queries grow by g[i]^(p / length) and keys shrink by as much, g[i] = (2 i / width + 0.4) / 1.4, so that the product
/// of a query and a key also falls with their distance. For keys that stand before the query, as with causal().
/// Numbers stay within float32 up to positions of 60 * length. Sun et al. 2022, arXiv:2212.10554, section 3.2 (xPos).
struct XposScaling {
  RotarySide side;
  double length = 512;
};
RotaryFrequencies rotary_frequencies(Size width, double base, const XposScaling& scaling);

}  // namespace heed
