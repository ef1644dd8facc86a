// Collecting intermediate results of layers (balancing losses, attention maps, activations), like forward hooks.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../graph/ambient.h"
#include "fields.h"

namespace heed::nn {

class Taps;
namespace detail {
inline constinit thread_local Taps* innermost_taps = nullptr;
void tap_layer(const void* layer, const fields::LayerType* type, std::string_view name, const Tensor& tensor);
}  // namespace detail

/// Scope that collects, on this thread, the tensors that the layers of a model pass to tap(), by their field paths:
///   nn::Taps taps{model};
///   Tensor y = model(x);
///   Tensor loss = taps["layers.3.feed_forward.balance"];
/// The model must not be moved. Scopes may be nested: each collects from the layers of its own model.
class Taps {
 public:
  /// Starts collecting from the model.
  explicit Taps(AnyLayer model);
  template <fields::Layer Model>
  explicit Taps(const Model&& model) = delete;  // a temporary would be destroyed at once
  ~Taps();
  Taps(const Taps&) = delete;
  Taps& operator=(const Taps&) = delete;

  /// Returns the tensor with this path. Throws Error if there is none, or if there are several, from several calls.
  const Tensor& operator[](std::string_view path) const;

  /// Returns the sum of all tensors with this name, such as the total of a loss of each layer. Throws Error if there is
  /// none.
  ///   Tensor loss = model.loss(batch) + 0.01 * taps.total("switch_balance");
  Tensor total(std::string_view name) const;

  /// Iterators over all pairs (path, tensor), in the order of the calls of tap().
  auto begin() const { return tapped_.begin(); }
  /// End of the pairs.
  auto end() const { return tapped_.end(); }
  /// Number of pairs.
  std::size_t size() const { return tapped_.size(); }
  /// Removes all pairs.
  void clear() { tapped_.clear(); }

 private:
  friend void detail::tap_layer(const void*, const fields::LayerType*, std::string_view, const Tensor&);

  struct Place {
    const void* address;
    const fields::LayerType* type;  // a layer and its first sublayer may have the same address
    std::string path;
  };
  [[noreturn, gnu::cold]] void not_tapped(std::string_view path) const;

  std::vector<Place> layers_;  // sorted by address and type
  std::vector<std::pair<std::string, Tensor>> tapped_;
  Taps* outer_;
};

/// Returns true if a scope on this thread collects, so that work for taps can be skipped otherwise.
inline bool is_tapped() { return detail::innermost_taps && !is_recomputing(); }

/// Passes a tensor to the scopes of this thread, if there are any; called in a layer: tap(*this, "balance", loss).
template <fields::Layer L>
void tap(const L& layer, std::string_view name, const Tensor& tensor) {
  if (is_tapped()) [[unlikely]]
    detail::tap_layer(&layer, &fields::layer_type<L>, name, tensor);
}

}  // namespace heed::nn
