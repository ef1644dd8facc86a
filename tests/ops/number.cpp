// Number operands: no op changes one silently.
// Also tests graph/number.h.
#include <heed/graph/number.h>
#include <heed/heed.h>

#include <cmath>
#include <functional>
#include <limits>

#include "catch.h"

using namespace heed;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity(),
                 not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t long_odd = (std::int64_t{1} << 53) + 1;  // no double has this value

std::vector<bool> bools(const Tensor& x) { return x.to_vector<bool>(); }

Tensor as(DType dtype, std::initializer_list<double> values) {
  return cast(tensor(std::vector<double>(values)), dtype);
}

}  // namespace

TEST_CASE("comparisons with a number use its exact value", "[ops]") {
  using Op = Tensor (*)(const Tensor&, Number);
  struct Case {
    Op op;
    bool (*of)(long double, long double);
  };
  const Case cases[] = {{equal, [](long double a, long double b) { return a == b; }},
                        {not_equal, [](long double a, long double b) { return a != b; }},
                        {less, [](long double a, long double b) { return a < b; }},
                        {less_equal, [](long double a, long double b) { return a <= b; }},
                        {greater, [](long double a, long double b) { return a > b; }},
                        {greater_equal, [](long double a, long double b) { return a >= b; }}};
  const std::vector<double> numbers{0,    0.5,  -0.5,  1,    1.5,   -1.5,        2147483647, 2147483647.5, 2147483648.0,
                                    -3e9, 3e9,  1e10,  1e19, -1e19, 1e300,       -1e300,     infinity,     -infinity,
                                    0.25, 1e39, -1e39, 7e4,  -7e4,  not_a_number};
  const auto check = [&]<class T>(const std::vector<T>& elements) {
    const Tensor x = tensor(elements);
    for (const double number : numbers)
      for (const Case& one : cases) {
        const auto found = bools(one.op(x, number));
        for (std::size_t i = 0; i < elements.size(); ++i) {
          CAPTURE(number, i, name(x.dtype()), &one - cases);
          long double element = 0;
          if constexpr (std::is_same_v<T, Float16> || std::is_same_v<T, Bfloat16>)
            element = static_cast<long double>(static_cast<float>(elements[i]));
          else
            element = static_cast<long double>(elements[i]);
          CHECK(found[i] == one.of(element, static_cast<long double>(number)));
        }
      }
  };
  using Int = std::numeric_limits<std::int32_t>;
  using Long = std::numeric_limits<std::int64_t>;
  check(std::vector<std::int32_t>{0, 1, -1, 2, Int::max(), Int::min()});
  check(std::vector<std::int64_t>{0, 1, -1, 2, 3000000000, Long::max(), Long::min()});
  check(std::vector<double>{0, 0.5, -0.5, 1.5, infinity, -infinity, not_a_number, 1e300});
  const float large = std::numeric_limits<float>::max(), endless = std::numeric_limits<float>::infinity();
  check(std::vector<float>{0, 0.5f, -1.5f, large, -large, endless, -endless, std::nanf("")});
  check(
      std::vector<Float16>{Float16(0.5f), Float16(65504.0f), Float16(-65504.0f), Float16(endless), Float16(-endless)});
  check(std::vector<Bfloat16>{Bfloat16(0.5f), Bfloat16(large), Bfloat16(endless), Bfloat16(-endless)});
}

TEST_CASE("comparisons with numbers that no double represents, of bool, and after rounding", "[ops]") {
  const Tensor x = tensor({long_odd - 1, long_odd, long_odd + 1});
  CHECK(bools(equal(x, long_odd)) == std::vector<bool>{false, true, false});
  CHECK(bools(x < long_odd) == std::vector<bool>{true, false, false});
  CHECK(bools(x >= long_odd) == std::vector<bool>{false, true, true});
  CHECK(bools(x < std::numeric_limits<std::uint64_t>::max()) == std::vector<bool>{true, true, true});
  const Tensor truth = zeros({2}, boolean);
  assign(select(truth, 0, 1), true);
  CHECK(bools(less(truth, 0.5)) == std::vector<bool>{true, false});
  CHECK(bools(equal(truth, 2)) == std::vector<bool>{false, false});
  CHECK(bools(not_equal(truth, not_a_number)) == std::vector<bool>{true, true});
  CHECK(bools(greater(truth, -1)) == std::vector<bool>{true, true});
  CHECK(bools(equal(truth, 1)) == std::vector<bool>{false, true});
  CHECK(bools(equal(tensor({0.1f, 0.2f}), 0.1)) == std::vector<bool>{true, false});
}

