// Sequential containers, and activations as layers.
#pragma once

#include <tuple>
#include <utility>

#include "../../ops/math/activations.h"
#include "../../ops/math/trigonometry.h"
#include "../fields/fields.h"

namespace heed::nn {

/// Sequential container: calls its layers in order. Parameters have the paths of PyTorch's Sequential: "0.weight",
/// "2.bias".
///   auto model = nn::Sequential{nn::Linear{.in = 784, .out = 64}, nn::Relu{}, nn::Linear{.in = 64, .out = 10}};
///   Tensor logits = model(x);
/// A copy of a layer shares its parameters. The number and types of the layers are part of the type.
template <class... Layers>
class Sequential {
 public:
  /// Container of these layers.
  explicit Sequential(Layers... layers) : layers_(std::move(layers)...) {}

  Tensor operator()(Tensor x) const {
    std::apply([&](const auto&... layer) { ((x = layer(x)), ...); }, layers_);
    return x;
  }

  /// The layers: std::get<1>(model.layers()).
  std::tuple<Layers...>& layers() { return layers_; }
  const std::tuple<Layers...>& layers() const { return layers_; }

 private:
  std::tuple<Layers...> layers_;
};

// Elementwise activations; formulas are in the docs of the ops with these names.

/// Elementwise activation: heed::relu.
struct Relu {
  Tensor operator()(const Tensor& x) const { return relu(x); }
};
/// Elementwise activation: heed::gelu.
struct Gelu {
  Tensor operator()(const Tensor& x) const { return gelu(x); }
};
/// Elementwise activation: heed::gelu_tanh.
struct GeluTanh {
  Tensor operator()(const Tensor& x) const { return gelu_tanh(x); }
};
/// Elementwise activation: heed::silu.
struct Silu {
  Tensor operator()(const Tensor& x) const { return silu(x); }
};
/// Elementwise activation: heed::mish.
struct Mish {
  Tensor operator()(const Tensor& x) const { return mish(x); }
};
/// Elementwise activation: heed::tanh.
struct Tanh {
  Tensor operator()(const Tensor& x) const { return tanh(x); }
};
/// Elementwise activation: heed::sigmoid.
struct Sigmoid {
  Tensor operator()(const Tensor& x) const { return sigmoid(x); }
};
/// Elementwise activation: heed::softplus with this beta.
struct Softplus {
  double beta = 1;
  Tensor operator()(const Tensor& x) const { return softplus(x, beta); }
};
/// Elementwise activation: heed::elu with this alpha.
struct Elu {
  double alpha = 1;
  Tensor operator()(const Tensor& x) const { return elu(x, alpha); }
};
/// Elementwise activation: heed::leaky_relu with this slope.
struct LeakyRelu {
  double slope = 0.01;
  Tensor operator()(const Tensor& x) const { return leaky_relu(x, slope); }
};

}  // namespace heed::nn
