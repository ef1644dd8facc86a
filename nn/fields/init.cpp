#include "init.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "../../graph/ambient.h"
#include "../../graph/create.h"
#include "../../graph/fail.h"
#include "../../graph/support/expect_number.h"
#include "../../ops/shape/view.h"
#include "../../ops/support/strided.h"

namespace heed::nn {
using namespace heed::detail;

Tensor uniform_by_inputs(const Shape& shape, Size in) {
  const double bound = 1 / std::sqrt(static_cast<double>(std::max<std::int64_t>(in, 1)));
  return uniform(shape, -bound, bound);
}

namespace {

/// A parameter under its first path.
struct Found {
  std::string path;
  Parameter parameter;
  bool is_output_projection, is_branch_weight;

  const Shape& shape() const { return parameter.shape(); }
  DType dtype() const { return parameter.dtype(); }
};

/// A residual branch of the model, and whether one of its weights is an output projection, or a branch weight.
struct Branch {
  std::string path;
  std::string_view type;
  bool has_weights = false, has_output_projection = false, has_branch_weights = false;

  void add(const Branch& inner) {
    has_weights |= inner.has_weights;
    has_output_projection |= inner.has_output_projection;
    has_branch_weights |= inner.has_branch_weights;
  }
};

/// Collects the parameters of a model, each once, and its residual branches. The innermost layer that names output
/// projections, or branch weights, decides which of the fields below it are some.
class Finder : public fields::Reader {
 public:
  std::vector<Found> found;
  std::vector<Branch> branches;

 private:
  struct Scope {
    bool is_output_projection = false, is_branch_weight = false;
    bool is_branch = false;
  };

  void begin(const fields::LayerType& type, const void*) override {
    if (!open_.empty() && open_.back().type.empty()) open_.back().type = type.name;
  }
  void begin_field(const fields::BranchRole& role) override {
    const Scope outer = scopes_.empty() ? Scope{} : scopes_.back();
    scopes_.push_back({role.is_output_projection.value_or(outer.is_output_projection),
                       role.is_branch_weight.value_or(outer.is_branch_weight), role.is_branch});
    if (role.is_branch) open_.push_back({.path = path(), .type = {}});
  }
  void end_field() override {
    const bool closes = scopes_.back().is_branch;
    scopes_.pop_back();
    if (!closes) return;
    branches.push_back(std::move(open_.back()));
    open_.pop_back();
    if (!open_.empty()) open_.back().add(branches.back());
  }
  void parameter(const Parameter& parameter) override {
    const Scope scope = scopes_.empty() ? Scope{} : scopes_.back();
    if (!open_.empty() && parameter.role() == Role::weight)
      open_.back().add({.path = {},
                        .type = {},
                        .has_weights = true,
                        .has_output_projection = scope.is_output_projection,
                        .has_branch_weights = scope.is_branch_weight});
    if (seen_.insert(&heed::detail::body_of(parameter)).second)
      found.push_back({path(), parameter, scope.is_output_projection, scope.is_branch_weight});
  }

