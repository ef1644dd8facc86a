// Also tests graph/differentiable.h, graph/gradients.h.
#include <heed/autodiff/backward.h>
#include <heed/autodiff/gradcheck.h>
#include <heed/graph/create.h>
#include <heed/graph/error.h>
#include <heed/heed.h>
#include <heed/ops/kernels/gemm/gemm.h>

#include <cmath>

#include "catch.h"

using namespace heed;
using Catch::Matchers::Message;

namespace {
Tensor leaf(double value) { return scalar(value).require_grad(); }
}  // namespace

TEST_CASE("gradients accumulate in leaves", "[autodiff]") {
  Tensor x = leaf(3), y = leaf(4);
  backward(x * y + x);
  CHECK(x.grad().item() == 5);
  CHECK(y.grad().item() == 3);
  backward(x * y);
  CHECK(x.grad().item() == 9);
  x.clear_grad();
  CHECK_FALSE(x.grad());
}

TEST_CASE("one tensor used twice", "[autodiff]") {
  Tensor x = leaf(3);
  backward(x * x * x + x + x);
  CHECK(x.grad().item() == 29);
}

TEST_CASE("derivatives of tanh up to the fourth leave no live node", "[autodiff]") {
  const auto before = live_nodes();
  {
    const double t = std::tanh(0.5), s = 1 - t * t;
    const double expected[] = {t, s, -2 * t * s, -2 * s * s + 4 * t * t * s, 16 * t * s * s - 8 * t * t * t * s};
    Tensor x = leaf(0.5), y = tanh(x);
    for (int order = 1; order <= 4; ++order) {
      y = grad(y, x, {.create_graph = true});
      CHECK(y.item() == Approx(expected[order]).epsilon(1e-12));
    }
    CHECK(live_nodes() > before);
  }
  CHECK(live_nodes() == before);
  {
    Tensor unused = tanh(leaf(0.5));
  }  // also if backward never runs
  CHECK(live_nodes() == before);
}

TEST_CASE("an output captured by its own gradient is not a cycle", "[autodiff]") {
  const auto before = live_nodes();
  for (int i = 0; i < 3; ++i) {
    Tensor x = ones({100}).require_grad();
    Tensor y = sum(exp(exp(x * 0.1)));
    if (i == 1) backward(y);
    if (i == 2) backward(y, {.retain_graph = true});
  }
  CHECK(live_nodes() == before);
}

TEST_CASE("a chain of a million ops", "[autodiff]") {
  const auto before = live_nodes();
  Tensor x = scalar(0.5f).require_grad();
  {
    Tensor y = x;
    for (int i = 0; i < 1'000'000; ++i) y = y + 1.0;
    backward(y);
    CHECK(x.grad().item() == 1);
    for (int i = 0; i < 1'000'000; ++i) y = y + 1.0;  // destroyed without a backward pass
    y = x;
    for (int i = 0; i < 1'000'000; ++i) y = tanh(y);
  }
  CHECK(live_nodes() == before);
}

TEST_CASE("a graph allows one backward pass unless it is retained", "[autodiff]") {
  Tensor x = leaf(3), y = x * x;
  backward(y, {.retain_graph = true});
  backward(y);
  CHECK(x.grad().item() == 12);
  const auto* freed =
      "backward: the graph of multiply was freed by an earlier backward pass; set retain_graph in that one";
  CHECK_THROWS_MATCHES(backward(y), Error, Message(freed));
  CHECK_THROWS_MATCHES(grad(y, x), Error, Message(freed));
  CHECK(x.grad().item() == 12);
}

TEST_CASE("grad visits only the graph between outputs and inputs", "[autodiff]") {
  Tensor x = leaf(2), w = leaf(3);
  Tensor h = x * w, y = h * h;
  CHECK(grad(y, h, {.retain_graph = true}).item() == 12);
  CHECK(grad(y, x, {.retain_graph = true}).item() == 36);
  const auto both = grad(y, std::vector{x, w}, {.retain_graph = true});
  CHECK(both[0].item() == 36);
  CHECK(both[1].item() == 24);
  CHECK_FALSE(x.grad());
  Tensor other = leaf(1);
  CHECK_FALSE(grad(y, other, {.retain_graph = true}));
  CHECK(grad({&y, 1}, std::vector{x, h}, {.output_gradients = {scalar(2.0)}})[1].item() == 24);
}

