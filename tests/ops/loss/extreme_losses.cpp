// Losses and their gradients for large or infinite logits and for probabilities of 0.
#include <heed/autodiff/backward.h>
#include <heed/graph/create.h>
#include <heed/ops/loss/cross_entropy.h>
#include <heed/ops/loss/likelihood.h>
#include <heed/ops/loss/linear_cross_entropy.h>
#include <heed/ops/loss/similarity.h>
#include <heed/ops/math/activations.h>
#include <heed/ops/math/arithmetic.h>
#include <heed/ops/math/softmax.h>
#include <heed/ops/reduce/reduce.h>
#include <heed/ops/reduce/scan.h>
#include <heed/ops/shape/view.h>
#include <heed/ops/support/class_loss.h>
#include <heed/ops/support/elementwise.h>

#include <cmath>
#include <limits>

#include "catch.h"

using namespace heed;
using namespace heed::detail;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
using Row = std::vector<double>;

Row row(const Tensor& x) { return cast(x.detach(), float64).to_vector<double>(); }

void require_near(const Row& found, const Row& expected, double tolerance = 1e-6) {
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    INFO("element " << i << " is " << found[i] << ", expected " << expected[i]);
    CHECK((found[i] == expected[i] || std::abs(found[i] - expected[i]) <= tolerance));
  }
}

/// Checks the gradient of the loss, by the fused kernel and by ops.
void require_gradient(const std::function<Tensor(const Tensor&)>& loss, const Row& at, const Row& expected,
                      double tolerance = 1e-6) {
  for (const DType dtype : {float32, float64})
    for (const bool through_ops : {false, true}) {
      INFO(name(dtype) << ", through ops " << through_ops);
      const Tensor x = cast(tensor(at), dtype).require_grad();
      require_near(row(grad(loss(x), x, {.create_graph = through_ops})), expected, tolerance);
    }
}

const Tensor first = scalar(std::int64_t{0});

}  // namespace

TEST_CASE("cross entropy of large equal logits", "[ops]") {
  for (const double large : {1e3, 1e6, 1e8, 1e15, -1e6, -1e8}) {
    INFO("logits of " << large);
    const Row logits{large, large, large > 0 ? 0 : 3 * large};
    require_gradient([](const Tensor& x) { return cross_entropy(x, first); }, logits, {-0.5, 0.5, 0});
    require_gradient([](const Tensor& x) { return logsumexp(x); }, logits, {0.5, 0.5, 0});
    require_gradient([](const Tensor& x) { return select(softmax(x), 0, 0); }, logits, {0.25, -0.25, 0});
    require_gradient([](const Tensor& x) { return select(log_softmax(x), 0, 0); }, logits, {0.5, -0.5, 0});
    require_gradient([](const Tensor& x) { return nll_loss(log_softmax(x), first); }, logits, {-0.5, 0.5, 0});
    require_gradient([](const Tensor& x) { return cross_entropy(x, cast(tensor(Row{0.75, 0.25, 0}), x.dtype())); },
                     logits, {-0.25, 0.25, 0});
    require_gradient([](const Tensor& x) { return cross_entropy(x, first, {.label_smoothing = 0.3}); }, logits,
                     {-0.3, 0.4, -0.1});
    require_gradient(
        [](const Tensor& x) {
          return cross_entropy(x, first,
                               {.weights = cast(tensor(Row{2, 1, 1}), x.dtype()), .reduction = Reduction::sum});
        },
        logits, {-1, 1, 0});
    // x [1, 1] times weight [3, 1]: the logits are the weights.
    require_gradient(
        [](const Tensor& x) {
          return linear_cross_entropy(ones({1, 1}, x.dtype()), reshape(x, {3, 1}), {},
                                      tensor(std::vector<std::int64_t>{0}));
        },
        logits, {-0.5, 0.5, 0});
    require_near(row(cross_entropy(tensor(logits), first)), {std::log(2)}, 1e-6);
    if (std::abs(large) < 1e8)
      require_near(row(cross_entropy(cast(tensor(Row{large, large, large}), float32), first, {.label_smoothing = 0.3})),
                   {std::log(3)});
  }
}

TEST_CASE("infinity in logsumexp", "[ops]") {
  for (const DType dtype : {float32, float64}) {
    const auto of = [&](const Row& x) { return row(logsumexp(cast(tensor(x), dtype)))[0]; };
    CHECK(of({infinity, 0}) == infinity);
    CHECK(of({infinity, infinity}) == infinity);
    CHECK(of({infinity, -infinity}) == infinity);
    CHECK(of({-infinity, 1}) == 1);
    CHECK(of({-infinity, -infinity}) == -infinity);
    CHECK(std::isnan(of({infinity, NAN})));
  }
  const auto f = [](const Tensor& x) { return logsumexp(x); };
  require_gradient(f, {infinity, 0}, {1, 0});
  require_gradient(f, {infinity, 0, infinity, -infinity}, {0.5, 0, 0.5, 0});
  require_gradient(f, {-infinity, -infinity}, {0, 0});
  require_gradient(f, {-infinity, 2}, {0, 1});
  const auto scanned = [](const Tensor& x) { return sum(logcumsumexp(x, 0)); };
  require_gradient(scanned, {0, infinity, 1}, {1, 2, 0});
  require_gradient(scanned, {-infinity, 0}, {0, 1});
}