  std::vector<Scope> scopes_;
  std::vector<Branch> open_;
  std::unordered_set<const void*> seen_;
};

/// Throws Error unless some layer names such fields, and one in each residual branch that has weights.
void expect_named(const char* function, const Finder& model, bool Found::* is_named, bool Branch::* has_named,
                  const char* what, const char* member) {
  for (const Branch& branch : model.branches)
    if (branch.has_weights && !(branch.*has_named))
      fail(
          "{}: {}, a {}, is a residual branch that does not name its {}: its type must have the member static "
          "constexpr auto {}",
          function, branch.path, branch.type, what, member);
  if (std::none_of(model.found.begin(), model.found.end(), [&](const Found& one) { return one.*is_named; }))
    fail("{}: no layer of the model names its {} by a member static constexpr auto {}", function, what, member);
}

Finder find(AnyLayer model) {
  Finder finder;
  model.read(finder);
  return finder;
}

/// Sets each weight to make(found), and biases to 0.
template <class Make>
void initialise(const char* function, const Finder& model, const Make& make) {
  NoGrad scope;
  for (const auto& [path, parameter, is_output_projection, is_branch_weight] : model.found) {
    if (parameter.role() == Role::unspecified)
      fail(
          "{}: the role of {}, which is {}, is not known: a parameter with fewer than two axes must be made with "
          "Role::weight, Role::bias or Role::scale",
          function, path, to_string(parameter.shape()));
    if (may_overlap(parameter))
      fail("{}: {} is {} with strides {}, so one element may stand in several places", function, path,
           to_string(parameter.shape()), to_string(parameter.strides()));
  }
  for (const Found& one : model.found) {
    if (one.parameter.role() == Role::weight) {
      overwrite_elements(function, one.parameter, make(one));
    } else if (one.parameter.role() == Role::bias) {
      overwrite_elements(function, one.parameter, zeros(one.shape(), one.dtype()));
    }
  }
}

/// Length of the first axis of a weight seen as a matrix [out, in]; a vector is one row.
std::int64_t rows_of(const Shape& shape) { return shape.rank() < 2 ? 1 : shape[0]; }

struct Fans {
  double in, out;
};
Fans fans(const Shape& shape) {
  std::int64_t places = 1;
  for (int axis = 2; axis < shape.rank(); ++axis) places *= shape[axis];
  const auto count = [&](std::int64_t n) { return static_cast<double>(std::max<std::int64_t>(n * places, 1)); };
  return {count(shape.rank() < 2 ? shape.elements() : shape[1]), count(rows_of(shape))};
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

/// Random directions at right angles, by Gram and Schmidt's way: each loses what it has of those before it, twice,
/// since after the first time the rounding of long vectors may be left. No more of them than their width.
std::vector<std::vector<double>> orthonormal(std::int64_t count, std::int64_t width) {
  const std::vector<double> numbers = normal({count, width}, 0, 1, float64).to_vector<double>();
  std::vector<std::vector<double>> rows;
  for (std::int64_t r = 0; r < count; ++r) {
    std::vector<double> row(numbers.begin() + r * width, numbers.begin() + (r + 1) * width);
    for (int time = 0; time < 2; ++time)
      for (const std::vector<double>& before : rows) {
        const double share = dot(row, before);
        for (std::size_t i = 0; i < row.size(); ++i) row[i] -= share * before[i];
      }
    const double length = std::sqrt(dot(row, row));
    for (double& x : row) x /= length;
    rows.push_back(std::move(row));
  }
  return rows;
}

Tensor orthogonal(const Shape& shape, double gain, DType dtype) {
  const std::int64_t rows = rows_of(shape), columns = rows > 0 ? shape.elements() / rows : 0;
  const std::int64_t count = std::min(rows, columns), width = std::max(rows, columns);
  const auto directions = orthonormal(count, width);
  std::vector<double> values(static_cast<std::size_t>(rows * columns));
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t c = 0; c < columns; ++c) {
      const auto [direction, at] = rows <= columns ? std::pair{r, c} : std::pair{c, r};
      values[static_cast<std::size_t>(r * columns + c)] =
          gain * directions[static_cast<std::size_t>(direction)][static_cast<std::size_t>(at)];
    }
  return cast(tensor(values, shape), dtype);
}

}  // namespace

void init_normal(AnyLayer model, float stddev) {
  expect_not_negative("init_normal", "stddev", double{stddev});
  initialise("init_normal", find(model),
             [=](const Found& weight) { return normal(weight.shape(), 0, stddev, weight.dtype()); });
}

void init_truncated_normal(AnyLayer model, float stddev) {
  expect_positive("init_truncated_normal", "stddev", double{stddev});
  initialise("init_truncated_normal", find(model), [=](const Found& weight) {
    return truncated_normal(weight.shape(), 0, stddev, -2.0 * stddev, 2.0 * stddev, weight.dtype());
  });
}

void init_xavier(AnyLayer model, float gain) {
  expect_not_negative("init_xavier", "gain", double{gain});
  initialise("init_xavier", find(model), [=](const Found& weight) {
    const auto [in, out] = fans(weight.shape());
    const double bound = gain * std::sqrt(6 / (in + out));
    return uniform(weight.shape(), -bound, bound, weight.dtype());
  });
}

void init_he(AnyLayer model) {
  initialise("init_he", find(model), [](const Found& weight) {
    return normal(weight.shape(), 0, std::sqrt(2 / fans(weight.shape()).in), weight.dtype());
  });
}

void init_gpt2(AnyLayer model, Size branches, float stddev) {
  if (branches < 1) fail("init_gpt2: branches is {}, but it must be at least 1", branches.value);
  expect_not_negative("init_gpt2", "stddev", double{stddev});
  const Finder found = find(model);
  expect_named("init_gpt2", found, &Found::is_output_projection, &Branch::has_output_projection, "output projection",
               "output_projection");
  initialise("init_gpt2", found, [=](const Found& weight) {
    const double divisor = weight.is_output_projection ? std::sqrt(static_cast<double>(branches.value)) : 1;
    return normal(weight.shape(), 0, stddev / divisor, weight.dtype());
  });
}

void init_deep_norm(AnyLayer model, float beta) {
  expect_not_negative("init_deep_norm", "beta", double{beta});
  const Finder found = find(model);
  expect_named("init_deep_norm", found, &Found::is_branch_weight, &Branch::has_branch_weights, "branch weights",
               "branch_weights");
  initialise("init_deep_norm", found, [=](const Found& weight) {
    const auto [in, out] = fans(weight.shape());
    return normal(weight.shape(), 0, (weight.is_branch_weight ? beta : 1) * std::sqrt(2 / (in + out)), weight.dtype());
  });
}

void init_orthogonal(AnyLayer model, float gain) {
  expect_finite("init_orthogonal", "gain", double{gain});
  initialise("init_orthogonal", find(model),
             [=](const Found& weight) { return orthogonal(weight.shape(), gain, weight.dtype()); });
}

}  // namespace heed::nn
