// Feed-forward layers of transformers.
#pragma once

#include "../../ops/math/activations.h"
#include "../../ops/math/arithmetic.h"
#include "../../ops/math/gated.h"
#include "linear.h"

namespace heed::nn {

/// Position-wise feed-forward layer (MLP) with GELU: y = down(gelu(up(x)));  x, y: [..., width], inside [..., hidden].
/// Vaswani et al. 2017, arXiv:1706.03762, section 3.3, with the activation of arXiv:1606.08415.
struct FeedForward {
  Size width, hidden = 4 * width;
  bool biased = true;
  Linear up = Linear{.in = width, .out = hidden, .biased = biased};
  Linear down = Linear{.in = hidden, .out = width, .biased = biased};
  static constexpr auto output_projection = &FeedForward::down;
  static constexpr auto branch_weights = std::tuple(&FeedForward::up, &FeedForward::down);

  Tensor operator()(const Tensor& x) const;
};

/// Feed-forward layer with ReLU, as in the paper: y = down(relu(up(x))).
struct ReluFeedForward {
  Size width, hidden = 4 * width;
  bool biased = true;
  Linear up = Linear{.in = width, .out = hidden, .biased = biased};
  Linear down = Linear{.in = hidden, .out = width, .biased = biased};
  static constexpr auto output_projection = &ReluFeedForward::down;
  static constexpr auto branch_weights = std::tuple(&ReluFeedForward::up, &ReluFeedForward::down);

  Tensor operator()(const Tensor& x) const;
};

/// Feed-forward layer with squared ReLU: y = down(relu(up(x))^2). So et al. 2021, arXiv:2109.08668, section 3.1.
struct SquaredReluFeedForward {
  Size width, hidden = 4 * width;
  bool biased = true;
  Linear up = Linear{.in = width, .out = hidden, .biased = biased};
  Linear down = Linear{.in = hidden, .out = width, .biased = biased};
  static constexpr auto output_projection = &SquaredReluFeedForward::down;
  static constexpr auto branch_weights = std::tuple(&SquaredReluFeedForward::up, &SquaredReluFeedForward::down);

  Tensor operator()(const Tensor& x) const;
};

/// Gated activations of two vectors of the same width; formulas are in ops/math/gated.h.
namespace gates {
/// Gate with sigmoid.
struct Glu {
  /// Returns f(gate) * up.
  static Tensor apply(const Tensor& gate, const Tensor& up) { return sigmoid(gate) * up; }
};
/// Gate with ReLU.
struct Reglu {
  /// Returns f(gate) * up.
  static Tensor apply(const Tensor& gate, const Tensor& up) { return reglu(gate, up); }
};
/// Gate with GELU.
struct Geglu {
  /// Returns f(gate) * up.
  static Tensor apply(const Tensor& gate, const Tensor& up) { return geglu(gate, up); }
};
/// Gate with SiLU.
struct Swiglu {
  /// Returns f(gate) * up.
  static Tensor apply(const Tensor& gate, const Tensor& up) { return swiglu(gate, up); }
};
}  // namespace gates

/// Gated feed-forward layer (GLU variants): y = down(f(gate(x)) * up(x)), where Gate chooses f: sigmoid, relu, gelu or
/// silu;  x, y: [..., width], inside [..., hidden]. The default hidden width gives the number of weights of
/// FeedForward. Shazeer 2020, arXiv:2002.05202, section 2, which has no biases.
template <class Gate>
struct GatedFeedForward {
  Size width, hidden = (8 * width + 2) / 3;
  bool biased = false;
  Linear gate = Linear{.in = width, .out = hidden, .biased = biased};
  Linear up = Linear{.in = width, .out = hidden, .biased = biased};
  Linear down = Linear{.in = hidden, .out = width, .biased = biased};
  Gate activation{};  // a field, so that JSON has its type
  static constexpr auto output_projection = &GatedFeedForward::down;
  static constexpr auto branch_weights =
      std::tuple(&GatedFeedForward::gate, &GatedFeedForward::up, &GatedFeedForward::down);

  Tensor operator()(const Tensor& x) const { return down(Gate::apply(gate(x), up(x))); }
};
/// Gated feed-forward layer with sigmoid.
using GluFeedForward = GatedFeedForward<gates::Glu>;
/// Gated feed-forward layer with ReLU.
using RegluFeedForward = GatedFeedForward<gates::Reglu>;
/// Gated feed-forward layer with GELU.
using GegluFeedForward = GatedFeedForward<gates::Geglu>;
/// Gated feed-forward layer with SiLU, as in Llama.
using SwigluFeedForward = GatedFeedForward<gates::Swiglu>;

}  // namespace heed::nn
