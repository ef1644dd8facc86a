// Residual connections around a sublayer f of a transformer layer, y = r(x, f): types for the fields attention_residual
// and feed_forward_residual. x, f(h), y: [tokens, width]. needs_final_norm is true if the output of a stack of layers
// with such residuals is not normalised, so that a final norm should follow.
#pragma once

#include <cmath>
#include <type_traits>

#include "../../ops/math/arithmetic.h"
#include "../fields/given.h"
#include "../fields/init.h"
#include "norm.h"

namespace heed::nn {

/// Residual connection, called as residual(x, sublayer).
template <class Residual>
concept ResidualConnection = std::is_invocable_r_v<Tensor, const Residual&, const Tensor&, Tensor (&)(const Tensor&)>;

/// Pre-norm: y = x + f(norm(x)). Xiong et al. 2020, arXiv:2002.04745.
template <class Norm = LayerNorm>
struct PreNorm {
  static constexpr bool needs_final_norm = true;
  Size width;
  Norm norm = of_width<Norm>(width);

  template <class Sublayer>
  Tensor operator()(const Tensor& x, const Sublayer& sublayer) const {
    return x + sublayer(norm(x));
  }
};

/// Post-norm, as in the original transformer: y = norm(x + f(x)). Vaswani et al. 2017, arXiv:1706.03762, section 3.1.
template <class Norm = LayerNorm>
struct PostNorm {
  static constexpr bool needs_final_norm = false;
  Size width;
  Norm norm = of_width<Norm>(width);

  template <class Sublayer>
  Tensor operator()(const Tensor& x, const Sublayer& sublayer) const {
    return norm(x + sublayer(x));
  }
};

/// Sandwich norm: y = x + after(f(before(x))).  Ding et al. 2021, arXiv:2105.13290, section 2.4; with RmsNorm in Gemma
/// 2.
template <class Norm = LayerNorm>
struct Sandwich {
  static constexpr bool needs_final_norm = true;
  Size width;
  Norm before = of_width<Norm>(width), after = of_width<Norm>(width);

  template <class Sublayer>
  Tensor operator()(const Tensor& x, const Sublayer& sublayer) const {
    return x + after(sublayer(before(x)));
  }
};

/// LayerScale: y = x + scale * f(norm(x)), with a learned scale: [width], initialised to the small value
/// `initial_scale`. The paper uses 0.1 up to 18 layers, 1e-5 up to 24, and 1e-6 beyond. Touvron et al. 2021,
/// arXiv:2103.17239, section 2.1.
template <class Norm = LayerNorm>
struct LayerScale {
  static constexpr bool needs_final_norm = true;
  Size width;
  float initial_scale = 0.1f;
  Norm norm = of_width<Norm>(width);
  Parameter scale{{width}, filled_with(initial_scale), Role::scale};

  template <class Sublayer>
  Tensor operator()(const Tensor& x, const Sublayer& sublayer) const {
    expect_usable(*this);
    return x + scale * sublayer(norm(x));
  }
};

/// ReZero: y = x + alpha f(x), without norm; alpha: [1] is learned and initialised to 0. Bachlechner et al. 2020,
/// arXiv:2003.04887, equation 1.
struct ReZero {
  static constexpr bool needs_final_norm = false;
  Parameter alpha{{1}, zeros, Role::scale};

  template <class Sublayer>
  Tensor operator()(const Tensor& x, const Sublayer& sublayer) const {
    expect_usable(*this);
    return x + alpha * sublayer(x);
  }
};

/// DeepNorm: y = norm(alpha x + f(x)), for stacks of hundreds of layers. alpha is constant and grows with the depth
/// (deep_norm_scales), and init_deep_norm scales down the initial weights of f. Wang et al. 2022, arXiv:2203.00555,
/// section 4.1.
template <class Norm = LayerNorm>
struct DeepNorm {
  static constexpr bool needs_final_norm = false;
  Size width;
  float alpha = 1;
  Norm norm = of_width<Norm>(width);

  template <class Sublayer>
  Tensor operator()(const Tensor& x, const Sublayer& sublayer) const {
    expect_usable(*this);
    return norm(static_cast<double>(alpha) * x + sublayer(x));
  }
};

/// Constants of DeepNorm, table 1 of the paper: alpha of the residuals, and beta, the gain of init_deep_norm.
struct DeepNormScales {
  float alpha, beta;
};
/// Constants of a single stack, or of a decoder: alpha = branches^(1/4), beta = (4 branches)^(-1/4), where a layer of
/// an encoder or language model has 2 branches, and a layer of a decoder 3.
inline DeepNormScales deep_norm_scales(Size branches) {
  const auto n = static_cast<float>(branches.value);
  return {std::pow(n, 0.25f), std::pow(4 * n, -0.25f)};
}
/// Constants of the encoder of an encoder-decoder: alpha = 0.81 (N^4 M)^(1/16), beta = 0.87 (N^4 M)^(-1/16) for an
/// encoder of depth N and a decoder of depth M.
inline DeepNormScales deep_norm_encoder_scales(Size depth, Size decoder_depth) {
  const float product = std::pow(static_cast<float>(depth.value), 4.0f) * static_cast<float>(decoder_depth.value);
  return {0.81f * std::pow(product, 1 / 16.0f), 0.87f * std::pow(product, -1 / 16.0f)};
}

}  // namespace heed::nn
