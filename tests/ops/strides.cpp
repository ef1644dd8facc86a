// Tensors with unusual strides - transposed, flipped, broadcast, overlapping - as targets of writes and operands of
// matrix products.

#include <heed/autodiff/backward.h>
#include <heed/graph/create.h>
#include <heed/ops/attention/attention.h>
#include <heed/ops/attention/rotary.h>
#include <heed/ops/linalg/grouped_matmul.h>
#include <heed/ops/linalg/matmul.h>
#include <heed/ops/loss/cross_entropy.h>
#include <heed/ops/loss/linear_cross_entropy.h>
#include <heed/ops/math/arithmetic.h>
#include <heed/ops/norm/channel_norm.h>
#include <heed/ops/random/random.h>
#include <heed/ops/recurrent/recurrent.h>
#include <heed/ops/shape/shape.h>
#include <heed/ops/shape/unfold.h>
#include <heed/ops/shape/view.h>
#include <heed/ops/support/strided.h>

#include "catch.h"

using namespace heed;
using namespace heed::detail;

namespace {

/// Views of 12 rows with unusual strides, and their names.
std::vector<std::pair<const char*, Tensor>> rows_of(std::int64_t width, DType dtype) {
  const Tensor x = normal({12, width}, 0, 1, dtype), line = normal({12 + width}, 0, 1, dtype);
  return {{"rows", x},
          {"one row repeated", broadcast_to(slice(x, 0, 0, 1), {12, width})},
          {"one column repeated", broadcast_to(slice(x, 1, 0, 1), {12, width})},
          {"one number", broadcast_to(normal({}, 0, 1, dtype), {12, width})},
          {"rows in reverse", flip(x, 0)},
          {"columns in reverse", flip(x, 1)},
          {"both in reverse", flip(x)},
          {"a transposed matrix", transpose(normal({width, 12}, 0, 1, dtype))},
          {"rows that overlap", strided_view(line, 0, {12, width}, {1, 1})},
          {"every second row", slice(normal({24, width}, 0, 1, dtype), 0, 1, {}, 2)},
          {"every second column", slice(normal({12, 2 * width}, 0, 1, dtype), 1, 1, {}, 2)},
          {"rows in reverse of a wider matrix", slice(flip(normal({12, width + 3}, 0, 1, dtype), 0), 1, 2, 2 + width)}};
}

/// Checks that f of views agrees with f of copies, with the gradients.
template <class Function>
void same_as_copies(std::vector<Tensor> views, const Function& f) {
  std::vector<Tensor> copies;
  for (const Tensor& view : views) copies.push_back(contiguous(view.detach()));
  const auto run = [&](std::vector<Tensor>& inputs) {
    for (Tensor& input : inputs) input = input.detach().require_grad();
    const Tensor y = f(inputs);
    std::vector<Tensor> all = grad(std::array{sum(y * y)}, std::span<const Tensor>(inputs));
    all.insert(all.begin(), y);
    return all;
  };
  const auto found = run(views), expected = run(copies);
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto a = cast(found[i].detach(), float64).template to_vector<double>(),
               b = cast(expected[i].detach(), float64).template to_vector<double>();
    REQUIRE(a.size() == b.size());
    for (std::size_t j = 0; j < a.size(); ++j) REQUIRE(a[j] == Approx(b[j]).margin(1e-4));
  }
}

}  // namespace

TEST_CASE("products take rows of any strides") {
  const Sequences sequences{5, 0, 7};
  for (const DType dtype : {float32, float64}) {
    const auto weights = rows_of(8, dtype);
    for (const auto& [name, x] : rows_of(8, dtype)) {
      for (const auto& [weight_name, weight] : weights) {
        INFO(name << " with a weight of " << weight_name << ", " << heed::name(dtype));
        const Tensor targets = arange(12);
        same_as_copies({x, weight}, [&](const auto& in) { return linear_cross_entropy(in[0], in[1], {}, targets); });
        same_as_copies({x, weight}, [&](const auto& in) {
          return linear_cross_entropy(in[0], in[1], {}, targets, {.reduction = Reduction::none});
        });
        same_as_copies({x, weight}, [&](const auto& in) { return matmul(in[0], transpose(in[1])); });
        same_as_copies({x, weight}, [&](const auto& in) { return matmul(transpose(in[0]), in[1]); });
        same_as_copies({x, weight}, [&](const auto& in) { return linear(in[0], in[1]); });
        same_as_copies({x, weight}, [&](const auto& in) {
          const Tensor of_groups = stack({slice(in[1], 0, 0, 8), slice(in[1], 0, 2, 10), slice(in[1], 0, 4, 12)});
          return grouped_matmul(in[0], sequences, of_groups);
        });
        same_as_copies({x, weight},
                       [&](const auto& in) { return grouped_matmul(in[0], sequences, unfold(in[1], 0, 10, 1)); });
      }
    }
  }
}

