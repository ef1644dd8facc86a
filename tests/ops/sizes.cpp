// Arguments of any size give the right result or an Error, and no crash.

#include <heed/heed.h>

#include <limits>

#include "catch.h"

using namespace heed;

namespace {

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max(),
                       least = std::numeric_limits<std::int64_t>::min(), tera = std::int64_t{1} << 40,
                       half = std::int64_t{1} << 62;
constexpr std::int64_t large[] = {most, most / 2, half, half + 1, tera, std::int64_t{1} << 32 << 5, least};

/// Broadcast view with the given number of elements, in the memory of one.
Tensor repeated(std::int64_t length) { return broadcast_to(zeros({}), {length}); }

Tensor five() { return tensor({1.0f, 2.0f, 3.0f, 4.0f, 5.0f}); }

/// Returns true if f returns, false if it throws Error; other exceptions fail the test.
template <class Function>
void right_or_sentence(const Function& f) {
  try {
    f();
  } catch (const Error& error) {
    CHECK(std::string(error.what()).size() > 10);
  }
  CHECK(sum(ones({3})).item() == 3);
}

std::vector<float> values(const Tensor& x) { return x.to_vector<float>(); }

}  // namespace

TEST_CASE("shape ops take numbers of any size") {
  const auto twice = [](std::int64_t n) { return "a size of " + std::to_string(n); };
  CHECK_THROWS_WITH(tile(five(), {half}), "tile: x is [5], and " + twice(5) +
                                              " * 4611686018427387904 was asked for, which does not fit in 64 bits");
  CHECK_THROWS_AS(concat({repeated(half), repeated(half)}), Error);
  CHECK_THROWS_AS(repeat_interleave(tensor({1.0f, 2.0f}), tensor({most, most}), 0), Error);
  CHECK_THROWS_AS(split(repeated(tera), 1), Error);
  CHECK_THROWS_AS(chunk(repeated(tera), tera), Error);
  CHECK_THROWS_AS(split(five(), {most, most, 7}), Error);
  CHECK_THROWS_AS(reshape(five(), {-1, half, 4}), Error);
  CHECK_THROWS_AS(unflatten(five(), 0, {-1, half, 4}), Error);
  CHECK(chunk(five(), most).size() == 5);
  CHECK(split(five(), most).size() == 1);
  CHECK(tile(zeros({0}), {half}).shape() == Shape{0});
  CHECK(reshape(zeros({0}), {-1, tera}).shape() == Shape{0, tera});
  for (const std::int64_t n : large) {
    right_or_sentence([&] { tile(five(), {n}); });
    right_or_sentence([&] { tile(five(), {n, n}); });
    right_or_sentence([&] { repeat_interleave(five(), n, 0); });
    right_or_sentence([&] { repeat_interleave(tensor({1.0f, 2.0f}), tensor({n, std::int64_t{1}}), 0); });
    for (const Padding mode : {Padding::constant, Padding::reflect, Padding::replicate, Padding::circular}) {
      right_or_sentence([&] { pad(five(), {n, 1}, {.mode = mode}); });
      right_or_sentence([&] { pad(five(), {n, n}, {.mode = mode}); });
      right_or_sentence([&] { pad(five(), {n, -3}, {.mode = mode}); });
    }
    right_or_sentence([&] { diag_embed(five(), n); });
    right_or_sentence([&] { broadcast_to(five(), {n, 5}); });
    right_or_sentence([&] { contiguous(broadcast_to(five(), {n, 5})); });
    right_or_sentence([&] { view(five(), {n, n}); });
    CHECK_THROWS_AS(select(five(), 0, n), Error);
    CHECK_THROWS_AS(sum(five(), Axes{n}), Error);
    CHECK_THROWS_AS(permute(five(), {n}), Error);
  }
  CHECK(values(slice(five(), 0, least, most)) == values(five()));
  CHECK(values(slice(five(), 0, {}, {}, most)) == std::vector<float>{1});
  CHECK(values(slice(five(), 0, {}, {}, least)) == std::vector<float>{5});
  CHECK(values(slice(five(), 0, most, least, -1)) == std::vector<float>{5, 4, 3, 2, 1});
  CHECK(values(slice_scatter(five(), zeros({1}), 0, 1, most, most)) == std::vector<float>{1, 0, 3, 4, 5});
  CHECK(unfold(five(), 0, 2, most).shape() == Shape{1, 2});
  CHECK(values(roll(five(), least, 0)) == std::vector<float>{4, 5, 1, 2, 3});  // 2^63 = 3 mod 5
  CHECK(values(roll(five(), most, 0)) == std::vector<float>{4, 5, 1, 2, 3});
  CHECK(values(shift(five(), 0, least)) == std::vector<float>(5, 0));
  CHECK(values(shift(five(), 0, most)) == std::vector<float>(5, 0));
  for (const std::int64_t offset : {least, most}) CHECK(diagonal(ones({3, 4}), offset).shape() == Shape{0});
  CHECK(sum(tril(ones({3, 3}), least)).item() == 0);
  CHECK(sum(triu(ones({3, 3}), most)).item() == 0);
  CHECK(sum(tril(ones({3, 3}), most)).item() == 9);
  CHECK(sum(triu(ones({3, 3}), least)).item() == 9);
  CHECK(tril(zeros({0, 1 << 20, 1 << 20})).elements() == 0);
}

