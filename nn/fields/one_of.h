// Variant of layer types.
#pragma once

#include <type_traits>
#include <utility>
#include <variant>

namespace heed::nn {

/// Layer of one of several types, chosen at run time, such as positions named on a command line or a mixture of experts
/// in every second layer. It is called like the layer that it holds, and adds nothing to the paths of parameters.
///   using AnyFeedForward = nn::OneOf<nn::FeedForward, nn::MixtureOfExperts<>>;
///   AnyFeedForward part = nn::FeedForward{.width = 64};
///   Tensor y = part(x);
/// As a field's default, wrap a braced layer in a lambda, since GCC 12 crashes otherwise:
///   AnyFeedForward part = [this] { return nn::FeedForward{.width = width}; }();
template <class... Layers>
class OneOf {
 public:
  /// Converts from a layer of one of the types.
  template <class Layer>
    requires(std::is_same_v<std::remove_cvref_t<Layer>, Layers> || ...)
  OneOf(Layer&& layer) : layer_(std::forward<Layer>(layer)) {}

  /// Calls the held layer. All types must accept these arguments and return the same type.
  template <class... Arguments>
    requires(std::is_invocable_v<const Layers&, Arguments...> && ...)
  decltype(auto) operator()(Arguments&&... arguments) const {
    return std::visit([&](const auto& layer) -> decltype(auto) { return layer(std::forward<Arguments>(arguments)...); },
                      layer_);
  }

  /// Returns the held layer as a std::variant, for std::visit and std::get_if.
  std::variant<Layers...>& variant() { return layer_; }
  const std::variant<Layers...>& variant() const { return layer_; }

 private:
  std::variant<Layers...> layer_;
};

}  // namespace heed::nn