TEST_CASE("an op refuses a number that its dtype cannot represent", "[ops]") {
  struct Case {
    const char* op;
    std::function<Tensor(const Tensor&, Number)> of;
  };
  const Tensor mask = zeros({3}, boolean), index = zeros({3}, int64);
  const auto in_place = [](const auto& write) {
    return [write](const Tensor& x, Number number) {
      write(x, number);
      return x;
    };
  };
  const std::vector<Case> cases{
      {"add", [](const Tensor& x, Number n) { return n + x; }},
      {"subtract", [](const Tensor& x, Number n) { return x - n; }},
      {"subtract", [](const Tensor& x, Number n) { return n - x; }},
      {"multiply", [](const Tensor& x, Number n) { return x * n; }},
      {"full", [](const Tensor& x, Number n) { return full({2}, n, x.dtype()); }},
      {"masked_fill", [&](const Tensor& x, Number n) { return masked_fill(x, mask, n); }},
      {"pad", [](const Tensor& x, Number n) { return pad(x, {1, 1}, {.value = n}); }},
      {"shift", [](const Tensor& x, Number n) { return shift(x, 0, 1, n); }},
      {"scatter", [&](const Tensor& x, Number n) { return scatter(x, 0, index, n); }},
      {"pow", [](const Tensor& x, Number n) { return pow(n, x); }},
      {"floor_divide", [](const Tensor& x, Number n) { return floor_divide(x, n); }},
      {"remainder", [](const Tensor& x, Number n) { return remainder(x, n); }},
      {"fmod", [](const Tensor& x, Number n) { return fmod(x, n); }},
      {"clamp_min", [](const Tensor& x, Number n) { return clamp_min(x, n); }},
      {"clamp_max", [](const Tensor& x, Number n) { return clamp_max(x, n); }},
      {"maximum", [](const Tensor& x, Number n) { return maximum(x, n); }},
      {"minimum", [](const Tensor& x, Number n) { return minimum(x, n); }},
      {"assign", in_place([](const Tensor& x, Number n) { assign(x, n); })},
      {"assign_where", in_place([&](const Tensor& x, Number n) { assign_where(x, mask, n); })},
      {"+=", in_place([](const Tensor& x, Number n) { x += n; })},
      {"-=", in_place([](const Tensor& x, Number n) { x -= n; })},
      {"*=", in_place([](const Tensor& x, Number n) { x *= n; })}};
  for (const Case& one : cases)
    for (const DType dtype : {int32, int64})
      for (const double number : {0.5, -1.5, not_a_number}) {
        const Tensor x = as(dtype, {1, 2, 3});
        CAPTURE(one.op, number);
        try {
          one.of(x, number);
          FAIL("no error");
        } catch (const Error& error) {
          const std::string says = error.what();
          CHECK(says.starts_with(std::string(one.op) + ": "));
        }
        CHECK(cast(x, int64).to_vector<std::int64_t>() == std::vector<std::int64_t>{1, 2, 3});
        CHECK_NOTHROW(one.of(x, 2.0));
      }
  CHECK_THROWS_WITH(tensor({1, 2}) * 0.5,
                    "multiply: int32 has no value 0.5, and the number is not changed to one that it has; cast the "
                    "tensor to another dtype");
  CHECK_THROWS_WITH(tensor({1.0f}) * 1e300, "multiply: the number 1e+300 is too large for float32");
  CHECK_THROWS_AS(tensor({1}) + 3000000000, Error);
  CHECK_THROWS_AS(full({2}, 1e5, float16), Error);
  CHECK_THROWS_AS(full({2}, 2, boolean), Error);
  CHECK_THROWS_AS(full({2}, not_a_number, boolean), Error);
  CHECK_THROWS_AS(masked_fill(tensor({std::int64_t{1}}), zeros({1}, boolean), -infinity), Error);
  CHECK_THROWS_AS(pow(tensor({1, 2}), 0.5), Error);
  CHECK_THROWS_AS(nan_to_num(tensor({std::nanf("")}), 1e300), Error);
  CHECK(std::isinf(full({1}, -infinity).item()));
  CHECK(std::isnan((tensor({1.0f}) * not_a_number).item()));
}