TEST_CASE("counts and classes may be of any size") {
  CHECK_THROWS_AS(bincount(tensor({most})), Error);
  CHECK(one_hot(tensor(std::vector<std::int64_t>{}), tera).shape() == Shape{0, tera});
  for (const std::int64_t n : large) {
    right_or_sentence([&] { one_hot(tensor({std::int64_t{1}}), n); });
    right_or_sentence([&] { bincount(tensor({std::int64_t{1}}), n); });
    right_or_sentence([&] { bincount(tensor({n})); });
    right_or_sentence([&] { arange(n); });
    right_or_sentence([&] { permutation(n); });
    right_or_sentence([&] { uniform({n, 3}, 0, 1); });
    right_or_sentence([&] { bernoulli({n}, 0.5); });
    right_or_sentence([&] { categorical(ones({2, 3}), n); });
    right_or_sentence([&] { multinomial(ones({2, 3}), n, true); });
    right_or_sentence([&] { topk(five(), n); });
    right_or_sentence([&] { kthvalue(five(), n); });
    right_or_sentence([&] { scatter_weighted_sum(zeros({0, 0}), zeros({0}), tensor(std::vector<std::int64_t>{}), n); });
    right_or_sentence([&] { Sequences{n}; });
    right_or_sentence([&] { Sequences{n, n, n}; });
    right_or_sentence([&] { Sequences::equal(n, 0); });
    right_or_sentence([&] { Sequences::equal(3, n); });
    right_or_sentence([&] { grouped_matmul(zeros({2, 3}), tensor({std::int64_t{0}, n}), zeros({1, 3, 2})); });
    right_or_sentence([&] { alibi_slopes(n); });
    right_or_sentence([&] { rotary_frequencies(n); });
    right_or_sentence([&] { distance_buckets(tensor({n}), 32, BucketSides::both); });
    right_or_sentence([&] { nn::KeyValueCache{n}; });
    right_or_sentence([&] { nn::DecodingCache{n}; });
    right_or_sentence([&] { text::windows_at({1, 2, 3}, {0, 1}, n); });
    right_or_sentence([&] { text::random_windows({1, 2, 3}, n, 1); });
    right_or_sentence([&] { train::bootstrap(n, [](auto) { return 0.0; }); });
    right_or_sentence([&] { train::bootstrap(2, [](auto) { return 0.0; }, {.samples = n > tera ? n : 3}); });
  }
  for (const int n : {std::numeric_limits<int>::max(), std::numeric_limits<int>::min(), 0})
    CHECK_THROWS_AS(set_threads(n), Error);
  CHECK_THROWS_AS(nn::KeyValueCache{3}.select(std::array<std::int64_t, 1>{7}), Error);
  CHECK_THROWS_AS(text::translation_batch({}, {3}), Error);
  CHECK_THROWS_AS(text::read_documents("/"), Error);
}

TEST_CASE("convolutions and pools take options of any size") {
  const Tensor x = ones({1, 2, 5}), image = ones({1, 2, 5, 5});
  CHECK_THROWS_WITH(
      conv1d(x, ones({3, 2, 2}), {}, {.padding = most}),
      Catch::StartsWith("conv1d: x is [1, 2, 1, 5], and a size of 2 * 9223372036854775807 was asked for"));
  CHECK(values(conv1d(x, ones({1, 2, 2}), {}, {.stride = most})) == std::vector<float>{4});
  CHECK(conv1d(x, ones({1, 2, 1}), {}, {.dilation = most}).shape() == Shape{1, 1, 5});
  CHECK(values(max_pool1d(x, 2, {.stride = most})) == std::vector<float>{1, 1});
  CHECK(max_pool2d(image, 1, {.dilation = most}).shape() == image.shape());
  for (const std::int64_t n : large) {
    for (const std::int64_t groups : {std::int64_t{1}, std::int64_t{2}}) {
      const Tensor weight = ones({2, 2 / groups, 2}), plane = ones({2, 2 / groups, 2, 2});
      for (const std::int64_t padding : {std::int64_t{0}, n / 2 - 1, n / 2, n}) {
        right_or_sentence([&] { conv1d(x, weight, {}, {.stride = n, .padding = padding, .groups = groups}); });
        right_or_sentence([&] { conv1d(x, weight, {}, {.padding = padding, .dilation = n, .groups = groups}); });
        right_or_sentence([&] { conv2d(image, plane, {}, {.padding = padding, .dilation = n, .groups = groups}); });
        right_or_sentence(
            [&] { conv_transpose1d(x, weight, {}, {.padding = padding, .dilation = n, .groups = groups}); });
        right_or_sentence([&] {
          conv_transpose1d(x, weight, {},
                           {.stride = n, .padding = padding, .output_padding = n > 0 ? n - 1 : n, .groups = groups});
        });
      }
    }
    right_or_sentence([&] { conv1d(x, ones({2, 2, 2}), {}, {.groups = n}); });
    right_or_sentence([&] { conv_transpose1d(x, ones({2, 2, 2}), {}, {.groups = n}); });
    CHECK_THROWS_AS(conv1d(zeros({1, 0, 3}), zeros({0, 0, 1}), {}, {.groups = n}), Error);
    right_or_sentence([&] { max_pool1d(x, n, {.padding = n / 2}); });
    right_or_sentence([&] { avg_pool1d(x, n, {.padding = n / 2}); });
    right_or_sentence([&] { avg_pool2d(image, n, {.padding = n / 2}); });
    right_or_sentence([&] { max_pool1d(x, 2, {.padding = 1, .dilation = n}); });
    right_or_sentence([&] { adaptive_avg_pool1d(x, n); });
    right_or_sentence([&] { adaptive_max_pool2d(image, n); });
  }
}