TEST_CASE("attention, rotary positions and recurrent units take rows of any strides") {
  const Sequences sequences{5, 0, 7};
  const Tensor positions = arange(12);
  for (const DType dtype : {float32, float64})
    for (const auto& [name, x] : rows_of(8, dtype)) {
      INFO(name << ", " << heed::name(dtype));
      const Tensor heads = unflatten(x, 1, {2, 4});
      same_as_copies({heads}, [&](const auto& in) { return rotary(in[0], positions); });
      same_as_copies({heads, heads, heads},
                     [&](const auto& in) { return attention(in[0], in[1], in[2], sequences, {.mask = causal()}); });
      same_as_copies({slice(x, 1, 0, 6), slice(slice(x, 0, 0, 6), 1, 1, 3)},
                     [&](const auto& in) { return gru(in[0], in[1], {}, {}, sequences).y; });
      same_as_copies({x, slice(slice(x, 0, 0, 8), 1, 1, 3), select(x, 0, 3), slice(slice(x, 0, 2, 5), 1, 0, 2),
                      slice(slice(x, 0, 4, 7), 1, 0, 2)},
                     [&](const auto& in) { return lstm(in[0], in[1], in[2], in[3], in[4], sequences).y; });
    }
}

TEST_CASE("batch_norm updates running values that are columns of a table, and nothing else") {
  const Tensor x = normal({4, 3, 5}, 2, 3), table = full({3, 4}, 1.0);
  const Tensor mean = full({3}, 1.0), variance = full({3}, 1.0);
  const Tensor expected = batch_norm(x, mean, variance, {}, {}, {.training = true});
  const Tensor y = batch_norm(x, select(table, 1, 1), select(table, 1, 2), {}, {}, {.training = true});
  REQUIRE(y.to_vector<float>() == expected.to_vector<float>());
  REQUIRE(select(table, 1, 0).to_vector<float>() == std::vector<float>(3, 1.0f));
  REQUIRE(select(table, 1, 1).to_vector<float>() == mean.to_vector<float>());
  REQUIRE(select(table, 1, 2).to_vector<float>() == variance.to_vector<float>());
  REQUIRE(select(table, 1, 3).to_vector<float>() == std::vector<float>(3, 1.0f));

  const Tensor reversed = full({3}, 1.0);
  batch_norm(x, flip(reversed), full({3}, 1.0), {}, {}, {.training = true});
  REQUIRE(flip(reversed).to_vector<float>() == mean.to_vector<float>());

  const Tensor number = full({}, 1.0);
  REQUIRE_THROWS_WITH(batch_norm(x, broadcast_to(number, {3}), full({3}, 1.0), {}, {}, {.training = true}),
                      "batch_norm: running_mean is [3] with strides [0], so its elements may overlap in memory; "
                      "give a contiguous tensor");
  REQUIRE(number.item() == 1);
}

TEST_CASE("batch_norm refuses running values that share elements with another tensor") {
  const Tensor x = normal({4, 3}, 2, 3), before = x + 0.0, values = full({6}, 1.0);
  const auto first = slice(values, 0, 0, 3), next = slice(values, 0, 2, 5), own = slice(values, 0, 3, 6);
  const auto message = [](const std::string& a, const std::string& b) {
    return "batch_norm: " + a + " and " + b + " share elements, but " + a +
           " is updated in place; give separate tensors";
  };
  REQUIRE_THROWS_WITH(batch_norm(x, first, first), message("running_mean", "running_variance"));
  REQUIRE_THROWS_WITH(batch_norm(x, first, next), message("running_mean", "running_variance"));
  REQUIRE_THROWS_WITH(batch_norm(x, flip(first), next), message("running_mean", "running_variance"));
  REQUIRE_THROWS_WITH(batch_norm(x, select(x, 0, 1), own), message("running_mean", "x"));
  REQUIRE_THROWS_WITH(batch_norm(x, own, select(x, 0, 1)), message("running_variance", "x"));
  REQUIRE_THROWS_WITH(batch_norm(x, own, first, next), message("running_mean", "scale"));
  REQUIRE_THROWS_WITH(batch_norm(x, own, first, {}, next), message("running_mean", "bias"));
  REQUIRE_THROWS_WITH(
      batch_norm(x, full({3}, 1.0).require_grad(), own),
      "batch_norm: running_mean requires a gradient, but it is updated in place, which is not recorded; "
      "give its detach()");
  REQUIRE(x.to_vector<float>() == before.to_vector<float>());
  REQUIRE(values.to_vector<float>() == std::vector<float>(6, 1.0f));
  batch_norm(x, slice(values, 0, 0, 6, 2), slice(values, 0, 1, 6, 2));
  batch_norm(x, first, own);
}