TEST_CASE("bounds outside the range of the dtype change nothing, or are refused", "[ops]") {
  CHECK(clamp(tensor({5}), -1e10, 1e10).item<int>() == 5);
  CHECK(clamp(tensor({5}), -infinity, infinity).item<int>() == 5);
  CHECK(clamp_max(tensor({std::int64_t{5}}), 1e30).item<std::int64_t>() == 5);
  CHECK(clamp(tensor({7}), 2.0, 6.0).item<int>() == 6);
  CHECK(minimum(tensor({5}), 3e9).item<int>() == 5);
  CHECK(maximum(tensor({5}), -infinity).item<int>() == 5);
  CHECK(clamp_min(tensor({long_odd}), long_odd).item<std::int64_t>() == long_odd);
  CHECK(clamp_max(tensor({long_odd + 1}), long_odd).item<std::int64_t>() == long_odd);
  CHECK(clamp(tensor({3.0f}), -1e300, 1e300).item() == 3);
  CHECK(std::isinf(clamp_max(tensor({std::numeric_limits<float>::infinity()}), 1e300).item()));
  CHECK_THROWS_AS(clamp_min(tensor({5}), 3e9), Error);
  CHECK_THROWS_AS(minimum(tensor({5}), -infinity), Error);
  for (const DType dtype : {float32, float64, int32, int64}) {
    CHECK_THROWS_AS(clamp_min(ones({2}, dtype), not_a_number), Error);
    CHECK_THROWS_AS(clamp_max(ones({2}, dtype), not_a_number), Error);
    CHECK_THROWS_AS(clamp(ones({2}, dtype), 0, not_a_number), Error);
  }
}

TEST_CASE("int64 stays exact in ops with numbers", "[ops]") {
  CHECK(scalar(long_odd).item<std::int64_t>() == long_odd);
  CHECK(to_string(scalar(long_odd)) == "9007199254740993  int64 []");
  CHECK(full({}, long_odd, int64).item<std::int64_t>() == long_odd);
  CHECK((scalar(std::int64_t{1}) + (long_odd - 1)).item<std::int64_t>() == long_odd);
  CHECK((scalar(std::int64_t{1}) * long_odd).item<std::int64_t>() == long_odd);
  CHECK((long_odd - scalar(std::int64_t{0})).item<std::int64_t>() == long_odd);
  CHECK((-scalar(long_odd)).item<std::int64_t>() == -long_odd);
  CHECK(remainder(scalar(long_odd), long_odd - 1).item<std::int64_t>() == 1);
  CHECK(pow(scalar(long_odd), 1).item<std::int64_t>() == long_odd);
  CHECK(masked_fill(zeros({1}, int64), ones({1}, boolean), long_odd).item<std::int64_t>() == long_odd);
  const Tensor target = zeros({1}, int64);
  assign(target, long_odd);
  CHECK(target.item<std::int64_t>() == long_odd);
  target += 1;
  CHECK(target.item<std::int64_t>() == long_odd + 1);
  CHECK(sum(tensor({long_odd, std::int64_t{1}})).item<std::int64_t>() == long_odd + 1);
  CHECK(full({}, std::numeric_limits<std::int64_t>::min(), int64).item<std::int64_t>() ==
        std::numeric_limits<std::int64_t>::min());
}

