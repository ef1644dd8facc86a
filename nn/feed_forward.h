#pragma once

#include "../ops/activations.h"
#include "../ops/arithmetic.h"
#include "../ops/elementary.h"
#include "../ops/gated.h"
#include "linear.h"

namespace heed::nn {

/// The part of a transformer layer that treats each position alone: y = down(gelu(up(x)));  x, y: [..., width], between
/// them [..., hidden]. Vaswani et al. 2017, arXiv:1706.03762, section 3.3, with the activation of arXiv:1606.08415.
struct FeedForward {
  Size width, hidden = 4 * width;
  bool biased = true;
  Linear up = Linear{.in = width, .out = hidden, .biased = biased};
  Linear down = Linear{.in = hidden, .out = width, .biased = biased};
  static constexpr auto output_projection = &FeedForward::down;
  static constexpr auto branch_weights = std::tuple(&FeedForward::up, &FeedForward::down);

  Tensor operator()(const Tensor& x) const;
};

/// The same with the activation of the paper: y = down(relu(up(x))).
struct ReluFeedForward {
  Size width, hidden = 4 * width;
  bool biased = true;
  Linear up = Linear{.in = width, .out = hidden, .biased = biased};
  Linear down = Linear{.in = hidden, .out = width, .biased = biased};
  static constexpr auto output_projection = &ReluFeedForward::down;
  static constexpr auto branch_weights = std::tuple(&ReluFeedForward::up, &ReluFeedForward::down);

  Tensor operator()(const Tensor& x) const;
};

/// The same with the square of it: y = down(relu(up(x))^2). So et al. 2021, arXiv:2109.08668, section 3.1.
struct SquaredReluFeedForward {
  Size width, hidden = 4 * width;
  bool biased = true;
  Linear up = Linear{.in = width, .out = hidden, .biased = biased};
  Linear down = Linear{.in = hidden, .out = width, .biased = biased};
  static constexpr auto output_projection = &SquaredReluFeedForward::down;
  static constexpr auto branch_weights = std::tuple(&SquaredReluFeedForward::up, &SquaredReluFeedForward::down);

  Tensor operator()(const Tensor& x) const;
};

/// How much of a vector goes through, decided by another one of the same width; all are written out in ops/gated.h.
namespace gates {
struct Glu {
  static Tensor apply(const Tensor& gate, const Tensor& up) { return sigmoid(gate) * up; }
};
struct Reglu {
  static Tensor apply(const Tensor& gate, const Tensor& up) { return reglu(gate, up); }
};
struct Geglu {
  static Tensor apply(const Tensor& gate, const Tensor& up) { return geglu(gate, up); }
};
struct Swiglu {
  static Tensor apply(const Tensor& gate, const Tensor& up) { return swiglu(gate, up); }
};
}  // namespace gates

/// The same with a gate: y = down(f(gate(x)) * up(x)), f by Gate: sigmoid, relu, gelu or silu;  x, y: [..., width],
/// between them [..., hidden]. It is narrower, so that it has as many weights as FeedForward. Shazeer 2020,
/// arXiv:2002.05202, section 2, which has no biases.
template <class Gate>
struct GatedFeedForward {
  Size width, hidden = (8 * width + 2) / 3;
  bool biased = false;
  Linear gate = Linear{.in = width, .out = hidden, .biased = biased};
  Linear up = Linear{.in = width, .out = hidden, .biased = biased};
  Linear down = Linear{.in = hidden, .out = width, .biased = biased};
  Gate activation{};  // its type says in JSON which one it is
  static constexpr auto output_projection = &GatedFeedForward::down;
  static constexpr auto branch_weights =
      std::tuple(&GatedFeedForward::gate, &GatedFeedForward::up, &GatedFeedForward::down);

  Tensor operator()(const Tensor& x) const { return down(Gate::apply(gate(x), up(x))); }
};
using GluFeedForward = GatedFeedForward<gates::Glu>;
using RegluFeedForward = GatedFeedForward<gates::Reglu>;
using GegluFeedForward = GatedFeedForward<gates::Geglu>;
using SwigluFeedForward = GatedFeedForward<gates::Swiglu>;

}  // namespace heed::nn
