#include <heed/autodiff/backward.h>
#include <heed/autodiff/derivatives.h>
#include <heed/graph/create.h>
#include <heed/ops/index/assign.h>
#include <heed/ops/math/arithmetic.h>
#include <heed/ops/reduce/reduce.h>
#include <heed/ops/shape/view.h>

#include "catch.h"

using namespace heed;

namespace {

using Tensors = std::vector<Tensor>;

std::vector<float> values(const Tensor& x) { return contiguous(x).to_vector<float>(); }

/// Writes one element of each result in turn; no other element and no other tensor may change.
void check_apart(const Tensors& results, const Tensors& others) {
  Tensors all = results;
  all.insert(all.end(), others.begin(), others.end());
  for (std::size_t i = 0; i < results.size(); ++i) {
    CAPTURE(i);
    std::vector<std::vector<float>> before;
    for (const Tensor& one : all) before.push_back(values(one));
    REQUIRE(results[i].is_contiguous());
    results[i].detach().mutable_data<float>()[0] += 1;
    before[i][0] += 1;
    for (std::size_t k = 0; k < all.size(); ++k) {
      CAPTURE(k);
      CHECK(values(all[k]) == before[k]);
    }
  }
}

}  // namespace

TEST_CASE("results of grad share no memory", "[autodiff]") {
  for (const bool create : {false, true}) {
    CAPTURE(create);
    const Tensor x = full({3}, 2).require_grad(), y = full({3}, 3).require_grad(), given = full({3}, 4);
    const Tensor h = x + y;
    check_apart(grad({{h, h}}, {{x, y, h, x}}, {.output_gradients = {given, given}, .create_graph = create}),
                {x, y, given});
    const Tensor reshaped = reshape(x, {3, 1}) - transpose(reshape(y, {1, 3}));
    check_apart(grad(reshaped, {x, y}, {.output_gradients = {full({3, 1}, 5)}, .create_graph = create}), {x, y});
    check_apart(grad(sum(x) + sum(y), {x, y}, {.create_graph = create}), {x, y});
    x.set_grad(given);
    check_apart({grad(x + y, {x, y}, {.output_gradients = {x.grad()}, .create_graph = create})}, {x.grad()});
    x.clear_grad();
  }
}

TEST_CASE("gradients of backward share no memory", "[autodiff]") {
  for (const bool create : {false, true}) {
    CAPTURE(create);
    const Tensor x = full({3}, 2).require_grad(), y = full({3}, 3).require_grad(), given = full({3}, 4);
    backward(x + y, given, {.create_graph = create});
    check_apart({x.grad(), y.grad()}, {x, y, given});
    x.clear_grad();
    y.clear_grad();
  }
}

TEST_CASE("results of derivatives share no memory", "[autodiff]") {
  const auto same = [](const Tensor& a, const Tensor& b) { return Tensors{a, b, a + b, reshape(a, {3})}; };
  for (const bool create : {false, true}) {
    CAPTURE(create);
    const Tensor a = full({3}, 2).require_grad(create), b = full({3}, 3).require_grad(create), g = full({3}, 4);
    const auto check = [&](const Derivatives& found, const Tensors& others) {
      Tensors all = found.results;
      all.insert(all.end(), found.derivatives.begin(), found.derivatives.end());
      check_apart(all, others);
    };
    check(vjp(same, {a, b}, {g, g, g, g}, {.create_graph = create}), {a, b, g});
    check(jvp(same, {a, b}, {g, g}, {.create_graph = create}), {a, b, g});
    const auto square = [](const Tensor& x, const Tensor& y) { return sum(x * x) + sum(y * y) + sum(x * y); };
    check_apart(hvp(square, {a, b}, {g, g}, {.create_graph = create}), {a, b, g});
    const auto of_one = [](const Tensor& x, const Tensor& y) { return sum(x) + sum(y); };
    check_apart(jacobian(of_one, {a, b}, {.create_graph = create})[0], {a, b});
    const auto rows = hessian(square, {a, b}, {.create_graph = create});
    check_apart({rows[0][0], rows[0][1], rows[1][0], rows[1][1]}, {a, b});
  }
}

TEST_CASE("copied results keep their graph", "[autodiff]") {
  const Tensor x = full({3}, 2).require_grad(), w = full({3}, 5).require_grad();
  const Tensor g = grad(x + x, x, {.output_gradients = {w}, .create_graph = true});
  REQUIRE(g.requires_grad());
  CHECK(values(grad(sum(g), w)) == std::vector<float>(3, 2));
  const Tensors both = grad(x + w, {x, w}, {.output_gradients = {w}, .create_graph = true});
  CHECK(values(grad(sum(both[0]) + sum(both[1]), w)) == std::vector<float>(3, 2));
}
