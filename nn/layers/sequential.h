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

struct Relu {
  Tensor operator()(const Tensor& x) const { return relu(x); }
};
struct Gelu {
  Tensor operator()(const Tensor& x) const { return gelu(x); }
};
struct GeluTanh {
  Tensor operator()(const Tensor& x) const { return gelu_tanh(x); }
};
struct Silu {
  Tensor operator()(const Tensor& x) const { return silu(x); }
};
struct Mish {
  Tensor operator()(const Tensor& x) const { return mish(x); }
};
struct Tanh {
  Tensor operator()(const Tensor& x) const { return tanh(x); }
};
struct Sigmoid {
  Tensor operator()(const Tensor& x) const { return sigmoid(x); }
};
struct Softplus {
  double beta = 1;
  Tensor operator()(const Tensor& x) const { return softplus(x, beta); }
};
struct Elu {
  double alpha = 1;
  Tensor operator()(const Tensor& x) const { return elu(x, alpha); }
};
struct LeakyRelu {
  double slope = 0.01;
  Tensor operator()(const Tensor& x) const { return leaky_relu(x, slope); }
};

}  // namespace heed::nn