TEST_CASE("several results at once", "[autodiff]") {
  Tensor x = tensor({1.0, 2.0}).require_grad();
  Tensor y = x * x, z = sum(x * 3);
  const Tensor results[] = {y, z}, gradients[] = {tensor({1.0, 10.0}), {}};
  backward(results, gradients);
  CHECK(x.grad().to_vector<double>() == std::vector<double>{5, 43});
}

TEST_CASE("no_grad and detach", "[autodiff]") {
  Tensor x = leaf(2);
  Tensor y = no_grad([&] { return x * x; });
  CHECK_FALSE(y.requires_grad());
  Tensor z = x * x.detach();
  backward(z);
  CHECK(x.grad().item() == 2);
  CHECK_THROWS_MATCHES(backward(y), Error,
                       Message("backward: the result [] does not depend on anything that requires a gradient"));
}

TEST_CASE("gradients that share storage are not added to in place", "[autodiff]") {
  Tensor a = tensor({1.0f, 2.0f}).require_grad(), b = tensor({3.0f, 4.0f}).require_grad();
  Tensor c = a + b;             // both get the same gradient
  Tensor d = sum(c + a * 2.0);  // and a gets more
  backward(d);
  CHECK(a.grad().to_vector<float>() == std::vector<float>{3, 3});
  CHECK(b.grad().to_vector<float>() == std::vector<float>{1, 1});
  backward(sum(a));
  CHECK(a.grad().to_vector<float>() == std::vector<float>{4, 4});
  CHECK(b.grad().to_vector<float>() == std::vector<float>{1, 1});
}

TEST_CASE("a write into a leaf's gradient changes nothing else", "[autodiff]") {
  const auto owns_gradient = [](const Tensor& x) {
    const detail::TensorBody* body = &detail::body_of(x.grad());
    return body->references == 1 && body->storage->references == 1 && !x.grad().requires_grad();
  };
  const Tensor a = tensor({1.0, 2.0}).require_grad(), b = tensor({3.0, 4.0}).require_grad(),
               c = tensor({5.0, 6.0}).require_grad();
  const Tensor given = tensor({7.0, 8.0});
  const auto write = [&] {  // to each gradient; no other tensor changes
    for (const Tensor& x : {a, b, c}) {
      REQUIRE(owns_gradient(x));
      x.grad() += 100;
    }
    for (const Tensor& x : {a, b, c}) {
      CHECK(x.grad().to_vector<double>() == std::vector{107.0, 108.0});
      x.clear_grad();
    }
    CHECK(given.to_vector<double>() == std::vector{7.0, 8.0});
  };
  backward(a + b + c, given);
  write();

  const auto hook = on_gradient(b, [](const Tensor&) { return Tensor{}; });  // a leaf with a hook
  backward(a + b + c, given);
  write();

  backward(concat({a, b, c}), concat({given, given, given}));  // slices of one gradient
  write();

  const auto same = [&](const Tensor& x) {  // a gradient that the op keeps
    return differentiable("same", {x}, x.detach() + 0, [given](const Tensor&) { return Gradients{given}; });
  };
  const Tensor y = same(a) + same(b) + same(c);
  backward(y, given, {.retain_graph = true});
  write();
  backward(y, given);
  write();
}

TEST_CASE("a leaf's gradient that is not shared is not copied", "[autodiff]") {
  const Tensor x = tensor({1.0, 2.0}).require_grad();
  const std::byte* made = nullptr;
  const Tensor y = differentiable("seen", {x}, x.detach() + 0, [&made](const Tensor& dy) {
    const Tensor dx = dy * 3;
    made = detail::body_of(dx).data;
    return Gradients{dx};
  });
  backward(sum(y));
  CHECK(detail::body_of(x.grad()).data == made);
}

