// Also tests nn/fields/fields.h.
#include "catch.h"
#include "nn/layers/layers.h"

using namespace heed;
using namespace layers;
namespace fields = heed::nn::fields;

namespace {

struct Hidden {
  Size width;
  Parameter first = ones({width}), second = ones({width});
};

struct Full {
  Size a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, a20, a21, a22, a23, a24,
      a25, a26, a27, a28, a29, a30;
  Parameter weight = ones({a1});
  Mode last{};
};

template <class Struct>
std::string names() {
  std::string all(fields::type_name<Struct>);
  for (std::string_view name : fields::names<Struct>) (all += ' ') += name;
  return all;
}

enum Old : int { first, second };

enum Unfixed { red, green };

}  // namespace

TEST_CASE("fields are counted and named", "[fields]") {
  struct Local {
    Size width;
    Parameter only = ones({width});
  };
  CHECK(names<Dense>() == "Dense in out biased weight bias");
  CHECK(names<Block<>>() == "Block width hidden epsilon norm up down drop identity");
  CHECK(names<Stack<Dense>>() == "Stack width depth name blocks pair positions table tied none");
  CHECK(names<Identity>() == "Identity");
  CHECK(names<Hidden>() == "Hidden width first second");
  CHECK(names<Local>() == "Local width only");
  STATIC_REQUIRE(fields::count<Full> == 32);
  CHECK(fields::names<Full>[31] == "last");
  STATIC_REQUIRE(fields::hyperparameters<Block<>> == 4);
  STATIC_REQUIRE(fields::hyperparameters<Identity> == 0);
}

TEST_CASE("a C array counts as one field", "[fields]") {
  struct Arrays {
    Size width;
    float rates[3];
    Dense layers[2] = {{.in = 1, .out = 1}, {.in = 1, .out = 1}};
    Parameter weights[4] = {ones({1}), ones({1}), ones({1}), ones({1})};
    Mode mode{};
  };
  CHECK(names<Arrays>() == "Arrays width rates layers weights mode");
}

TEST_CASE("a base class is detected", "[fields]") {
  struct Derived : Dense {
    Size more;
  };
  struct DerivedFromEmpty : Identity {};
  STATIC_REQUIRE(fields::has_base<Derived>);
  STATIC_REQUIRE(fields::has_base<DerivedFromEmpty>);
  STATIC_REQUIRE_FALSE(fields::has_base<Dense>);
  STATIC_REQUIRE_FALSE(fields::has_base<Identity>);
  STATIC_REQUIRE_FALSE(fields::has_base<Stack<>>);
}

TEST_CASE("enumerators have names", "[fields]") {
  CHECK(fields::enumerators<Norm>[0] == "before");
  CHECK(fields::enumerators<Norm>[1] == "after");
  CHECK(fields::enumerators<Norm>[2].empty());
  CHECK(fields::enumerators<Old>[1] == "second");
  CHECK(fields::enumerators<Unfixed>.empty());
}
