// Residual connections around a sublayer f of a transformer, y = r(x, f): a struct each, which stand in the fields
// attention_residual and feed_forward_residual of a layer. x, f(h), y: [tokens, width]. needs_final_norm says whether a
// stack of layers with such residuals ends in a sum, which one more norm should follow.
#pragma once

#include <cmath>
#include <type_traits>

#include "../ops/arithmetic.h"
#include "given.h"
#include "init.h"
#include "norm.h"

namespace heed::nn {

/// A residual connection: residual(x, sublayer).
template <class Residual>
concept ResidualConnection = std::is_invocable_r_v<Tensor, const Residual&, const Tensor&, Tensor (&)(const Tensor&)>;

/// y = x + f(norm(x)): the norm stands inside the branch. Xiong et al. 2020, arXiv:2002.04745.
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

/// y = norm(x + f(x)), as in the original transformer: Vaswani et al. 2017, arXiv:1706.03762, section 3.1.
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

/// y = x + after(f(before(x))).  Ding et al. 2021, arXiv:2105.13290, section 2.4; Gemma 2 has it with RmsNorm.
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

/// y = x + scale * f(norm(x)), with a learned factor for each feature that starts small: scale: [width]. The paper
/// starts with 0.1 up to 18 layers, 1e-5 up to 24, and 1e-6 beyond. Touvron et al. 2021, arXiv:2103.17239, section 2.1.
template <class Norm = LayerNorm>
struct LayerScale {
  static constexpr bool needs_final_norm = true;
  Size width;
  float begin = 0.1f;
  Norm norm = of_width<Norm>(width);
  Parameter scale{{width}, filled_with(begin), Role::scale};

  template <class Sublayer>
  Tensor operator()(const Tensor& x, const Sublayer& sublayer) const {
    expect_usable(*this);
    return x + scale * sublayer(norm(x));
  }
};

/// y = x + alpha f(x), without any norm; alpha is learned and starts at 0: [1]. Bachlechner et al. 2020,
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

/// y = norm(alpha x + f(x)), for stacks of hundreds of layers: alpha, which is not learned, grows with their number
/// (deep_norm_scales), and init_deep_norm makes the initial weights of f smaller. Wang et al. 2022, arXiv:2203.00555,
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

/// DeepNorm's constants, by table 1 of the paper: alpha of the residuals, and beta, the gain of init_deep_norm.
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

}  // namespace heed::nn
