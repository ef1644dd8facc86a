// The residual connection around a sublayer f of a transformer, y = r(x, f): a struct each, all of which stand in the
// place of EncoderLayer's template argument Residual. x, f(h), y: [tokens, width].
#pragma once

#include <cmath>

#include "../ops/arithmetic.h"
#include "init.h"
#include "norm.h"

namespace heed::nn {

/// Where a sublayer's normalisation stands: before it, inside the residual branch (Xiong et al. 2020,
/// arXiv:2002.04745), or after the sum, as in the original transformer (arXiv:1706.03762).
enum class NormPlacement { before, after };

/// What the layers of a transformer hand to their residual connections, which take what they have a field for.
struct ResidualSizes {
  Size width;
  NormPlacement placement = NormPlacement::before;
  float epsilon = 1e-5f, deep_norm_alpha = 1;
};

/// before: y = x + f(norm(x))        after: y = norm(x + f(x))
template <class Norm = LayerNorm>
struct PlacedNorm {
  Size width;
  NormPlacement placement = NormPlacement::before;
  float epsilon = 1e-5f;
  Norm norm = make_norm<Norm>(width, epsilon);

  template <class Sublayer>
  Tensor operator()(const Tensor& x, const Sublayer& sublayer) const {
    return placement == NormPlacement::before ? x + sublayer(norm(x)) : norm(x + sublayer(x));
  }
  /// Whether a stack of layers with such residuals needs one more norm at its end.
  static bool leaves_sums(NormPlacement placement) { return placement == NormPlacement::before; }
};

/// y = x + after(f(before(x))).  Ding et al. 2021, arXiv:2105.13290, section 2.4; Gemma 2 has it with RmsNorm.
template <class Norm = LayerNorm>
struct Sandwich {
  Size width;
  float epsilon = 1e-5f;
  Norm before = make_norm<Norm>(width, epsilon), after = make_norm<Norm>(width, epsilon);

  template <class Sublayer>
  Tensor operator()(const Tensor& x, const Sublayer& sublayer) const {
    return x + after(sublayer(before(x)));
  }
  static bool leaves_sums(NormPlacement) { return true; }
};

/// y = x + scale * f(norm(x)), with a learned factor for each feature that begins small: scale: [width]. The paper
/// begins with 0.1 up to 18 layers, 1e-5 up to 24, and 1e-6 beyond. Touvron et al. 2021, arXiv:2103.17239, section 2.1.
template <class Norm = LayerNorm>
struct LayerScale {
  Size width;
  float epsilon = 1e-5f, begin = 0.1f;
  Norm norm = make_norm<Norm>(width, epsilon);
  Parameter scale{{width}, filled_with(begin)};

  template <class Sublayer>
  Tensor operator()(const Tensor& x, const Sublayer& sublayer) const {
    expect_usable(*this);
    return x + scale * sublayer(norm(x));
  }
  static bool leaves_sums(NormPlacement) { return true; }
};

/// y = x + alpha f(x), without any norm, whatever the template argument; alpha is learned and begins at 0: [1].
/// Bachlechner et al. 2020, arXiv:2003.04887, equation 1.
template <class Norm = LayerNorm>
struct ReZero {
  Size width;
  Parameter alpha{{1}, zeros};

  template <class Sublayer>
  Tensor operator()(const Tensor& x, const Sublayer& sublayer) const {
    expect_usable(*this);
    return x + alpha * sublayer(x);
  }
  void check() const { expect_at_least(*this, 0, width); }
  static bool leaves_sums(NormPlacement) { return false; }
};

/// y = norm(alpha x + f(x)), for stacks of hundreds of layers: alpha, which is not learned, grows with their number,
/// and begin_deep_norm makes what f begins with the smaller. Wang et al. 2022, arXiv:2203.00555, section 4.1.
template <class Norm = LayerNorm>
struct DeepNorm {
  Size width;
  float epsilon = 1e-5f, deep_norm_alpha = 1;
  Norm norm = make_norm<Norm>(width, epsilon);

  template <class Sublayer>
  Tensor operator()(const Tensor& x, const Sublayer& sublayer) const {
    expect_usable(*this);
    return norm(static_cast<double>(deep_norm_alpha) * x + sublayer(x));
  }
  static bool leaves_sums(NormPlacement) { return false; }
};

/// DeepNorm's constants, by table 1 of the paper: alpha is a hyperparameter of the stack, beta the gain of
/// begin_deep_norm.
struct DeepNormScales {
  float alpha, beta;
};
/// Of one stack alone, or of a decoder: alpha = branches^(1/4), beta = (4 branches)^(-1/4), where each layer of an
/// encoder or language model has 2 branches, and each of a decoder 3.
inline DeepNormScales deep_norm_scales(Size branches) {
  const auto n = static_cast<float>(branches.value);
  return {std::pow(n, 0.25f), std::pow(4 * n, -0.25f)};
}
/// Of the encoder whose output a decoder reads: alpha = 0.81 (N^4 M)^(1/16), beta = 0.87 (N^4 M)^(-1/16) for depths N
/// and M.
inline DeepNormScales deep_norm_encoder_scales(Size depth, Size decoder_depth) {
  const float product = std::pow(static_cast<float>(depth.value), 4.0f) * static_cast<float>(decoder_depth.value);
  return {0.81f * std::pow(product, 1 / 16.0f), 0.87f * std::pow(product, -1 / 16.0f)};
}

/// alpha for layers with this residual: 1 unless it is DeepNorm.
template <class Residual>
constexpr float alpha_for(const DeepNormScales& scales) {
  return requires(const Residual& residual) { residual.deep_norm_alpha; } ? scales.alpha : 1.0f;
}

/// y = x + f(norm(x)) + g(norm(x)): two sublayers that read one norm side by side. For EncoderLayer, which is another
/// layer with it (nn/parallel_layer.h); a decoder layer, with three sublayers, does not compile.
template <class Norm = LayerNorm>
struct Parallel {
  Size width;
  float epsilon = 1e-5f;
  Norm norm = make_norm<Norm>(width, epsilon);

  template <class First, class Second>
  Tensor operator()(const Tensor& x, const First& first, const Second& second) const {
    const Tensor h = norm(x), mixed = first(h);  // before the second, which may draw random numbers too
    return x + mixed + second(h);
  }
  static bool leaves_sums(NormPlacement) { return true; }
};

/// A residual of any type for a template argument: with a placement, epsilon and DeepNorm's alpha, if it has them.
template <class Residual>
Residual make_residual(const ResidualSizes& sizes) {
  const auto& [width, placement, epsilon, alpha] = sizes;
  if constexpr (requires { Residual{.width = 1, .placement = NormPlacement::before, .epsilon = 1.0f}; }) {
    return Residual{.width = width, .placement = placement, .epsilon = epsilon};
  } else if constexpr (requires { Residual{.width = 1, .epsilon = 1.0f, .deep_norm_alpha = 1.0f}; }) {
    return Residual{.width = width, .epsilon = epsilon, .deep_norm_alpha = alpha};
  } else if constexpr (requires { Residual{.width = 1, .epsilon = 1.0f}; }) {
    return Residual{.width = width, .epsilon = epsilon};
  } else {
    return Residual{.width = width};
  }
}

}  // namespace heed::nn
