// Side results of layers (balancing losses of experts, attention maps, activations) without arguments for them.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../graph/ambient.h"
#include "fields.h"

namespace heed::nn {

class Taps;
namespace detail {
inline constinit thread_local Taps* innermost_taps = nullptr;
void tap_layer(const void* layer, const fields::LayerType* type, std::string_view name, const Tensor& tensor);
}  // namespace detail

/// While it lives, it collects on this thread what the layers of a model hand to tap(), under their field paths:
///   nn::Taps taps{model};
///   Tensor y = model(x);
///   Tensor loss = taps["layers.3.feed_forward.balance"];
/// The model must stay where it is. Scopes may be nested: each collects what layers of its own model hand over.
class Taps {
 public:
  explicit Taps(AnyLayer model);
  template <fields::Layer Model>
  explicit Taps(const Model&& model) = delete;  // it would be gone at once
  ~Taps();
  Taps(const Taps&) = delete;
  Taps& operator=(const Taps&) = delete;

  /// The one tensor with that path. Throws Error if there is none, or several, because the layer ran several times.
  const Tensor& operator[](std::string_view path) const;

  /// The sum of all tensors that layers handed over under this name: of a loss that each of them has, that of the
  /// model. Throws Error if there is none.
  ///   Tensor loss = model.loss(batch) + 0.01 * taps.total("switch_balance");
  Tensor total(std::string_view name) const;

  /// All (path, tensor), in the order in which they were handed over.
  auto begin() const { return tapped_.begin(); }
  auto end() const { return tapped_.end(); }
  std::size_t size() const { return tapped_.size(); }
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

/// Whether anybody on this thread collects: to skip work that is done for taps alone.
inline bool is_tapped() { return detail::innermost_taps && !is_recomputing(); }

/// Called in a layer: tap(*this, "balance", loss). Without a scope on this thread it does nothing.
template <fields::Layer L>
void tap(const L& layer, std::string_view name, const Tensor& tensor) {
  if (is_tapped()) [[unlikely]]
    detail::tap_layer(&layer, &fields::layer_type<L>, name, tensor);
}

}  // namespace heed::nn