TEST_CASE("masks take numbers of any size") {
  const Tensor q = normal({5, 2, 4});
  const Sequences sequences{5};
  const auto all = values(attention(q, q, q, sequences));
  for (const std::int64_t n : {most, half, tera}) {
    CHECK(values(attention(q, q, q, sequences, {.mask = window(n)})) == all);
    CHECK(values(attention(q, q, q, sequences, {.mask = prefix(n)})) == all);
    CHECK(values(attention(q, q, q, sequences, {.mask = lengths(tensor({n}))})) == all);
    CHECK(values(attention(q, q, q, sequences, {.mask = causal() | prefix(n)})) == all);
    CHECK(values(attention(q, q, q, sequences, {.mask = !window(n)})) == std::vector<float>(40, 0));
    CHECK_THROWS_AS(window(-n), Error);
    CHECK_THROWS_AS(prefix(-n), Error);
    CHECK_THROWS_WITH(lengths(tensor({std::int64_t{3}, -n})),
                      Catch::StartsWith("lengths: the count of sequence 1 is -"));
    CHECK_THROWS_AS(prefix(tensor({-n})), Error);
  }
}

TEST_CASE("large rotary positions need no table of all positions") {
  const Tensor x = normal({3, 2, 8}, 0, 1, float64);
  const auto angle = [](std::int64_t position, int pair) {
    return static_cast<double>(position) * std::pow(10000.0, -2.0 * pair / 8);
  };
  reset_peak_memory();
  for (const std::int64_t far : {std::int64_t{1} << 16, std::int64_t{1'000'000'000}, tera, most}) {
    const Tensor positions = tensor({far, std::int64_t{1}, far - 5});
    const auto in = x.to_vector<double>(), out = rotary(x, positions).to_vector<double>();
    const auto at = positions.to_vector<std::int64_t>();
    for (std::size_t row = 0; row < 6; ++row)
      for (std::size_t i = 0; i < 4; ++i) {
        const double a = angle(at[row / 2], static_cast<int>(i)), b = in[row * 8 + i], c = in[row * 8 + 4 + i];
        CHECK(out[row * 8 + i] == Approx(b * std::cos(a) - c * std::sin(a)).margin(1e-12));
        CHECK(out[row * 8 + 4 + i] == Approx(c * std::cos(a) + b * std::sin(a)).margin(1e-12));
      }
    const Tensor variable = x.detach().require_grad();
    backward(sum(rotary(variable, positions) * x));
    CHECK(variable.grad().shape() == x.shape());
  }
  CHECK(memory_report().peak < memory_report().in_use + (1 << 20));
}

TEST_CASE("tensors without elements may have long axes") {
  const Tensor x = zeros({tera, 0});
  const Tensor of_axis[] = {softmax(x),
                            softmax(x, 0),
                            log_softmax(x),
                            cumsum(x, 0),
                            cumsum(x, 1),
                            cumprod(x, 1),
                            sort(x).values,
                            sort(x, 0).values,
                            logcumsumexp(x, 1),
                            flip(x),
                            relu(x),
                            x + x,
                            dropout(x, 0.5),
                            cummax(x, 1)[0],
                            linear_recurrence(x, x, 1),
                            contiguous(transpose(transpose(x))),
                            cast(x, float64)};
  for (const Tensor& y : of_axis) CHECK(y.shape() == x.shape());
  CHECK(sum(x).item() == 0);
  CHECK(sum(x, 0).shape() == Shape{0});
  CHECK(matmul(zeros({tera, 0, 0}), zeros({tera, 0, 0})).shape() == Shape{tera, 0, 0});
  CHECK(matmul(zeros({0, tera}), zeros({tera, 0})).shape() == Shape{0, 0});
  CHECK_THROWS_AS(sum(x, 1), Error);
  CHECK_THROWS_AS(layer_norm(x), Error);
  CHECK_THROWS_AS(matmul(x, zeros({0, 2})), Error);
}

TEST_CASE("batches may be of any size") {
  const std::vector<text::SentencePair> pairs(3, {.source = {3, 4}, .target = {5}});
  for (const std::int64_t bucket : {std::int64_t{64}, most}) {
    const text::TranslationEpoch epoch(pairs, {.tokens = most, .bucket = bucket}, 0);
    CHECK(epoch.batches() == 1);
  }
}
