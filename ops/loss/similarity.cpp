#include "similarity.h"

#include "../../graph/create.h"
#include "../../graph/fail.h"
#include "../../graph/support/expect_number.h"
#include "../index/where.h"
#include "../linalg/matmul.h"
#include "../math/activations.h"
#include "../math/arithmetic.h"
#include "../math/compare.h"
#include "../math/powers.h"
#include "../shape/view.h"
#include "../support/axes.h"
#include "../support/elementwise.h"
#include "cross_entropy.h"

namespace heed {
using namespace heed::detail;

namespace {

/// Returns max(|x|, epsilon) along one axis, which keeps length 1. The gradient of a zero vector is 0.
Tensor norm_at_least(const Tensor& x, int axis, double epsilon) {
  const double least = epsilon * epsilon;
  return sqrt(relu(sum(x * x, axis, true) - least) + least);
}

}  // namespace

Tensor cosine_similarity(const Tensor& a, const Tensor& b, int axis, double epsilon) {
  check_same_dtype("cosine_similarity", "a", a, "b", b);
  if (!is_floating(a.dtype())) wrong_dtype("cosine_similarity", a.dtype(), "float32 or float64");
  const Shape shape = broadcast("cosine_similarity", "a", a.shape(), "b", b.shape());
  const Tensor whole_a = broadcast_to(a, shape), whole_b = broadcast_to(b, shape);
  axis = axis_of("cosine_similarity", whole_a, axis);
  expect_not_negative("cosine_similarity", "epsilon", epsilon);
  return sum(whole_a / norm_at_least(whole_a, axis, epsilon) * (whole_b / norm_at_least(whole_b, axis, epsilon)), axis);
}

Tensor cosine_embedding_loss(const Tensor& a, const Tensor& b, const Tensor& target, double margin,
                             Reduction reduction) {
  Shape rows = a.shape();
  if (rows.rank() > 0) rows.erase(rows.rank() - 1);
  if (a.rank() == 0 || b.shape() != a.shape() || target.shape() != rows)
    fail("cosine_embedding_loss: a is {}, b {} and target {}, but they must be [..., width], the same, and [...]",
         to_string(a.shape()), to_string(b.shape()), to_string(target.shape()));
  expect_finite("cosine_embedding_loss", "margin", margin);
  const Tensor c = cosine_similarity(a, b);
  return reduced(where(greater(target, 0), 1 - c, relu(c - margin)), reduction);
}

Tensor info_nce(const Tensor& queries, const Tensor& keys, const InfoNceOptions& options) {
  check_same_dtype("info_nce", "queries", queries, "keys", keys);
  if (queries.rank() != 2 || keys.rank() != 2 || queries.size(1) != keys.size(1) || keys.size(0) < queries.size(0))
    fail("info_nce: queries are {} and keys {}, but they must be [n, width] and [m, width] with m >= n",
         to_string(queries.shape()), to_string(keys.shape()));
  if (options.symmetric && keys.size(0) != queries.size(0))
    fail("info_nce: queries are {} and keys {}, but with symmetric there must be the same number",
         to_string(queries.shape()), to_string(keys.shape()));
  expect_positive("info_nce", "the temperature", options.temperature);
  const auto direction = [&](const Tensor& x) { return options.normalized ? x / norm_at_least(x, -1, 1e-8) : x; };
  const Tensor scores = matmul(direction(queries), transpose(direction(keys))) / options.temperature;
  const Tensor targets = arange(queries.size(0));
  const CrossEntropyOptions as_wanted{.reduction = options.reduction};
  const Tensor loss = cross_entropy(scores, targets, as_wanted);
  return options.symmetric ? (loss + cross_entropy(transpose(scores), targets, as_wanted)) / 2 : loss;
}

}  // namespace heed