TEST_CASE("a leaf's gradient is contiguous", "[autodiff]") {
  Tensor w = ones({3, 2}).require_grad();
  backward(sum(transpose(w) * tensor({1.0f, 2.0f, 3.0f})));
  CHECK(w.grad().is_contiguous());
  CHECK(w.grad().to_vector<float>() == std::vector<float>{1, 1, 2, 2, 3, 3});
  Tensor x = ones({2, 2}).require_grad();
  backward(sum(x));
  CHECK(x.grad().is_contiguous());
}

TEST_CASE("overwriting values that a gradient needs is an error that names both ops", "[autodiff]") {
  Tensor w = tensor({1.0f, 2.0f}), x = tensor({3.0f, 4.0f}).require_grad();
  Tensor y = sum(x * w);
  w.mutable_data<float>()[0] = 9;
  CHECK_THROWS_MATCHES(
      backward(y), Error,
      Message("the gradient of multiply needs values of a tensor [2] that mutable_data has overwritten since"));

  Tensor z = sum(x + w);  // no gradient reads w here
  w.mutable_data<float>()[0] = 1;
  backward(z);
  CHECK(x.grad().to_vector<float>() == std::vector<float>{1, 1});

  Tensor before = tensor({1.0f, 2.0f});
  before.mutable_data<float>()[0] = 5;  // written before the op
  backward(sum(x * before));
  CHECK(x.grad().to_vector<float>() == std::vector<float>{6, 3});
}

TEST_CASE("thunks run only for inputs that need a gradient", "[autodiff]") {
  int calls_a = 0, calls_b = 0;
  const auto op = [&](const Tensor& a, const Tensor& b) {
    return differentiable("op", {a, b}, no_grad([&] { return a + b; }), [&](const Tensor& dy) {
      return Gradients{[&] { return ++calls_a, dy; }, [&] { return ++calls_b, dy; }};
    });
  };
  Tensor a = leaf(1), b = scalar(1.0);
  backward(op(a, b));
  CHECK(calls_a == 1);
  CHECK(calls_b == 0);
  Tensor c = leaf(1);
  (void)grad(op(a, c), c);
  CHECK(calls_a == 1);
  CHECK(calls_b == 1);
}

TEST_CASE("only products that lead to a parameter are computed", "[autodiff]") {
  const Tensor x = ones({3, 4}), w1 = ones({5, 4}).require_grad(), w2 = ones({2, 5}).require_grad();
  const auto products = [&] {
    const std::int64_t before = kernels::products_computed();
    backward(sum(linear(linear(x, w1), w2)));
    return kernels::products_computed() - before - 2;  // of the backward pass
  };
  CHECK(products() == 3);  // both weights, and the gradient between the layers: not that of x
  w1.require_grad(false);
  CHECK(products() == 1);  // a frozen first layer costs nothing
  w1.require_grad();
  w2.require_grad(false);
  CHECK(products() == 2);
}

TEST_CASE("several outputs, some of them unused", "[autodiff]") {
  Tensor x = leaf(3);
  const auto both = [&] {
    return differentiable("both", {x}, std::array{no_grad([&] { return x * 2; }), no_grad([&] { return x * 5; })},
                          [](const Tensor& dy, const Tensor& dz) {
                            Tensor total = dy ? dy * 2 : Tensor{};
                            if (dz) total = total ? total + dz * 5 : dz * 5;
                            return Gradients{total};
                          });
  };
  CHECK(grad(both()[0], x).item() == 2);
  CHECK(grad(both()[1], x).item() == 5);
  auto [y, z] = both();
  CHECK(grad(y + z, x).item() == 7);
}

TEST_CASE("misuse of differentiable", "[autodiff]") {
  Tensor x = leaf(2);
  Tensor y = x * x;
  const auto one = [](const Tensor& dy) { return Gradients{dy}; };
  CHECK_THROWS_MATCHES(
      differentiable("op", {x}, y, one), Error,
      Message("op: the output [] given to differentiable already belongs to the graph, but it must be a "
              "new tensor"));
  Tensor none = differentiable("op", {x, x}, scalar(1.0), one);
  CHECK_THROWS_MATCHES(backward(none), Error, Message("op: its gradient returned 1 tensors, but the op has 2 inputs"));
  Tensor wrong = differentiable("op", {x}, scalar(1.0), [](const Tensor&) { return Gradients{zeros({3})}; });
  CHECK_THROWS_MATCHES(backward(wrong), Error,
                       Message("op: its gradient for input 0 is float32 [3], but that input is float64 []"));
}

