// Builds layers with invalid sizes, and with NaN: building does not throw, and the first use throws Error.
#pragma once

#include <heed/heed.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <optional>
#include <utility>

#include "catch.h"
#include "nn/temporary_folder.h"

namespace wrong_sizes {

using namespace heed;

template <class L>
using Use = std::type_identity_t<std::function<void(const L&)>>;

/// Returns true if f throws Error; fails the test on other exceptions.
inline bool throws(const std::function<void()>& f) {
  try {
    f();
    return false;
  } catch (const Error& error) {
    const std::string_view sentence = error.what();
    return !sentence.empty();
  }
}

/// Number of fields without a default.
template <class L, std::size_t n = 0>
constexpr std::size_t fields_to_give() {
  constexpr bool are_enough = []<std::size_t... i>(std::index_sequence<i...>) {
    return requires { L{std::declval<nn::fields::Type<L, i>>()...}; };
  }(std::make_index_sequence<n>{});
  if constexpr (are_enough) {
    return n;
  } else {
    return fields_to_give<L, n + 1>();
  }
}

template <class L>
struct Between {
  nn::LayerNorm before;
  L middle;
  nn::FeedForward after;
};

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
/// Calls use(L{...}) with the fields of `usual` before field i, `wrong` as field i, and further fields only if they
/// have no default.
template <std::size_t i, class L, class Wrong, class Function>
void with_wrong(const L& usual, Wrong wrong, const Function& use) {
  [&]<std::size_t... at>(std::index_sequence<at...>) {
    const auto value = [&]<std::size_t field>() -> nn::fields::Type<L, field> {
      if constexpr (field == i) {
        return wrong;
      } else {
        return std::get<field>(nn::fields::tie(usual));
      }
    };
    use(value.template operator()<at>()...);
  }(std::make_index_sequence<std::max(i + 1, fields_to_give<L>())>{});
}

/// Calls use(layer) for the layer alone and as a sublayer of other layers.
template <std::size_t i, class L, class Wrong>
void build(const L& usual, Wrong wrong, const Use<L>& use) {
  with_wrong<i>(usual, wrong, [&](const auto&... values) {
    use(L{values...});
    const Between<L> outside{.before = {.width = 3}, .middle = {values...}, .after = {.width = 3}};
    use(outside.middle);
  });
}
#pragma GCC diagnostic pop

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
  holds(throws([&] { nn::init_normal(layer); }));
  nn::describe(layer);
  L copy = layer;
  nn::eval(copy);
  const L moved = std::move(copy);
  const nn::Taps taps{moved};
}

/// Calls try_value.operator()<field>(wrong, must_throw) for each field that is a size or a real number, with each wrong
/// value.
template <class L, class Function>
void each_wrong_value(const Function& try_value) {
  const auto try_field = [&]<std::size_t field>() {
    using Type = nn::fields::Type<L, field>;
    if constexpr (std::is_floating_point_v<Type>) {
      INFO(nn::fields::type_name<L> << "::" << nn::fields::names<L>[field] << " = NaN");
      try_value.template operator()<field>(std::numeric_limits<Type>::quiet_NaN(), true);
    } else if constexpr (std::is_same_v<Type, Size>) {
      constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min(),
                             most = std::numeric_limits<std::int64_t>::max();
      for (const std::int64_t wrong : {std::int64_t{-1}, std::int64_t{0}, std::int64_t{1} << 40, most, least}) {
        INFO(nn::fields::type_name<L> << "::" << nn::fields::names<L>[field] << " = " << wrong);
        try_value.template operator()<field>(Size(wrong), wrong < 0);
      }
    }
  };
  [&]<std::size_t... i>(std::index_sequence<i...>) {
    (try_field.template operator()<i>(), ...);
  }(std::make_index_sequence<nn::fields::count<L>>{});
}

/// Tries wrong sizes and NaN in each hyperparameter of a valid layer.
template <class L>
void try_layer(const L& usual, const Use<L>& call) {
  call(usual);
  each_wrong_value<L>([&]<std::size_t field>(auto wrong, bool must_throw) {
    build<field>(usual, wrong, [&](const L& layer) {
      const bool called = throws([&] { call(layer); });
      if (must_throw) CHECK(called);
      walk_all(layer, must_throw);
    });
  });
}

/// Tries wrong sizes of a function that builds a layer, which may throw Error itself.
template <class Sizes, class Make, class Call>
void try_making(const Sizes& usual, const Make& make, const Call& call) {
  call(make(usual));
  each_wrong_value<Sizes>([&]<std::size_t field>(auto wrong, bool must_throw) {
    with_wrong<field>(usual, wrong, [&](const auto&... values) {
      using Made = decltype(make(usual));
      std::optional<Made> made;
      const bool refused = throws([&] { made.emplace(make(Sizes{values...})); });
      if (refused) return;
      const bool called = throws([&] { call(*made); });
      if (must_throw) CHECK(called);
      walk_all(*made, must_throw);
    });
  });
}

}  // namespace wrong_sizes
