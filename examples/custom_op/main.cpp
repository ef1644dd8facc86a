// Custom ops: values and gradients, checked against finite differences.
#include <fmt/core.h>
#include <heed/heed.h>

#include <cmath>

using namespace heed;

/// Softsign: y = x / (1 + |x|), a sigmoidal function that is cheaper than tanh. float32 and float64; y has the shape of
/// x. The gradient is composed of ops, so that it is differentiable: dx = dy (1 - |y|)^2.
Tensor softsign(const Tensor& x) {
  Tensor y = no_grad([&] { return x / (1 + abs(x)); });
  return differentiable("softsign", {x}, y, [y](const Tensor& dy) {
    Tensor rest = 1 - abs(y);
    return Gradients{dy * rest * rest};
  });
}

/// Cube: y = x^3, computed by loops. A gradient computed by loops is not differentiable, so the last argument is a
/// composition of ops for second derivatives.
Tensor cube(const Tensor& of) {
  const Tensor x = contiguous(of);
  Tensor y = empty(x.shape(), float64);
  for (auto to = y.mutable_data<double>().begin(); double value : x.data<double>()) *to++ = value * value * value;
  return differentiable(
      "cube", {x}, y,
      [x](const Tensor& dy) {
        Tensor dx = empty(x.shape(), float64), given = contiguous(dy);
        auto to = dx.mutable_data<double>();
        for (std::size_t i = 0; i < to.size(); ++i)
          to[i] = 3 * x.data<double>()[i] * x.data<double>()[i] * given.data<double>()[i];
        return Gradients{dx};
      },
      [](const Tensor& input) { return input * input * input; });
}

int main() {
  Tensor x = tensor({-2.0, -0.5, 0.3, 4.0}).require_grad();
  for (auto [name, op] : {std::pair{"softsign", &softsign}, std::pair{"cube", &cube}}) {
    const auto first = gradcheck(op, {x}), second = gradgradcheck(op, {x});
    fmt::print("{}: gradient {}, gradient of the gradient {}\n", name, first ? "right" : first.message,
               second ? "right" : second.message);
    if (!first || !second) return 1;
  }
  backward(sum(softsign(x)));
  fmt::print("softsign:  {}\ngradient:  {}\n", softsign(x), x.grad());
}
