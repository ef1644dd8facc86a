// A field of a layer that is one of several types of layer.
#pragma once

#include <type_traits>
#include <utility>
#include <variant>

namespace heed::nn {

/// Holds one of several layers, chosen at run time: positions named on a command line, a mixture of experts in every
/// second layer. Called as the layer that it holds, and adds nothing to the paths of parameters.
///   using AnyFeedForward = nn::OneOf<nn::FeedForward, nn::MixtureOfExperts<>>;
///   AnyFeedForward part = nn::FeedForward{.width = 64};
///   Tensor y = part(x);
/// As the default of a field, a layer in braces goes through a lambda, or GCC 12 crashes:
///   AnyFeedForward part = [this] { return nn::FeedForward{.width = width}; }();
template <class... Layers>
class OneOf {
 public:
  /// From a layer of one of the types.
  template <class Layer>
    requires(std::is_same_v<std::remove_cvref_t<Layer>, Layers> || ...)
  OneOf(Layer&& layer) : layer_(std::forward<Layer>(layer)) {}

  /// The call of the layer that it holds. All of the types must take these arguments and return the same type.
  template <class... Arguments>
    requires(std::is_invocable_v<const Layers&, Arguments...> && ...)
  decltype(auto) operator()(Arguments&&... arguments) const {
    return std::visit([&](const auto& layer) -> decltype(auto) { return layer(std::forward<Arguments>(arguments)...); },
                      layer_);
  }

  /// The layer, for std::visit and std::get_if.
  std::variant<Layers...>& variant() { return layer_; }
  const std::variant<Layers...>& variant() const { return layer_; }

 private:
  std::variant<Layers...> layer_;
};

}  // namespace heed::nn