TEST_CASE("item returns the value, or throws if the type cannot represent it", "[ops]") {
  CHECK(scalar(3.0).item<int>() == 3);
  CHECK(scalar(std::int64_t{200}).item<std::uint8_t>() == 200);
  CHECK(scalar(0.1).item<float>() == 0.1f);
  CHECK(scalar(1).item<bool>());
  CHECK_THROWS_AS(scalar(0.5).item<int>(), Error);
  CHECK_THROWS_AS(scalar(not_a_number).item<std::int64_t>(), Error);
  CHECK_THROWS_AS(scalar(std::int64_t{1} << 40).item<int>(), Error);
  CHECK_THROWS_AS(scalar(-1).item<std::size_t>(), Error);
  CHECK_THROWS_AS(scalar(2).item<bool>(), Error);
}

TEST_CASE("sums and products of integers and bool are int64", "[ops]") {
  const Tensor large = full({3}, 1 << 30, int32);
  CHECK(sum(large).dtype() == int64);
  CHECK(sum(large).item<std::int64_t>() == std::int64_t{3} << 30);
  CHECK(sum(reshape(large, {3, 1}), 0).item<std::int64_t>() == std::int64_t{3} << 30);
  CHECK(prod(full({2}, 1 << 20, int32)).item<std::int64_t>() == std::int64_t{1} << 40);
  CHECK(cumsum(large, 0).to_vector<std::int64_t>() ==
        std::vector<std::int64_t>{std::int64_t{1} << 30, std::int64_t{2} << 30, std::int64_t{3} << 30});
  CHECK(cumprod(full({2}, 1 << 20, int32), 0).to_vector<std::int64_t>()[1] == std::int64_t{1} << 40);
  const Tensor truth = equal(tensor({1, 2, 1}), 1);
  CHECK(sum(truth).item<std::int64_t>() == 2);
  CHECK(sum(truth, 0, true).dtype() == int64);
  CHECK(prod(truth).item<std::int64_t>() == 0);
  CHECK(cumsum(truth, 0).to_vector<std::int64_t>() == std::vector<std::int64_t>{1, 1, 2});
  CHECK(sum(zeros({0}, boolean)).item<std::int64_t>() == 0);
  CHECK_THROWS_AS(mean(truth), Error);
  CHECK_THROWS_AS(mean(large), Error);
}

TEST_CASE("cast truncates fractions, and refuses values out of range", "[ops]") {
  CHECK(cast(tensor({1.9, -1.9, 2147483647.9, -2147483648.9}), int32).to_vector<std::int32_t>() ==
        std::vector<std::int32_t>{1, -1, 2147483647, std::numeric_limits<std::int32_t>::min()});
  CHECK(cast(tensor({-0x1p63f}), int64).item<std::int64_t>() == std::numeric_limits<std::int64_t>::min());
  for (const double number : {2147483648.0, -2147483649.0, 1e300, infinity, -infinity, not_a_number})
    CHECK_THROWS_AS(cast(tensor({0.0, number}), int32), Error);
  for (const float number : {0x1p63f, -0x1.000002p63f, std::nanf("")})
    CHECK_THROWS_AS(cast(tensor({0.0f, number}), int64), Error);
  CHECK_THROWS_WITH(cast(tensor({std::int64_t{1}, std::int64_t{1} << 40}), int32),
                    "cast: x is int64 [2] with an element 1099511627776, which is out of range for int32");
  CHECK_THROWS_AS(cast(cast(tensor({infinity}), float16), int32), Error);
  CHECK(cast(tensor({not_a_number}), boolean).item<bool>());
  CHECK(std::isinf(cast(tensor({1e300}), float32).item()));
  CHECK_THROWS_AS(arange(100000, float16), Error);
}

