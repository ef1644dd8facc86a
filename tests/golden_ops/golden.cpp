// Values and gradients of ops compared with PyTorch's, which tests/golden/make.py writes.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>

#include "catch.h"
#include "golden_folder.h"
#include "rows.h"

using namespace heed;
using golden::Tensors;

namespace {

struct Case {
  Tensors inputs, constants, gradients;
  Tensor y, dy;
};

std::map<std::string, Case> read_cases() {
  std::map<std::string, Case> cases;
  for (const auto& file : std::filesystem::directory_iterator(golden_folder() + "/ops"))
    for (const auto& [path, value] : io::load_tensors(file.path().string()).tensors) {
      const std::size_t slash = path.rfind('/');
      Case& found = cases[path.substr(0, slash)];
      const std::string part = path.substr(slash + 1);
      const auto put = [&, &tensor = value](Tensors& list) {
        const auto i = static_cast<std::size_t>(part.back() - '0');
        if (list.size() <= i) list.resize(i + 1);
        list[i] = tensor;
      };
      if (part == "y")
        found.y = value;
      else if (part == "dy")
        found.dy = value;
      else
        put(part[0] == 'x' ? found.inputs : part[0] == 'c' ? found.constants : found.gradients);
    }
  return cases;
}

golden::Rows all_rows() {
  golden::Rows rows;
  golden::add_elementwise(rows);
  golden::add_reductions(rows);
  golden::add_shapes(rows);
  golden::add_indexing(rows);
  golden::add_products(rows);
  golden::add_layers(rows);
  golden::add_losses(rows);
  golden::add_recurrent(rows);
  return rows;
}

/// Casts floats to the dtype; integers and bool are unchanged.
Tensor in(DType dtype, const Tensor& x) { return x.dtype() == float64 ? cast(x, dtype) : x; }

/// Returns an empty string if all elements are within tolerance * (1 + |expected|), else the difference.
std::string difference(const Tensor& got, const Tensor& expected, double tolerance) {
  if (got.shape() != expected.shape()) return to_string(got.shape()) + " instead of " + to_string(expected.shape());
  const auto a = cast(got, float64).to_vector<double>(), b = expected.to_vector<double>();
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!(std::abs(a[i] - b[i]) <= tolerance * (1 + std::abs(b[i]))))
      return "element " + std::to_string(i) + " is " + std::to_string(a[i]) + " instead of " + std::to_string(b[i]);
  return "";
}

void check(const Case& expected, const golden::Compute& compute, DType dtype, double tolerance) {
  Tensors x, c;
  for (const Tensor& input : expected.inputs) x.push_back(in(dtype, input).detach());
  for (const Tensor& constant : expected.constants) c.push_back(in(dtype, constant));
  for (const Tensor& input : x) input.require_grad();
  const Tensor y = compute(x, c);
  CHECK(y.dtype() == dtype);
  CHECK(difference(y, expected.y, tolerance) == "");
  Tensors gradients(x.size());
  if (y.requires_grad()) gradients = grad(y, x, {.output_gradients = {in(dtype, expected.dy)}});
  for (std::size_t i = 0; i < x.size(); ++i) {
    INFO("the gradient of input " << i);
    CHECK(difference(gradients[i] ? gradients[i] : zeros(x[i].shape(), dtype), expected.gradients[i], tolerance) == "");
  }
}

/// Ops without a case, with the reason.
const std::map<std::string, std::string> without_case = {{"dropout", "random"},
                                                         {"uniform", "random"},
                                                         {"normal", "random"},
                                                         {"truncated_normal", "random"},
                                                         {"exponential", "random"},
                                                         {"gumbel", "random"},
                                                         {"bernoulli", "random"},
                                                         {"categorical", "random"},
                                                         {"multinomial", "random"},
                                                         {"permutation", "random"},
                                                         {"randint", "random"},
                                                         {"cached_attention", "no gradient"},
                                                         {"masked_dot", "no such op in PyTorch"},
                                                         {"masked_weighted_sum", "no such op in PyTorch"},
                                                         {"argmax", "integers"},
                                                         {"argmin", "integers"},
                                                         {"argsort", "integers"},
                                                         {"searchsorted", "integers"},
                                                         {"bucketize", "integers"},
                                                         {"nonzero", "integers"},
                                                         {"equal", "bool"},
                                                         {"not_equal", "bool"},
                                                         {"less", "bool"},
                                                         {"less_equal", "bool"},
                                                         {"greater", "bool"},
                                                         {"greater_equal", "bool"},
                                                         {"logical_and", "bool"},
                                                         {"logical_or", "bool"},
                                                         {"logical_xor", "bool"},
                                                         {"logical_not", "bool"},
                                                         {"any", "bool"},
                                                         {"all", "bool"},
                                                         {"isnan", "bool"},
                                                         {"isinf", "bool"},
                                                         {"isfinite", "bool"},
                                                         {"isclose", "bool"},
                                                         {"one_hot", "no input with a gradient"},
                                                         {"alibi_slopes", "no input with a gradient"},
                                                         {"distance_buckets", "integers"},
                                                         {"document_positions", "integers"},
                                                         {"sequence_ids", "integers"}};

/// Returns the names of the functions in public headers of ops/ that return tensors.
std::set<std::string> declared_ops() {
  static const std::regex function(R"(^(?:Tensor|Ranked|std::(?:vector|array)<Tensor[^>]*>) ([a-z_0-9]+)\()");
  std::set<std::string> names;
  for (const auto& file : std::filesystem::recursive_directory_iterator(golden_folder() + "/../../ops")) {
    const std::string folder = file.path().parent_path().string();
    const bool is_internal = folder.find("/ops/support") != folder.npos || folder.find("/ops/kernels") != folder.npos;
    if (file.path().extension() != ".h" || is_internal) continue;
    std::ifstream lines(file.path());
    std::smatch found;
    for (std::string line; std::getline(lines, line);)
      if (std::regex_search(line, found, function)) names.insert(found[1]);
  }
  return names;
}

}  // namespace

TEST_CASE("ops and their gradients agree with PyTorch's") {
  const golden::Rows rows = all_rows();
  const auto cases = read_cases();
  REQUIRE(cases.size() > 200);
  for (const auto& [name, expected] : cases) {
    INFO(name);
    const auto row = rows.find(name);
    CHECK(row != rows.end());  // the case has a row
    if (row == rows.end()) continue;
    // The case of cast rounds to float32.
    if (name != "cast") check(expected, row->second, float64, 1e-10);
    check(expected, row->second, float32, 1e-5);
  }
  for (const auto& [name, compute] : rows) {
    INFO(name);
    CHECK(cases.contains(name));  // the row has a case
  }
}

TEST_CASE("every op has a case, or a reason for having none") {
  const auto cases = read_cases();
  std::set<std::string> named;
  for (const auto& [name, expected] : cases) named.insert(name.substr(0, name.find(' ')));
  const std::set<std::string> declared = declared_ops();
  REQUIRE(declared.size() > 150);
  for (const std::string& op : declared) {
    INFO(op);
    CHECK(named.contains(op) != without_case.contains(op));
  }
}
