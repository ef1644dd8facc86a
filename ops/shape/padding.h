// Padding and cropping at the ends of axes.
#pragma once

#include <vector>

#include "../../graph/number.h"
#include "../../graph/tensor.h"

namespace heed {

/// Padding mode, shown for an axis a, b, c, d:
///   constant    v v | a b c d | v v
///   reflect     c b | a b c d | c b     fewer elements than the axis has
///   replicate   a a | a b c d | d d
///   circular    c d | a b c d | a b     at most as many elements as the axis has
enum class Padding { constant, reflect, replicate, circular };

/// Options of pad; mode: values of the padding.
struct PadOptions {
  Padding mode = Padding::constant;
  Number value = 0;  // for Padding::constant
};

/// Pads the ends of axes. widths: elements before and after the last axis, then before and after the last but one, and
/// so on, as in PyTorch:  pad(image, {left, right, top, bottom}).  Negative widths crop.
Tensor pad(const Tensor& x, const std::vector<std::int64_t>& widths, const PadOptions& options = {});

}  // namespace heed
