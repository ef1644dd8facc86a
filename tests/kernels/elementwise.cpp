#include <heed/ops/kernels/elementwise.h>

#include "harness.h"

#include <functional>

namespace heed::kernels {
namespace {

using Function = double (*)(double);
using Function2 = double (*)(double, double);

/// Runs kernel(x, y, n) for every size and stride, and compares the result with f of each element.
template <class T, class Kernel>
void check_unary(Kernel kernel, Function f, double low, double high) {
  for (const Index n : sizes) {
    for (const Index stride : {1, 0, 3}) {
      INFO("n = " << n << ", stride = " << stride);
      Buffer<T> x = numbers<T>(n == 0 ? 0 : (n - 1) * stride + 1, low, high), y(at(n));
      std::vector<double> expected;
      for (Index i = 0; i < n; ++i) expected.push_back(f(static_cast<double>(x[at(i * stride)])));
      kernel(Run<const T>{x.data(), stride}, y.data(), n);
      check_close(y, expected, rounding<T>);
      if (stride == 1) {
        kernel(Run<const T>{x.data(), stride}, x.data(), n);
        check_close(x, expected, rounding<T>);
      }
    }
  }
}

/// Runs a kernel of two inputs with different strides; Y is the type of the result.
template <class T, class Y = T, class Kernel, class Reference>
void check_binary(Kernel kernel, Reference f, double low = -3, double high = 3) {
  for (const Index n : sizes) {
    for (const auto& [p, q] : {std::pair<Index, Index>{1, 1}, {1, 0}, {0, 1}, {1, 2}, {3, 5}}) {
      INFO("n = " << n << ", strides = " << p << ", " << q);
      Buffer<T> a = numbers<T>(n == 0 ? 0 : (n - 1) * p + 1, low, high, 2);
      Buffer<T> b = numbers<T>(n == 0 ? 0 : (n - 1) * q + 1, low, high, 3);
      Buffer<Y> y(at(n));
      std::vector<double> expected;
      for (Index i = 0; i < n; ++i) {
        expected.push_back(f(static_cast<double>(a[at(i * p)]), static_cast<double>(b[at(i * q)])));
      }
      kernel(Run<const T>{a.data(), p}, Run<const T>{b.data(), q}, y.data(), n);
      check_close(y, expected, rounding<T>);
    }
  }
}

double phi(double x) { return std::exp(-x * x / 2) / std::sqrt(2 * M_PI); }
double Phi(double x) { return (1 + std::erf(x / std::sqrt(2.0))) / 2; }
double inner(double x) { return std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x); }
double inner_slope(double x) { return std::sqrt(2 / M_PI) * (1 + 3 * 0.044715 * x * x); }
double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double softplus(double x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }

struct UnaryCase {
  Unary op;
  Function f;
  double low = -6, high = 6;
};
const std::vector<UnaryCase> unary_cases = {
    {Unary::negate, [](double x) { return -x; }},
    {Unary::absolute, [](double x) { return std::abs(x); }},
    {Unary::sign, [](double x) { return double(x > 0) - double(x < 0); }},
    {Unary::square, [](double x) { return x * x; }},
    {Unary::reciprocal, [](double x) { return 1 / x; }},
    {Unary::floor, [](double x) { return std::floor(x); }},
    {Unary::ceil, [](double x) { return std::ceil(x); }},
    {Unary::round, [](double x) { return std::nearbyint(x); }},
    {Unary::trunc, [](double x) { return std::trunc(x); }},
    {Unary::sqrt, [](double x) { return std::sqrt(x); }, -1, 9},
    {Unary::rsqrt, [](double x) { return 1 / std::sqrt(x); }, -1, 9},
    {Unary::exp, [](double x) { return std::exp(x); }},
    {Unary::expm1, [](double x) { return std::expm1(x); }},
    {Unary::log, [](double x) { return std::log(x); }, -1, 9},
    {Unary::log1p, [](double x) { return std::log1p(x); }, -2, 9},
    {Unary::sin, [](double x) { return std::sin(x); }, -20, 20},
    {Unary::cos, [](double x) { return std::cos(x); }, -20, 20},
    {Unary::erf, [](double x) { return std::erf(x); }},
    {Unary::tanh, [](double x) { return std::tanh(x); }},
    {Unary::sigmoid, sigmoid},
    {Unary::relu, [](double x) { return x > 0 ? x : 0; }},
    {Unary::gelu, [](double x) { return x * Phi(x); }},
    {Unary::gelu_tanh, [](double x) { return x / 2 * (1 + std::tanh(inner(x))); }},
    {Unary::silu, [](double x) { return x * sigmoid(x); }},
    {Unary::softplus, [](double x) { return std::log1p(std::exp(x)); }},
};

struct BackwardCase {
  Backward op;
  Function2 f;  // of dy and the saved value
  double low = -4, high = 4;
};
const std::vector<BackwardCase> backward_cases = {
    {Backward::exp, [](double dy, double y) { return dy * y; }},
    {Backward::log, [](double dy, double x) { return dy / x; }},
    {Backward::sqrt, [](double dy, double y) { return dy / (2 * y); }},
    {Backward::tanh, [](double dy, double y) { return dy * (1 - y * y); }, -1, 1},
    {Backward::sigmoid, [](double dy, double y) { return dy * y * (1 - y); }, 0, 1},
    {Backward::relu, [](double dy, double y) { return y > 0 ? dy : 0; }},
    {Backward::gelu, [](double dy, double x) { return dy * (Phi(x) + x * phi(x)); }},
    {Backward::gelu_tanh,
     [](double dy, double x) {
       const double t = std::tanh(inner(x));
       return dy * ((1 + t) / 2 + x / 2 * (1 - t * t) * inner_slope(x));
     }},
    {Backward::silu, [](double dy, double x) { return dy * sigmoid(x) * (1 + x * (1 - sigmoid(x))); }},
};

struct BinaryCase {
  Binary op;
  Function2 f;
};
const std::vector<BinaryCase> binary_cases = {
    {Binary::add, [](double a, double b) { return a + b; }},
    {Binary::subtract, [](double a, double b) { return a - b; }},
    {Binary::multiply, [](double a, double b) { return a * b; }},
    {Binary::minimum, [](double a, double b) { return std::min(a, b); }},
    {Binary::maximum, [](double a, double b) { return std::max(a, b); }},
    {Binary::divide, [](double a, double b) { return a / b; }},
};

struct CompareCase {
  Compare op;
  Function2 f;
};
const std::vector<CompareCase> compare_cases = {
    {Compare::equal, [](double a, double b) { return double(a == b); }},
    {Compare::not_equal, [](double a, double b) { return double(a != b); }},
    {Compare::less, [](double a, double b) { return double(a < b); }},
    {Compare::less_equal, [](double a, double b) { return double(a <= b); }},
    {Compare::greater, [](double a, double b) { return double(a > b); }},
    {Compare::greater_equal, [](double a, double b) { return double(a >= b); }},
};

template <class T, class Op>
T unary_of(InstructionSet set, Op op, double x) {
  T value = static_cast<T>(x), y;
  get<ElementwiseKernels<T>>(set).unary[op]({&value}, &y, 1);
  return y;
}

TEMPLATE_TEST_CASE("unary kernels and their gradients", "[kernels]", float, double) {
  using T = TestType;
  REQUIRE(unary_cases.size() == at(Index(Unary::count)));
  REQUIRE(backward_cases.size() == at(Index(Backward::count)));
  on_each_set([](InstructionSet set) {
    for (const auto& [op, f, low, high] : unary_cases) {
      INFO("unary " << static_cast<int>(op));
      check_unary<T>(get<ElementwiseKernels<T>>(set).unary[op], f, low, high);
    }
    for (const auto& [op, f, low, high] : backward_cases) {
      INFO("backward " << static_cast<int>(op));
      check_binary<T>(get<ElementwiseKernels<T>>(set).backward[op], f, low, high);
    }
  });
}

TEMPLATE_TEST_CASE("unary kernels at infinities and the largest numbers", "[kernels]", float, double) {
  using T = TestType;
  struct End {
    Unary op;
    double x, y;
  };
  const std::vector<End> ends = {
      {Unary::exp, -infinity, 0},
      {Unary::exp, infinity, infinity},
      {Unary::exp, 1e4, infinity},
      {Unary::exp, -1e4, 0},
      {Unary::log, 0, -infinity},
      {Unary::log, infinity, infinity},
      {Unary::log, -1, nan},
      {Unary::log, -infinity, nan},
      {Unary::sqrt, -1, nan},
      {Unary::sqrt, infinity, infinity},
      {Unary::tanh, infinity, 1},
      {Unary::tanh, -infinity, -1},
      {Unary::erf, infinity, 1},
      {Unary::erf, -infinity, -1},
      {Unary::sigmoid, infinity, 1},
      {Unary::sigmoid, -infinity, 0},
      {Unary::relu, -infinity, 0},
      {Unary::relu, infinity, infinity},
      {Unary::gelu, 100, 100},
      {Unary::gelu, -100, 0},
      {Unary::gelu_tanh, 100, 100},
      {Unary::gelu_tanh, -100, 0},
      {Unary::sign, nan, 0},
      {Unary::reciprocal, 0, infinity},
      {Unary::round, -2.5, -2},
      {Unary::round, 3.5, 4},
      {Unary::floor, infinity, infinity},
      {Unary::trunc, -infinity, -infinity},
      {Unary::rsqrt, 0, infinity},
      {Unary::rsqrt, infinity, 0},
      {Unary::expm1, -infinity, -1},
      {Unary::expm1, infinity, infinity},
      {Unary::expm1, 1e4, infinity},
      {Unary::expm1, -1e4, -1},
      {Unary::log1p, -1, -infinity},
      {Unary::log1p, infinity, infinity},
      {Unary::log1p, -2, nan},
      {Unary::silu, 100, 100},
      {Unary::softplus, 1e4, 1e4},
      {Unary::softplus, infinity, infinity},
      {Unary::softplus, -1e4, 0},
      {Unary::softplus, -infinity, 0},
  };
  on_each_set([&](InstructionSet set) {
    for (const auto& [op, x, y] : ends) {
      INFO("unary " << static_cast<int>(op) << " of " << x);
      check_close(std::vector{unary_of<T>(set, op, x)}, std::vector{y}, 0);
    }
    for (int op = 0; op < static_cast<int>(Unary::count); ++op) {
      INFO("unary " << op << " of NaN");
      if (Unary{op} != Unary::sign) CHECK(std::isnan(unary_of<T>(set, Unary{op}, nan)));
    }
    for (const Unary op : {Unary::tanh, Unary::expm1, Unary::log1p, Unary::sin})
      CHECK(std::signbit(unary_of<T>(set, op, -0.0)));
    CHECK(std::signbit(unary_of<T>(set, Unary::negate, 0.0)));
  });
}

TEST_CASE("float functions keep their error bounds for all floats", "[kernels]") {
  struct Bound {
    Unary op;
    Function f;
    double ulp;
  };
  const std::vector<Bound> bounds = {{Unary::exp, [](double x) { return std::exp(x); }, 2},
                                     {Unary::log, [](double x) { return std::log(x); }, 2},
                                     {Unary::expm1, [](double x) { return std::expm1(x); }, 3},
                                     {Unary::log1p, [](double x) { return std::log1p(x); }, 4},
                                     {Unary::softplus, softplus, 4},
                                     {Unary::tanh, [](double x) { return std::tanh(x); }, 3},
                                     {Unary::sin, [](double x) { return std::sin(x); }, 2},
                                     {Unary::cos, [](double x) { return std::cos(x); }, 2},
                                     {Unary::erf, [](double x) { return std::erf(x); }, 3},
                                     {Unary::sigmoid, sigmoid, 3},
                                     {Unary::sqrt, [](double x) { return std::sqrt(x); }, 0.5}};
  std::vector<float> x, y;
  for (std::uint64_t bits = 0; bits < (1ull << 32); bits += 20011) {
    const auto word = static_cast<std::uint32_t>(bits);
    x.emplace_back();
    std::memcpy(&x.back(), &word, sizeof word);
  }
  y.resize(x.size());
  for (const auto& [op, f, ulp] : bounds) {
    std::vector<double> exact(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) exact[i] = f(x[i]);
    on_each_set([&](InstructionSet set) {
      INFO("unary " << static_cast<int>(op));
      get<ElementwiseKernels<float>>(set).unary[op]({x.data()}, y.data(), Index(x.size()));
      double worst = 0;
      for (std::size_t i = 0; i < x.size(); ++i) {
        const float nearest = static_cast<float>(exact[i]);
        if (std::isnan(nearest) || std::isinf(nearest)) {
          if (!(y[i] == nearest || (std::isnan(y[i]) && std::isnan(nearest)))) FAIL(x[i] << " gives " << y[i]);
        } else if (std::abs(nearest) >= std::numeric_limits<float>::min()) {
          worst = std::max(worst, std::abs(y[i] - exact[i]) / std::ldexp(1.0, std::ilogb(exact[i]) - 23));
        } else if (std::abs(y[i]) > std::numeric_limits<float>::min()) {
          FAIL(x[i] << " gives " << y[i] << ", not a number that is as good as 0");
        }
      }
      CHECK(worst <= ulp);
    });
  }
}

TEMPLATE_TEST_CASE("binary kernels and comparisons", "[kernels]", float, double, std::int32_t, std::int64_t) {
  using T = TestType;
  REQUIRE(binary_cases.size() == at(Index(Binary::count)));
  REQUIRE(compare_cases.size() == at(Index(Compare::count)));
  on_each_set([](InstructionSet set) {
    for (const auto& [op, f] : binary_cases) {
      INFO("binary " << static_cast<int>(op));
      if (op == Binary::divide && std::is_integral_v<T>) continue;
      check_binary<T>(get<NumberKernels<T>>(set).binary[op], f);
    }
    for (const auto& [op, f] : compare_cases) {
      INFO("compare " << static_cast<int>(op));
      check_binary<T, bool>(get<AnyKernels<T>>(set).compare[op], f);
    }
  });
}

TEST_CASE("comparisons of bool", "[kernels]") {
  on_each_set([](InstructionSet set) {
    for (const auto& [op, f] : compare_cases) check_binary<bool, bool>(get<AnyKernels<bool>>(set).compare[op], f);
  });
}

TEMPLATE_TEST_CASE("minimum, maximum and comparisons of NaN", "[kernels]", float, double) {
  using T = TestType;
  const T number = 1, none = std::numeric_limits<T>::quiet_NaN();
  on_each_set([&](InstructionSet set) {
    for (const auto& [a, b] : {std::pair{number, none}, {none, number}, {none, none}}) {
      for (const Binary op : {Binary::minimum, Binary::maximum}) {
        T y = 0;
        get<NumberKernels<T>>(set).binary[op]({&a}, {&b}, &y, 1);
        CHECK(std::isnan(y));
      }
      for (const auto& [op, f] : compare_cases) {
        bool y = true;
        get<AnyKernels<T>>(set).compare[op]({&a}, {&b}, &y, 1);
        CHECK(y == (op == Compare::not_equal));
      }
    }
  });
}

TEST_CASE("integers wrap around", "[kernels]") {
  const std::int32_t most = std::numeric_limits<std::int32_t>::max(), one = 1;
  on_each_set([&](InstructionSet set) {
    std::int32_t y = 0;
    get<NumberKernels<std::int32_t>>(set).binary[Binary::add]({&most}, {&one}, &y, 1);
    CHECK(y == std::numeric_limits<std::int32_t>::min());
  });
}

TEMPLATE_TEST_CASE("where, fill and copy", "[kernels]", float, double, std::int32_t, std::int64_t, bool) {
  using T = TestType;
  on_each_set([](InstructionSet set) {
    for (const Index n : sizes) {
      for (const auto& [c, p, q] : {std::array<Index, 3>{1, 1, 1}, {1, 1, 0}, {1, 0, 0}, {2, 1, 3}, {0, 1, 1}}) {
        INFO("n = " << n << ", strides = " << c << ", " << p << ", " << q);
        Buffer<bool> condition = numbers<bool>(n ? (n - 1) * c + 1 : 0);
        Buffer<T> a = numbers<T>(n ? (n - 1) * p + 1 : 0, -9, 9, 5), b = numbers<T>(n ? (n - 1) * q + 1 : 0, -9, 9, 6);
        Buffer<T> y(at(n));
        get<AnyKernels<T>>(set).where({condition.data(), c}, {a.data(), p}, {b.data(), q}, y.data(), n);
        std::vector<double> expected;
        for (Index i = 0; i < n; ++i) {
          expected.push_back(double(condition[at(i * c)] ? a[at(i * p)] : b[at(i * q)]));
        }
        check_close(y, expected, 0);
      }
      for (const auto& [p, q] : {std::pair<Index, Index>{1, 1}, {0, 1}, {3, 1}, {1, 3}, {0, 2}}) {
        const std::size_t room = at(n ? (n - 1) * q + 1 : 0);
        Buffer<T> a = numbers<T>(n ? (n - 1) * p + 1 : 0), y = numbers<T>(Index(room), 4, 9), filled = y;
        std::vector<double> copied(y.begin(), y.end()), constant = copied;
        for (Index i = 0; i < n; ++i) copied[at(i * q)] = double(a[at(i * p)]);
        for (Index i = 0; i < n; ++i) constant[at(i * q)] = double(T(7));
        get<AnyKernels<T>>(set).copy({a.data(), p}, {y.data(), q}, n);
        get<AnyKernels<T>>(set).fill(T(7), {filled.data(), q}, n);
        check_close(y, copied, 0);
        check_close(filled, constant, 0);
      }
    }
  });
}

template <class From, class To>
void check_cast(InstructionSet set) {
  for (const Index n : sizes) {
    for (const Index stride : {1, 0, 3}) {
      Buffer<From> x = numbers<From>(n ? (n - 1) * stride + 1 : 0, -2.5, 2.5);
      Buffer<To> y(at(n));
      static_cast<const Cast<From, To>&>(get<AnyKernels<From>>(set)).cast({x.data(), stride}, y.data(), n);
      std::vector<double> expected;
      for (Index i = 0; i < n; ++i) expected.push_back(double(static_cast<To>(x[at(i * stride)])));
      check_close(y, expected, 0);
    }
  }
}

TEMPLATE_TEST_CASE("casts", "[kernels]", float, double, std::int32_t, std::int64_t, bool, Bfloat16, Float16) {
  on_each_set([](InstructionSet set) {
    check_cast<TestType, float>(set);
    check_cast<TestType, double>(set);
    check_cast<TestType, std::int32_t>(set);
    check_cast<TestType, std::int64_t>(set);
    check_cast<TestType, bool>(set);
    check_cast<TestType, Bfloat16>(set);
    check_cast<TestType, Float16>(set);
  });
}

TEMPLATE_TEST_CASE("add_to, scale and blend", "[kernels]", float, double) {
  using T = TestType;
  on_each_set([](InstructionSet set) {
    for (const Index n : sizes) {
      for (const Index stride : {1, 0, 3}) {
        Buffer<T> x = numbers<T>(n ? (n - 1) * stride + 1 : 0), y = numbers<T>(n, -3, 3, 7), blended = y, scaled(at(n));
        Buffer<T> poisoned(std::vector<T>(at(n), std::numeric_limits<T>::quiet_NaN()));
        std::vector<double> sum, product, blend;
        for (Index i = 0; i < n; ++i) {
          const double v = x[at(i * stride)], w = y[at(i)];
          sum.push_back(v + w), product.push_back(T(0.3) * v), blend.push_back(T(0.3) * v + T(0.7) * w);
        }
        const Run<const T> run{x.data(), stride};
        get<NumberKernels<T>>(set).add_to(run, y.data(), n);
        get<NumberKernels<T>>(set).scale(T(0.3), run, scaled.data(), n);
        get<ElementwiseKernels<T>>(set).blend(T(0.3), run, T(0.7), blended.data(), n);
        get<ElementwiseKernels<T>>(set).blend(T(0.3), run, T(0), poisoned.data(), n);
        check_close(y, sum, rounding<T>);
        check_close(scaled, product, rounding<T>);
        check_close(blended, blend, rounding<T>);
        check_close(poisoned, product, rounding<T>);
      }
    }
  });
}

TEMPLATE_TEST_CASE("bits do not depend on where a run is split", "[kernels]", float, double) {
  using T = TestType;
  on_each_set([](InstructionSet set) {
    Buffer<T> x = numbers<T>(100, 0.1, 5), whole(100), parts(100);
    for (int op = 0; op < static_cast<int>(Unary::count); ++op) {
      const auto kernel = get<ElementwiseKernels<T>>(set).unary[Unary{op}];
      kernel({x.data()}, whole.data(), 100);
      for (Index i = 0, n = 1; i < 100; i += n, ++n) {
        kernel({x.data() + i}, parts.data() + i, std::min(n, 100 - i));
      }
      CHECK(std::equal(whole.begin(), whole.end(), parts.begin()));
    }
  });
}

}  // namespace
}  // namespace heed::kernels
