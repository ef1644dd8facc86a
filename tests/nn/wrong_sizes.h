// Builds layers with sizes that cannot be, and with NaN: that throws nothing, and their first use throws Error.
#pragma once

#include <heed/heed.h>

#include <functional>
#include <limits>

#include "catch.h"
#include "temporary_folder.h"

namespace wrong_sizes {

using namespace heed;

template <class L>
using Use = std::type_identity_t<std::function<void(const L&)>>;

/// Returns true if f throws Error; nothing else may leave it.
inline bool throws(const std::function<void()>& f) {
  try {
    f();
    return false;
  } catch (const Error& error) {
    const std::string_view sentence = error.what();
    return !sentence.empty();
  }
}

template <class L>
struct Between {
  nn::LayerNorm before;
  L middle;
  nn::FeedForward after;
};

/// use(L{...}) with the hyperparameters of `usual` up to field i, `wrong` there, and further ones only where they have
/// no default; in braces of their own, and within those of other layers.
template <std::size_t i, class L, class Wrong, class... Values>
void build(const L& usual, Wrong wrong, const Use<L>& use, const Values&... values) {
  constexpr std::size_t at = sizeof...(values);
  constexpr bool is_done = at > i && requires { L{values...}; };
  if constexpr (is_done) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
    use(L{values...});
    const Between<L> outside{.before = {.width = 3}, .middle = {values...}, .after = {.width = 3}};
    use(outside.middle);
#pragma GCC diagnostic pop
  } else if constexpr (at == i) {
    build<i>(usual, wrong, use, values..., wrong);
  } else {
    build<i>(usual, wrong, use, values..., std::get<at>(nn::fields::tie(usual)));
  }
}

template <class L>
void walk_all(const L& layer, bool must_throw) {
  const TemporaryFolder folder;
  const auto holds = [&](bool thrown) {
    if (must_throw) CHECK(thrown);
  };
  holds(throws([&] { nn::parameters(layer); }));
  holds(throws([&] { nn::named_buffers(layer); }));
  holds(throws([&] { nn::summary(layer); }));
  holds(throws([&] { nn::to_json(layer); }));
  holds(throws([&] { nn::clone(layer); }));
  holds(throws([&] { nn::to(layer, float64); }));
  holds(throws([&] { nn::save(layer, folder.file("saved")); }));
  holds(throws([&] { nn::load(layer, folder.file("none")); }));
  holds(throws([&] { nn::begin_normal(layer); }));
  nn::describe(layer);
  L copy = layer;
  nn::eval(copy);
  const L moved = std::move(copy);
  const nn::Taps taps{moved};
}

template <class L, std::size_t... i>
void try_sizes(const L& usual, const Use<L>& call, std::index_sequence<i...>) {
  const auto try_field = [&]<std::size_t field>() {
    using Type = nn::fields::Type<L, field>;
    if constexpr (std::is_floating_point_v<Type>) {
      INFO(nn::fields::type_name<L> << "::" << nn::fields::names<L>[field] << " = NaN");
      build<field>(usual, std::numeric_limits<Type>::quiet_NaN(), [&](const L& layer) {
        CHECK(throws([&] { call(layer); }));
        walk_all(layer, true);
      });
    } else if constexpr (std::is_same_v<Type, Size>) {
      constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min(),
                             most = std::numeric_limits<std::int64_t>::max();
      for (const std::int64_t wrong : {std::int64_t{-1}, std::int64_t{0}, std::int64_t{1} << 40, most, least}) {
        INFO(nn::fields::type_name<L> << "::" << nn::fields::names<L>[field] << " = " << wrong);
        build<field>(usual, Size(wrong), [&](const L& layer) {
          const bool called = throws([&] { call(layer); });
          if (wrong < 0) CHECK(called);
          walk_all(layer, wrong < 0);
        });
      }
    }
  };
  (try_field.template operator()<i>(), ...);
}

/// Tries wrong sizes and NaN in each hyperparameter of the layer, which works as it is.
template <class L>
void try_layer(const L& usual, const Use<L>& call) {
  call(usual);
  try_sizes(usual, call, std::make_index_sequence<nn::fields::hyperparameters<L>>{});
}

}  // namespace wrong_sizes
