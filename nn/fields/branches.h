// Fields of a layer that matter to the initialisation of residual branches, y = x + f(x). A layer names them in static
// constexpr members, each a pointer to a member or a std::tuple of several:
//   branches            sublayers that are residual branches f
//   output_projection   the last projection of a branch, whose output is added to x: init_gpt2 divides its weights
//   branch_weights      projections whose weights init_deep_norm scales: the values and output of an attention, all of
//                       a feed-forward part
//
//   struct Mlp {
//     Size width;
//     nn::Linear first{.in = width, .out = 4 * width}, second{.in = 4 * width, .out = width};
//     static constexpr auto output_projection = &Mlp::second;
//     static constexpr auto branch_weights = std::tuple(&Mlp::first, &Mlp::second);
//     ...
//   };
// The field is a Parameter or a layer, all of whose weights are meant, unless a layer inside names fields itself.
#pragma once

#include <optional>
#include <tuple>
#include <type_traits>

namespace heed::nn::fields {
namespace detail {

template <class T>
inline constexpr bool names_members = std::is_member_object_pointer_v<T>;
template <class... Pointers>
inline constexpr bool names_members<std::tuple<Pointers...>> = (std::is_member_object_pointer_v<Pointers> && ...);

// A field that happens to be called like one of the members is no pointer to a member.
template <class L>
concept NamesBranches = requires { requires names_members<std::remove_const_t<decltype(L::branches)>>; };
template <class L>
concept NamesOutputProjection =
    requires { requires names_members<std::remove_const_t<decltype(L::output_projection)>>; };
template <class L>
concept NamesBranchWeights = requires { requires names_members<std::remove_const_t<decltype(L::branch_weights)>>; };

template <class L, class Pointer>
bool is_named(const L& layer, const void* field, const Pointer& named) {
  if constexpr (std::is_member_object_pointer_v<Pointer>) {
    return static_cast<const void*>(&(layer.*named)) == field;
  } else {
    return std::apply([&](const auto&... one) { return (is_named(layer, field, one) || ...); }, named);
  }
}

}  // namespace detail

/// Role of a field in a residual branch. Empty: the layer does not say it, so that the layers around it decide.
struct BranchRole {
  /// True for a sublayer that is a residual branch.
  bool is_branch = false;
  /// True for an output projection, and for a projection named in branch_weights.
  std::optional<bool> is_output_projection, is_branch_weight;
};

/// Layer that names branches, an output projection or branch weights.
template <class L>
concept NamesFields = detail::NamesBranches<L> || detail::NamesOutputProjection<L> || detail::NamesBranchWeights<L>;

/// Returns the role that a layer gives to the field at this address.
template <NamesFields L>
BranchRole branch_role(const L& layer, const void* field) {
  BranchRole role;
  if constexpr (detail::NamesBranches<L>) role.is_branch = detail::is_named(layer, field, L::branches);
  if constexpr (detail::NamesOutputProjection<L>)
    role.is_output_projection = detail::is_named(layer, field, L::output_projection);
  if constexpr (detail::NamesBranchWeights<L>)
    role.is_branch_weight = detail::is_named(layer, field, L::branch_weights);
  return role;
}

}  // namespace heed::nn::fields