TEST_CASE("a probability of 0 adds nothing, even if the logit is -infinity", "[ops]") {
  const Row logits{0, -infinity, 0};
  const auto target = [](const Tensor& x) { return cast(tensor(Row{0.5, 0, 0.5}), x.dtype()); };
  const auto with_probabilities = [&](const Tensor& x) { return cross_entropy(x, target(x)); };
  require_near(row(with_probabilities(tensor(logits))), {std::log(2)});
  require_gradient(with_probabilities, logits, {0, 0, 0});
  const auto divergence = [&](const Tensor& x) { return kl_divergence(x, target(x), Reduction::sum); };
  require_near(row(divergence(tensor(logits))), {std::log(0.5)});
  require_gradient(divergence, logits, {-0.5, 0, -0.5});
  for (const bool through_ops : {false, true}) {
    const Tensor q = tensor(Row{0.5, 0, 0.5}).require_grad(), x = tensor(logits);
    const GradOptions options{.create_graph = through_ops};
    require_near(row(grad(cross_entropy(x, q), q, options)), {std::log(2), 0, std::log(2)});
  }
  const auto with_weights = [](const Tensor& x) {
    return cross_entropy(x, first, {.weights = cast(tensor(Row{1, 0, 1}), x.dtype()), .label_smoothing = 0.3});
  };
  require_near(row(with_weights(tensor(logits))), {0.7 * std::log(2) + 0.1 * 2 * std::log(2)});
  require_gradient(with_weights, logits, {-0.8 + 0.9 / 2, 0, -0.1 + 0.9 / 2});
  const auto of_class = [](const Tensor& x) { return cross_entropy(x, first); };
  require_near(row(of_class(tensor(logits))), {std::log(2)});
  require_gradient(of_class, logits, {-0.5, 0, 0.5});
  CHECK(row(cross_entropy(tensor(Row{-infinity, 0}), first))[0] == infinity);
  CHECK(row(cross_entropy(tensor(Row{-infinity, -infinity}), first))[0] == infinity);
  require_gradient(of_class, {-infinity, -infinity}, {-1, 0});
}

TEST_CASE("weighted treats 0 times infinity as 0", "[ops]") {
  const Tensor factor = tensor(Row{0, 2, 0, 1}).require_grad(), x = tensor(Row{infinity, 3, 4, 5}).require_grad();
  const Tensor y = weighted(factor, x);
  require_near(row(y), {0, 6, 0, 5}, 0);
  const auto gradients = grad(sum(y), {factor, x});
  require_near(row(gradients[0]), {0, 3, 4, 5}, 0);
  require_near(row(gradients[1]), {0, 2, 0, 1}, 0);
}

TEST_CASE("binary losses of logits of large magnitude", "[ops]") {
  const auto binary = [](double x, double target, DType dtype) {
    return row(binary_cross_entropy_with_logits(cast(tensor(Row{x}), dtype), cast(tensor(Row{target}), dtype)))[0];
  };
  for (const DType dtype : {float32, float64})
    for (const double far : {1e4, 1e30, infinity}) {
      CHECK(binary(far, 1, dtype) == 0);
      CHECK(binary(-far, 0, dtype) == 0);
      CHECK(binary(far, 0, dtype) == Approx(far));
      CHECK(binary(-far, 1, dtype) == Approx(far));
      CHECK(row(focal_loss(cast(tensor(Row{far}), dtype), cast(tensor(Row{1}), dtype)))[0] == 0);
      CHECK(row(log_sigmoid(cast(tensor(Row{far}), dtype)))[0] == 0);
      CHECK(row(softplus(cast(tensor(Row{-far}), dtype)))[0] == 0);
      CHECK(row(softplus(cast(tensor(Row{far}), dtype)))[0] == Approx(far));
    }
  CHECK(binary(-20, 0, float32) == Approx(2.0611536e-9).epsilon(1e-5));
  for (const double far : {1e30, infinity}) {
    require_gradient([](const Tensor& x) { return binary_cross_entropy_with_logits(x, ones(x.shape(), x.dtype())); },
                     {far, -far}, {0, -0.5});
    require_gradient([](const Tensor& x) { return sum(softplus(x)); }, {far, -far}, {1, 0});
    require_gradient([](const Tensor& x) { return sum(log_sigmoid(x)); }, {far, -far}, {0, 1});
  }
}

TEST_CASE("cosine similarity of a zero vector", "[ops]") {
  const auto f = [](const Tensor& x) { return cosine_similarity(x, ones(x.shape(), x.dtype())); };
  CHECK(row(f(zeros({3})))[0] == 0);
  const Tensor x = zeros({3}).require_grad();
  for (const double g : row(grad(f(x), x))) CHECK(std::isfinite(g));
}
