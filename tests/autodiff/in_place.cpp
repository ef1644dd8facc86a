// In-place writes and gradients: each write that would make a gradient wrong is an error that says what to do instead.
#include <heed/heed.h>

#include "catch.h"

using namespace heed;
using Catch::Matchers::Message;

namespace {

Tensor weight() { return tensor({1.0, 2.0, 3.0}).require_grad(); }

}  // namespace

TEST_CASE("a gradient that needs overwritten values is an error", "[autodiff]") {
  const Tensor x = weight(), table = tensor({4.0, 5.0, 6.0});
  const auto overwritten = [&](const char* sentence, auto write) {
    const Tensor y = sum(x * table);
    write();
    CHECK_THROWS_MATCHES(backward(y), Error, Message(sentence));
  };
  overwritten("the gradient of multiply needs values of a tensor [3] that assign has overwritten since",
              [&] { assign(table, 0); });
  overwritten("the gradient of multiply needs values of a tensor [3] that += has overwritten since",
              [&] { table += 1; });
  overwritten("the gradient of multiply needs values of a tensor [3] that *= has overwritten since",
              [&] { select(table, 0, 2) *= 2; });  // a part of it, through a view
  overwritten("the gradient of multiply needs values of a tensor [3] that assign_where has overwritten since",
              [&] { assign_where(table, greater(table, 1), 1); });
  CHECK_FALSE(x.grad());

  const Tensor y = sum(x * table);  // after the writes: uses the new values
  backward(y);
  CHECK(x.grad().to_vector<double>() == table.to_vector<double>());
}

TEST_CASE("a view taken before the write counts as well", "[autodiff]") {
  const Tensor x = weight(), table = ones({2, 3}, float64), row = select(table, 0, 1);
  const Tensor y = sum(x * row);
  select(table, 0, 0) += 1;  // same storage: elements are not distinguished
  CHECK_THROWS_MATCHES(backward(y), Error,
                       Message("the gradient of multiply needs values of a tensor [3] that += has overwritten since"));
}

TEST_CASE("a write to values that no gradient reads is legal", "[autodiff]") {
  const Tensor x = weight(), shift = tensor({1.0, 1.0, 1.0});
  const Tensor y = sum(x + shift);
  shift += 5;
  backward(y);
  CHECK(x.grad().to_vector<double>() == std::vector<double>(3, 1));
}

TEST_CASE("parameters are written inside no_grad", "[autodiff]") {
  const Tensor x = weight();
  CHECK_THROWS_MATCHES(
      x += 1, Error,
      Message(
          "+=: the target [3] requires a gradient, so it can be written in place only inside no_grad; use x = x + y"));
  CHECK_THROWS_MATCHES(assign(x, 1), Error,
                       Message("assign: the target [3] requires a gradient, so it can be written in place only inside "
                               "no_grad; use where or slice_scatter"));
  CHECK(x.to_vector<double>() == std::vector{1.0, 2.0, 3.0});
  no_grad([&] {
    x *= 2;
    select(x, 0, 0) += 5;
  });
  CHECK(x.to_vector<double>() == std::vector{7.0, 4.0, 6.0});
  CHECK(x.requires_grad());
  const Tensor y = sum(x * x);
  no_grad([&] { x += 1; });
  CHECK_THROWS_MATCHES(backward(y), Error,
                       Message("the gradient of multiply needs values of a tensor [3] that += has overwritten since"));
}

TEST_CASE("results of recorded ops cannot be written", "[autodiff]") {
  const Tensor x = weight(), y = x * 2;
  const auto* sentence =
      "assign: the target [3] was computed by multiply, whose gradient would be wrong after a write in "
      "place; use where or slice_scatter, or write into its detach()";
  CHECK_THROWS_MATCHES(assign(y, 1), Error, Message(sentence));
  CHECK_THROWS_MATCHES(no_grad([&] { assign(y, 1); }), Error, Message(sentence));
  CHECK_THROWS_MATCHES(
      assign(slice(y, 0, 0, 2), 1), Error,
      Message("assign: the target [2] was computed by slice, whose gradient would be wrong after a write in "
              "place; use where or slice_scatter, or write into its detach()"));
  CHECK_THROWS_MATCHES(
      select(x, 0, 0) += 1, Error,
      Message("+=: the target [] was computed by reshape, whose gradient would be wrong after a write in "
              "place; use x = x + y, or write into its detach()"));
  CHECK(y.to_vector<double>() == std::vector{2.0, 4.0, 6.0});

  const Tensor z = exp(x);  // its gradient reads its result
  z.detach() += 1;
  CHECK_THROWS_MATCHES(backward(sum(z)), Error,
                       Message("the gradient of exp needs values of a tensor [3] that += has overwritten since"));
}

TEST_CASE("writing differentiable values in place is an error", "[autodiff]") {
  const Tensor x = weight(), total = zeros({3}, float64);
  CHECK_THROWS_MATCHES(total += x * 2, Error,
                       Message("+=: the values [3] were computed by multiply, whose gradient would be lost, as a write "
                               "in place is not recorded; use x = x + y, or detach them"));
  CHECK_THROWS_MATCHES(assign_where(total, ones({3}, boolean), x), Error,
                       Message("assign_where: the values [3] require a gradient, which would be lost, as a write in "
                               "place is not recorded; use where or masked_fill, or detach them"));
  CHECK(total.to_vector<double>() == std::vector<double>(3, 0));
  total += x.detach();
  no_grad([&] { total += x; });
  CHECK(total.to_vector<double>() == std::vector{2.0, 4.0, 6.0});
}

TEST_CASE("the recorded counterparts of in-place writes have gradients", "[autodiff]") {
  const Tensor x = weight(), v = tensor({10.0, 20.0}).require_grad();
  Tensor total = zeros({3}, float64);
  total = total + slice_scatter(x, v, 0, 1, {}) * tensor({1.0, 2.0, 3.0});
  backward(sum(total));
  CHECK(x.grad().to_vector<double>() == std::vector{1.0, 0.0, 0.0});
  CHECK(v.grad().to_vector<double>() == std::vector{2.0, 3.0});
}

TEST_CASE("a second derivative that needs overwritten values is an error", "[autodiff]") {
  const Tensor x = tensor({1.0, 2.0, 4.0}, {1, 3}).require_grad(), scale = ones({3}, float64).require_grad();
  const Tensor y = sum(layer_norm(x, scale, zeros({3}, float64)) * x);
  no_grad([&] { scale += 1; });
  CHECK_THROWS_MATCHES(
      grad(y, x, {.create_graph = true}), Error,
      Message("the gradient of layer_norm needs values of a tensor [3] that += has overwritten since"));
}