TEST_CASE("a fused gradient runs its kernel, and its formula where it is differentiated again", "[autodiff]") {
  int kernels = 0, formulas = 0;
  const auto cube = [&](const Tensor& x) {
    return differentiable("cube", {x}, no_grad([&] { return x * x * x; }),
                          fused_gradient(
                              x,
                              [&](const Tensor& dy, const Tensor& saved) {
                                ++kernels;
                                return 3 * dy * saved * saved;
                              },
                              [&](const Tensor& dy, const Tensor& saved) {
                                ++formulas;
                                return 3 * dy * saved * saved;
                              }));
  };
  const Tensor x = tensor({0.5, -2.0}).require_grad();
  backward(sum(cube(x)));
  CHECK(kernels == 1);
  CHECK(formulas == 0);
  CHECK(x.grad().to_vector<double>() == std::vector{0.75, 12.0});
  const Tensor first = grad(sum(cube(x)), x, {.create_graph = true});
  CHECK(formulas == 1);
  CHECK(grad(sum(first), x).to_vector<double>() == std::vector{3.0, -12.0});
  CHECK(gradcheck(cube, {x}));
  CHECK(gradgradcheck(cube, {x}));
}

TEST_CASE("second derivatives of raw gradients need a composition", "[autodiff]") {
  const auto square = [](const Tensor& x, auto... composition) {
    Tensor y = empty(x.shape(), float64);
    for (std::size_t i = 0; i < x.data<double>().size(); ++i)
      fill<double>(y)[i] = x.data<double>()[i] * x.data<double>()[i];
    return differentiable(
        "square", {x}, y,
        [x](const Tensor& dy) {
          Tensor dx = empty(x.shape(), float64), given = contiguous(dy);
          for (std::size_t i = 0; i < x.data<double>().size(); ++i)
            fill<double>(dx)[i] = 2 * x.data<double>()[i] * given.data<double>()[i];
          return Gradients{dx};
        },
        composition...);
  };
  Tensor x = tensor({1.0, 2.0}).require_grad();
  backward(sum(square(x)));
  CHECK(x.grad().to_vector<double>() == std::vector<double>{2, 4});
  CHECK_THROWS_MATCHES(
      grad(sum(square(x)), x, {.create_graph = true}), Error,
      Message("square: its gradient for input 0 is not computed by ops, so it cannot be differentiated again; "
              "pass a composition to differentiable"));
  Tensor y = sum(square(x * x, [](const Tensor& of) { return of * of; }));
  Tensor dx = grad(y, x, {.create_graph = true});
  CHECK(dx.to_vector<double>() == std::vector<double>{4, 32});
  CHECK(grad(sum(dx), x).to_vector<double>() == std::vector<double>{12, 48});
}

TEST_CASE("a gradient may differentiate its own graph", "[autodiff]") {
  Tensor x = leaf(3);
  Tensor cube = differentiable("cube", {x}, scalar(27.0), [x](const Tensor& dy) {
    Grad scope;
    Tensor again = x.detach().require_grad();
    return Gradients{grad(again * again * again, again) * dy};
  });
  backward(cube * 2.0);
  CHECK(x.grad().item() == 54);
}

TEST_CASE("integer tensors have no gradients", "[autodiff]") {
  Tensor x = tensor({1.0f, 2.0f}).require_grad();
  Tensor chosen = where(greater(x, 1.5), x, x * 0.0);
  backward(sum(chosen));
  CHECK(x.grad().to_vector<float>() == std::vector<float>{0, 1});
  CHECK_THROWS_MATCHES(arange(3).require_grad(), Error,
                       Message("require_grad: the tensor [3] is int64, but only float32 and float64 have gradients"));
}
