// Elementary functions compared with NumPy's test vectors: results of higher precision, rounded once.
#include <algorithm>
#include <bit>
#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>

#include "catch.h"
#include "elementwise_rows.h"
#include "golden_folder.h"

using namespace heed;
using namespace table;

namespace {

/// Maximum errors in units in the last place, compared with the exact result, rounded.
struct Bound {
  std::string name;
  Function f;
  double float32, float64;
};
const std::vector<Bound> bounds = {
    {"acos", acos, 1, 1},   {"acosh", acosh, 2, 2}, {"asin", asin, 1, 1},   {"asinh", asinh, 2, 2},
    {"atan", atan, 1, 1},   {"atanh", atanh, 2, 2}, {"cos", cos, 2, 1},     {"cosh", cosh, 2, 2},
    {"exp", exp, 2, 1},     {"exp2", exp2, 1, 1},   {"expm1", expm1, 3, 1}, {"log", log, 2, 1},
    {"log10", log10, 2, 2}, {"log1p", log1p, 4, 1}, {"log2", log2, 1, 1},   {"sin", sin, 2, 1},
    {"sinh", sinh, 2, 2},   {"tan", tan, 1, 1},     {"tanh", tanh, 3, 2}};

/// Inputs and exact results of one function.
template <class T>
struct Vectors {
  std::vector<T> x, y;
};

template <class T>
Vectors<T> vectors_of(const std::string& name) {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  std::ifstream file(golden_folder() + "/elementary/functions.csv");
  Vectors<T> found;
  std::string line, function, type, x, y;
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    for (std::string* field : {&function, &type, &x, &y}) std::getline(fields, *field, ',');
    if (function != name || type != heed::name(dtype_of<T>)) continue;
    found.x.push_back(std::bit_cast<T>(static_cast<Bits>(std::stoull(x, nullptr, 16))));
    found.y.push_back(std::bit_cast<T>(static_cast<Bits>(std::stoull(y, nullptr, 16))));
  }
  return found;
}

/// Returns the error in units in the last place; subnormal numbers count as 0.
template <class T>
double error(T got, T exact) {
  constexpr T least = std::numeric_limits<T>::min();
  if (got == exact || (std::isnan(got) && std::isnan(exact)) || (std::abs(got) <= least && std::abs(exact) <= least))
    return 0;
  const double unit = std::ldexp(1.0, std::ilogb(exact) - (std::numeric_limits<T>::digits - 1));
  const double ulp = std::abs(static_cast<double>(got) - static_cast<double>(exact)) / unit;
  return std::isnan(ulp) ? infinity : ulp;
}

template <class T>
double worst_error(const Bound& bound) {
  const Vectors<T> exact = vectors_of<T>(bound.name);
  REQUIRE(exact.x.size() > 5);
  const std::vector<T> got = bound.f(tensor(exact.x)).template to_vector<T>();
  double worst = 0;
  for (std::size_t i = 0; i < got.size(); ++i) worst = std::max(worst, error(got[i], exact.y[i]));
  return worst;
}

}  // namespace

TEST_CASE("elementary functions have the documented accuracy") {
  for (const Bound& bound : bounds) {
    INFO(bound.name);
    CHECK(worst_error<float>(bound) <= bound.float32);
    CHECK(worst_error<double>(bound) <= bound.float64);
  }
}