TEST_CASE("numeric options of ops must be valid", "[ops]") {
  struct Case {
    std::string begins;
    std::function<void(double)> call;
    std::vector<double> wrong;  // in addition to NaN
  };
  const std::vector<double> infinite{infinity, -infinity}, negative{infinity, -1}, not_positive{infinity, -1, 0};
  const Tensor x = tensor(std::vector<double>{-1, 0, 2}), row = reshape(x, {1, 3}), one = ones({1}, float64);
  const std::vector<double> no_chance{-0.1, 1.1, infinity};
  const Sequences three{3};
  const Tensor heads = reshape(concat({x, x}, 0), {3, 1, 2});
  const std::vector<Case> cases{
      {"elu: alpha", [&](double v) { elu(x, v); }, infinite},
      {"leaky_relu: slope", [&](double v) { leaky_relu(x, v); }, infinite},
      {"softplus: beta", [&](double v) { softplus(x, v); }, not_positive},
      {"hard_tanh: low", [&](double v) { hard_tanh(x, v); }, {1, infinity}},
      {"hard_tanh: low", [&](double v) { hard_tanh(x, -1, v); }, {-1, -infinity}},
      {"lerp: weight", [&](double v) { lerp(x, x, v); }, infinite},
      {"huber_loss: delta", [&](double v) { huber_loss(x, x, v); }, not_positive},
      {"smooth_l1_loss: beta", [&](double v) { smooth_l1_loss(x, x, v); }, negative},
      {"hinge_loss: margin", [&](double v) { hinge_loss(x, x, v); }, infinite},
      {"margin_ranking_loss: margin", [&](double v) { margin_ranking_loss(x, x, x, v); }, infinite},
      {"cosine_similarity: epsilon", [&](double v) { cosine_similarity(x, x, -1, v); }, negative},
      {"cosine_embedding_loss: margin", [&](double v) { cosine_embedding_loss(row, row, one, v); }, infinite},
      {"info_nce: the temperature", [&](double v) { info_nce(row, row, {.temperature = v}); }, not_positive},
      {"focal_loss: alpha", [&](double v) { focal_loss(x, x, {.alpha = v}); }, {infinity, 1.5}},
      {"focal_loss: gamma", [&](double v) { focal_loss(x, x, {.gamma = v}); }, negative},
      {"cross_entropy: label_smoothing", [&](double v) { cross_entropy(row, tensor({1}), {.label_smoothing = v}); },
       no_chance},
      {"cross_entropy: z_loss", [&](double v) { cross_entropy(row, tensor({1}), {.z_loss = v}); }, negative},
      {"variance: correction", [&](double v) { variance(x, {}, false, v); }, infinite},
      {"standard_deviation: correction", [&](double v) { standard_deviation(x, {}, false, v); }, infinite},
      {"norm: p", [&](double v) { norm(x, v); }, {}},
      {"isclose: rtol", [&](double v) { isclose(x, x, v); }, negative},
      {"isclose: atol", [&](double v) { allclose(x, x, 0, v); }, negative},
      {"layer_norm: epsilon", [&](double v) { layer_norm(x, {}, {}, v); }, negative},
      {"rms_norm: epsilon", [&](double v) { rms_norm(x, {}, v); }, negative},
      {"group_norm: epsilon", [&](double v) { group_norm(row, 1, {}, {}, v); }, negative},
      {"batch_norm: epsilon", [&](double v) { batch_norm(row, {}, {}, {}, {}, {.training = false, .epsilon = v}); },
       negative},
      {"batch_norm: the momentum",
       [&](double v) { batch_norm(row, {}, {}, {}, {}, {.training = false, .momentum = v}); }, no_chance},
      {"dropout: p", [&](double v) { dropout(x, v); }, {-0.1, 1, infinity}},
      {"bernoulli: the probability", [&](double v) { bernoulli({2}, v); }, no_chance},
      {"uniform: low", [&](double v) { uniform({2}, v, 1); }, infinite},
      {"uniform: ", [&](double v) { uniform({2}, 0, v); }, infinite},
      {"normal: the mean", [&](double v) { normal({2}, v); }, infinite},
      {"normal: stddev", [&](double v) { normal({2}, 0, v); }, negative},
      {"truncated_normal: the mean", [&](double v) { truncated_normal({2}, v); }, infinite},
      {"truncated_normal: stddev", [&](double v) { truncated_normal({2}, 0, v); }, not_positive},
      {"truncated_normal: low", [&](double v) { truncated_normal({2}, 0, 1, v); }, {2, infinity}},
      {"truncated_normal: low", [&](double v) { truncated_normal({2}, 0, 1, -2, v); }, {-2, -infinity}},
      {"exponential: the rate", [&](double v) { exponential({2}, v); }, not_positive},
      {"rotary: the base", [&](double v) { rotary(heads, tensor<std::int64_t>({0, 1, 2}), v); }, not_positive},
      {"rotary_frequencies: the base", [&](double v) { rotary_frequencies(4, v); }, {1, -1, infinity}},
      {"rotary_frequencies: the factor",
       [&](double v) { rotary_frequencies(4, 10, LinearScaling{.factor = v}); },
       {0.5, infinity}},
      {"rotary_frequencies: the factor",
       [&](double v) { rotary_frequencies(4, 10, NtkScaling{.factor = v}); },
       {0.5, infinity}},
      {"rotary_frequencies: the factor",
       [&](double v) { rotary_frequencies(4, 10, YarnScaling{.factor = v, .trained_length = 8}); },
       {0.5, infinity}},
      {"rotary_frequencies: ",
       [&](double v) { rotary_frequencies(4, 10, YarnScaling{.factor = 2, .trained_length = 8, .fast = v}); },
       {0.5, infinity}},
      {"rotary_frequencies: ",
       [&](double v) { rotary_frequencies(4, 10, YarnScaling{.factor = 2, .trained_length = 8, .slow = v}); },
       {0, -1, 32}},
      {"rotary_frequencies: ",
       [&](double v) { rotary_frequencies(4, 10, YarnScaling{.factor = 2, .trained_length = 8, .magnitude = v}); },
       negative},
      {"rotary_frequencies: ",
       [&](double v) { rotary_frequencies(4, 10, Llama3Scaling{.factor = 2, .trained_length = 8, .fast = v}); },
       {0.5, infinity}},
      {"rotary_frequencies: ",
       [&](double v) { rotary_frequencies(4, 10, Llama3Scaling{.factor = 2, .trained_length = 8, .slow = v}); },
       {0, -1, 4}},
      {"rotary_frequencies: ",
       [&](double v) { rotary_frequencies(4, 10, XposScaling{.side = RotarySide::query, .length = v}); }, not_positive},
      {"RotaryFrequencies: ", [&](double v) { RotaryFrequencies({v}); }, infinite},
      {"RotaryFrequencies: ", [&](double v) { RotaryFrequencies({1}, v); }, infinite},
      {"RotaryFrequencies: ", [&](double v) { RotaryFrequencies({1}, 1, {v}); }, infinite},
      {"attention: scale", [&](double v) { attention(heads, heads, heads, three, {.scale = v}); }, infinite},
      {"attention: dropout",
       [&](double v) { attention(heads, heads, heads, three, {.dropout = static_cast<float>(v)}); },
       {-0.1, 1, infinity}},
      {"scale_gradient: factor", [&](double v) { scale_gradient(x, v); }, infinite},
      {"reverse_gradient: factor", [&](double v) { reverse_gradient(x, v); }, infinite},
  };
  for (const Case& one_case : cases) {
    std::vector<double> wrong = one_case.wrong;
    wrong.push_back(not_a_number);
    for (const double value : wrong) {
      CAPTURE(one_case.begins, value);
      try {
        one_case.call(value);
        FAIL_CHECK("no error");
      } catch (const Error& error) {
        CHECK(std::string(error.what()).starts_with(one_case.begins));
      }
    }
  }
  CHECK_THROWS_AS(leaky_relu(cast(x, float32), 1e300), Error);
}
