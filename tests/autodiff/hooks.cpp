// Also tests autodiff/scale_gradient.h.
#include <heed/heed.h>

#include "catch.h"

using namespace heed;
using Catch::Matchers::Message;

namespace {
Tensor leaf(double value) { return scalar(value).require_grad(); }
}  // namespace

TEST_CASE("a hook sees and changes the gradient of a computed tensor", "[hooks]") {
  Tensor x = leaf(3), h = x * 2, y = h * h + h;  // dy/dh = 2 h + 1 = 13, from two ops
  int calls = 0;
  double seen = 0;
  on_gradient(h, [&](const Tensor& dh) {
    ++calls;
    seen = dh.item();
  });
  on_gradient(h, [](const Tensor& dh) { return dh * 10; });
  CHECK(grad(y, h, {.retain_graph = true}).item() == 130);
  backward(y);
  CHECK(calls == 2);
  CHECK(seen == 13);
  CHECK(x.grad().item() == 260);
}

TEST_CASE("a hook on a leaf is called once per backward pass, with the complete gradient", "[hooks]") {
  Tensor x = leaf(3);
  std::vector<double> seen;
  auto hook = on_gradient(x, [&](const Tensor& dx) {
    seen.push_back(dx.item());
    return dx * -1;
  });
  backward(x * x + x);
  CHECK(x.grad().item() == -7);
  backward(x * x + x);
  CHECK(x.grad().item() == -14);
  const Tensor y = x * x;
  const auto twice = grad(y, std::vector{x, x});
  CHECK(twice[0].item() == -6);
  CHECK(twice[1].item() == -6);
  CHECK(seen == std::vector<double>{7, 7, 6});
  hook.remove();
  hook.remove();
  x.clear_grad();
  backward(x * x);
  CHECK(x.grad().item() == 6);
  CHECK(seen.size() == 3);
}

TEST_CASE("hooks run in a defined order", "[hooks]") {
  Tensor x = leaf(3), w = leaf(2);
  Tensor first = x * w, second = exp(first), third = tanh(second);
  std::string order;
  const auto note = [&](const Tensor& of, char name) {
    on_gradient(of, [&order, name](const Tensor&) { order += name; });
  };
  note(w, 'w');
  note(first, '1');
  note(third, '3');
  note(second, '2');
  note(x, 'x');
  note(x, 'y');
  note(first, 'i');
  backward(third);
  CHECK(order == "321ixyw");
}

TEST_CASE("hooks may remove and add hooks while they run", "[hooks]") {
  Tensor x = leaf(3);
  int once = 0, added = 0;
  GradientHook hook;
  hook = on_gradient(x, [&](const Tensor&) {
    ++once;
    hook.remove();
    on_gradient(x.detach().require_grad(), [](const Tensor&) {});
  });
  on_gradient(x, [&](const Tensor&) { ++added; });
  backward(x * 1.0);
  backward(x * 1.0);
  CHECK(once == 1);
  CHECK(added == 2);
}

TEST_CASE("hooks of one output of several", "[hooks]") {
  Tensor x = leaf(3);
  auto [a, b] = differentiable("both", {x}, std::array{scalar(6.0), scalar(15.0)},
                               [](const Tensor& da, const Tensor& db) { return Gradients{da * 2 + db * 5}; });
  on_gradient(b, [](const Tensor& db) { return db * 100; });
  backward(a + b);
  CHECK(x.grad().item() == 502);
}

TEST_CASE("ops of a hook are recorded with create_graph", "[hooks]") {
  Tensor x = leaf(3), h = x * 1.0;
  const auto hook = on_gradient(h, [](const Tensor& dh) { return dh * dh; });
  Tensor dx = grad(h * h, x, {.create_graph = true});  // (2 x)^2
  CHECK(dx.item() == 36);
  hook.remove();
  CHECK(grad(dx, x).item() == 24);
}

TEST_CASE("hooks are freed with the graph", "[hooks]") {
  const auto before = live_nodes();
  auto held = std::make_shared<int>(1);
  {
    Tensor x = leaf(3), h = x * x, unused = x * x;
    on_gradient(h, [held](const Tensor&) {});
    on_gradient(unused, [held](const Tensor&) {});
    backward(h);
    CHECK(held.use_count() == 2);  // the graph of h was freed
  }
  CHECK(held.use_count() == 1);
  CHECK(live_nodes() == before);
}

TEST_CASE("errors of hooks", "[hooks]") {
  Tensor x = tensor({1.0, 2.0}).require_grad();
  CHECK_THROWS_MATCHES(on_gradient(ones({2}), [](const Tensor&) {}), Error,
                       Message("on_gradient: the tensor [2] does not require a gradient, so a hook would never be "
                               "called"));
  Tensor h = exp(x);
  auto hook = on_gradient(h, [](const Tensor&) { return ones({3}); });
  CHECK_THROWS_MATCHES(
      backward(sum(h)), Error,
      Message("on_gradient: a hook on a result of exp returned float32 [3], but the gradient is float64 [2]"));
  hook.remove();
  hook = on_gradient(x, [](const Tensor&) { return ones({2}); });
  CHECK_THROWS_MATCHES(backward(sum(h)), Error,
                       Message("on_gradient: a hook on a leaf returned float32 [2], but the gradient is float64 [2]"));
  hook.remove();
  CHECK_THROWS_MATCHES(on_gradient(h, [](const Tensor&) {}), Error,
                       Message("on_gradient: the graph of exp was freed, so a hook on its result [2] would never be "
                               "called"));
}

TEST_CASE("stop_gradient, scale_gradient and reverse_gradient change only gradients", "[hooks]") {
  Tensor x = tensor({1.0, -2.0}).require_grad();
  const std::vector<double> values = {1, -2};
  CHECK(stop_gradient(x).to_vector<double>() == values);
  CHECK_FALSE(stop_gradient(x).requires_grad());
  CHECK(scale_gradient(x, 0.5).to_vector<double>() == values);
  CHECK(reverse_gradient(x).to_vector<double>() == values);
  CHECK(grad(sum(x * stop_gradient(x)), x).to_vector<double>() == values);
  CHECK(grad(sum(scale_gradient(x, 0.5) * x), x).to_vector<double>() == std::vector<double>{1.5, -3});
  CHECK(grad(sum(reverse_gradient(x)), x).to_vector<double>() == std::vector<double>{-1, -1});
  CHECK(grad(sum(reverse_gradient(x, 3)), x).to_vector<double>() == std::vector<double>{-3, -3});
  Tensor dx = grad(sum(exp(scale_gradient(x, 2))), x, {.create_graph = true});  // 2 exp(x)
  CHECK(grad(sum(dx), x).to_vector<double>()[0] == Approx(4 * std::exp(1.0)));
  CHECK_THROWS_MATCHES(scale_gradient(arange(3), 2), Error,
                       Message("scale_gradient: x is int64 [3], but it must be float32 or float64"));
}
