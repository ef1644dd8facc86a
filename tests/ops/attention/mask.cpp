// Attention with masks, compared with plain loops over all pairs of query and key.
#include <heed/heed.h>
#include <heed/ops/kernels/gemm/gemm.h>

#include <cmath>
#include <functional>

#include "catch.h"

using namespace heed;

namespace {

/// A pair of query and key: positions in the sequence, lengths, and rows in the batch.
struct Pair {
  std::int64_t sequence, i, j, queries, keys, query_token, key_token;
  std::int64_t distance() const { return i + keys - queries - j; }
};

struct Case {
  std::string name;
  Mask mask;
  std::function<bool(const Pair&)> kept;
};

struct Batch {
  Sequences queries, keys;
  std::vector<std::int64_t> query_documents, key_documents, counts;
  Tensor kept_keys, kept_pairs, kept_places;
  bool places(std::int64_t i, std::int64_t j) const { return at(kept_places, i, j); }
  static bool at(const Tensor& t, std::int64_t i, std::int64_t j) {
    return t.data<bool>()[static_cast<std::size_t>(i * t.size(-1) + j)];
  }
};

Tensor coins(const Shape& shape, double chance) { return uniform(shape) < chance; }

Batch batch(std::vector<std::int64_t> queries, std::vector<std::int64_t> keys) {
  const Sequences q{std::span<const std::int64_t>(queries)}, k{std::span<const std::int64_t>(keys)};
  Batch b{q,
          k,
          {},
          {},
          {},
          coins({k.tokens()}, 0.6),
          coins({q.tokens(), k.max_length() + 2}, 0.5),
          coins({q.max_length(), k.max_length()}, 0.4)};
  for (std::int64_t s = 0; s < q.count(); ++s) {
    for (std::int64_t i = 0; i < q.length(s); ++i) b.query_documents.push_back(i / 3);
    for (std::int64_t j = 0; j < k.length(s); ++j) b.key_documents.push_back(s == 1 ? j % 4 : j / 4);  // one unsorted
    b.counts.push_back((s * 2 + 1) % 5);
  }
  return b;
}

Tensor numbers(const std::vector<std::int64_t>& all) { return tensor(all, {std::ssize(all)}); }

std::vector<Case> cases(const Batch& b) {
  const auto document = [b](const Pair& p) {
    return b.query_documents[static_cast<std::size_t>(p.query_token)] ==
           b.key_documents[static_cast<std::size_t>(p.key_token)];
  };
  const auto counted = [b](const Pair& p) { return p.j < b.counts[static_cast<std::size_t>(p.sequence)]; };
  const auto causes = [](const Pair& p) { return p.distance() >= 0; };
  const Mask documents_of = documents(numbers(b.query_documents), numbers(b.key_documents));
  return {
      {"all", Mask{}, [](const Pair&) { return true; }},
      {"none", !Mask{}, [](const Pair&) { return false; }},
      {"causal", causal(), causes},
      {"causal, from the start", causal(Alignment::start), [](const Pair& p) { return p.j <= p.i; }},
      {"window", window(2), [](const Pair& p) { return std::abs(p.distance()) < 2; }},
      {"sliding window", causal() & window(3), [](const Pair& p) { return p.distance() >= 0 && p.distance() < 3; }},
      {"prefix", prefix(2), [](const Pair& p) { return p.j < 2; }},
      {"prefix of each", causal() | prefix(numbers(b.counts)), [=](const Pair& p) { return causes(p) || counted(p); }},
      {"prefix and window", window(2) | prefix(2), [](const Pair& p) { return std::abs(p.distance()) < 2 || p.j < 2; }},
      {"lengths", lengths(numbers(b.counts)), counted},
      {"documents", documents_of, document},
      {"documents, causal", documents_of & causal(), [=](const Pair& p) { return document(p) && causes(p); }},
      {"other documents", !documents_of, [=](const Pair& p) { return !document(p); }},
      {"keep keys", keep(b.kept_keys), [b](const Pair& p) { return Batch::at(b.kept_keys, 0, p.key_token); }},
      {"keep pairs", keep(b.kept_pairs), [b](const Pair& p) { return Batch::at(b.kept_pairs, p.query_token, p.j); }},
      {"keep a view", keep(transpose(contiguous(transpose(b.kept_pairs)))),
       [b](const Pair& p) { return Batch::at(b.kept_pairs, p.query_token, p.j); }},
      {"keep places", keep(b.kept_places), [b](const Pair& p) { return b.places(p.i, p.j); }},
      {"keep two", keep(b.kept_places) & keep(b.kept_keys),
       [b](const Pair& p) { return b.places(p.i, p.j) && Batch::at(b.kept_keys, 0, p.key_token); }},
      {"keep one of two", keep(b.kept_places) | keep(b.kept_keys),
       [b](const Pair& p) { return b.places(p.i, p.j) || Batch::at(b.kept_keys, 0, p.key_token); }},
      {"not kept", !keep(b.kept_places), [b](const Pair& p) { return !b.places(p.i, p.j); }},
      {"later", !causal(), [=](const Pair& p) { return !causes(p); }},
      {"outside a window", !window(2), [](const Pair& p) { return std::abs(p.distance()) >= 2; }},
      {"nested", (causal() & !(window(2) | keep(b.kept_places))) | (documents_of & !prefix(1)),
       [=](const Pair& p) {
         return (causes(p) && !(std::abs(p.distance()) < 2 || b.places(p.i, p.j))) || (document(p) && p.j >= 1);
       }},
  };
}

struct Inputs3 {
  Tensor query, key, value;
};
constexpr std::int64_t heads = 2, key_heads = 1, width = 3;
Inputs3 inputs(const Batch& b, DType dtype) {
  const Inputs3 x{normal({b.queries.tokens(), heads, width}, 0, 1, dtype),
                  normal({b.keys.tokens(), key_heads, width}, 0, 1, dtype),
                  normal({b.keys.tokens(), key_heads, width}, 0, 1, dtype)};
  for (const Tensor& input : {x.query, x.key, x.value}) input.require_grad();
  return x;
}

std::vector<double> naive(const Batch& b, const Inputs3& x, const Case& c) {
  const auto q = cast(x.query, float64).to_vector<double>(), k = cast(x.key, float64).to_vector<double>(),
             v = cast(x.value, float64).to_vector<double>();
  const auto at = [](std::int64_t row, std::int64_t i) { return static_cast<std::size_t>(row * width + i); };
  std::vector<double> y(q.size());
  for (std::int64_t s = 0; s < b.queries.count(); ++s)
    for (std::int64_t i = 0; i < b.queries.length(s); ++i)
      for (std::int64_t head = 0; head < heads; ++head) {
        const std::int64_t row = (b.queries.offset(s) + i) * heads + head;
        double total = 0;
        for (std::int64_t j = 0; j < b.keys.length(s); ++j) {
          const std::int64_t token = b.keys.offset(s) + j;
          if (!c.kept({s, i, j, b.queries.length(s), b.keys.length(s), b.queries.offset(s) + i, token})) continue;
          double dot = 0;
          for (std::int64_t a = 0; a < width; ++a) dot += q[at(row, a)] * k[at(token, a)];
          const double weight = std::exp(dot / std::sqrt(static_cast<double>(width)));
          total += weight;
          for (std::int64_t a = 0; a < width; ++a) y[at(row, a)] += weight * v[at(token, a)];
        }
        for (std::int64_t a = 0; total > 0 && a < width; ++a) y[at(row, a)] /= total;
      }
  return y;
}

double difference(const std::vector<double>& a, const std::vector<double>& b) {
  REQUIRE(a.size() == b.size());
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!(std::abs(a[i] - b[i]) <= worst)) worst = std::abs(a[i] - b[i]);  // NaN counts
  return worst;
}
std::vector<double> doubles(const Tensor& x) { return cast(x.detach(), float64).to_vector<double>(); }

Tensor attend(const Batch& b, const Inputs3& x, const AttentionOptions& options) {
  return attention(x.query, x.key, x.value, b.queries, b.keys, options);
}

}  // namespace

TEST_CASE("attention with masks and its gradients agree with plain loops", "[ops]") {
  seed(1);
  for (const Batch& b : {batch({5, 0, 9, 1}, {7, 6, 3, 0}), batch({8, 11}, {8, 11}), batch({140, 3}, {600, 150})})
    for (const Case& c : cases(b)) {
      INFO(c.name);
      for (const DType dtype : {float32, float64}) {
        const Inputs3 x = inputs(b, dtype);
        const Tensor y = attend(b, x, {.mask = c.mask});
        CHECK(difference(doubles(y), naive(b, x, c)) < (dtype == float32 ? 3e-6 : 1e-13));
        const std::vector<Tensor> all{x.query, x.key, x.value};
        const Tensor dy = normal(y.shape(), 0, 1, dtype);
        const auto fused = grad(y, all, {.output_gradients = {dy}, .retain_graph = true});
        const auto composed = grad(y, all, {.output_gradients = {dy}, .create_graph = true});
        for (std::size_t i = 0; i < all.size(); ++i)
          CHECK(difference(doubles(fused[i]), doubles(composed[i])) < (dtype == float32 ? 3e-5 : 1e-12));
      }
    }
}

TEST_CASE("attention with masks passes gradcheck and gradgradcheck, with dropout too", "[ops]") {
  seed(2);
  const Batch b = batch({3, 2}, {4, 3});
  for (const Case& c : cases(b)) {
    INFO(c.name);
    const Inputs3 x = inputs(b, float64);
    const auto function = [&](const Tensor& query, const Tensor& key, const Tensor& value) {
      ambient().next_stream = 5;
      return attend(b, {query, key, value}, {.mask = c.mask, .dropout = 0.3f});
    };
    CHECK(gradcheck(function, {x.query, x.key, x.value}));
    if (c.name == "nested" || c.name == "none") CHECK(gradgradcheck(function, {x.query, x.key, x.value}));
  }
}

TEST_CASE("a fully masked query gives exact zeros and has zero gradients", "[ops]") {
  seed(3);
  const Batch b = batch({6, 2}, {6, 5});
  const Tensor kept = tensor<std::int64_t>({1, 0, 1, 1, 0, 0, 1, 0}) > 0.5;  // of the queries
  const Tensor pairs = contiguous(broadcast_to(reshape(kept, {8, 1}), {8, 6}));
  for (const Mask& mask : {keep(pairs), keep(pairs) & causal(), keep(pairs) & !window(1)}) {
    const Inputs3 x = inputs(b, float32);
    const Tensor y = attend(b, x, {.mask = mask});
    backward(sum(y * normal(y.shape())));
    for (const std::int64_t token : {1, 4, 5, 7})
      for (const Tensor& rows : {y.detach(), x.query.grad()})
        CHECK(select(rows, 0, token).to_vector<float>() == std::vector<float>(6, 0.0f));
    for (const float element : x.key.grad().to_vector<float>()) CHECK(std::isfinite(element));
  }
  const Inputs3 x = inputs(b, float32);
  backward(sum(attend(b, x, {.mask = !Mask{}})));
  for (const Tensor& input : {x.query, x.key, x.value})
    for (const float element : input.grad().to_vector<float>()) CHECK(element == 0);
}

TEST_CASE("fully masked tiles are skipped", "[ops]") {
  seed(4);
  const std::int64_t length = 4096;
  const Sequences one{length};
  std::vector<std::int64_t> of_token;
  for (std::int64_t i = 0; i < length; ++i) of_token.push_back(i / 256);
  const auto products = [&](const Mask& mask) {
    const Tensor x = normal({length, 1, 8}).require_grad();
    const std::int64_t before = kernels::multiply_adds();
    backward(sum(attention(x, x, x, one, {.mask = mask})));
    return static_cast<double>(kernels::multiply_adds() - before);
  };
  const double all = products({});
  CHECK(products(causal()) < 0.6 * all);
  CHECK(products(causal() & window(128)) < 0.15 * all);
  CHECK(products(documents(numbers(of_token))) < 0.15 * all);
  CHECK(products(causal() & documents(numbers(of_token))) < 0.15 * all);
  CHECK(products(lengths(numbers({100}))) < 0.1 * all);
  CHECK(products(!Mask{}) == 0);
}

TEST_CASE("masks have the same bits with any number of threads", "[ops]") {
  const int before = threads();
  seed(5);
  const Batch b = batch({300, 40}, {700, 40});
  const Inputs3 x = inputs(b, float32);
  for (const Case& c : cases(b)) {
    std::vector<std::vector<double>> first;
    for (const int n : {1, 3}) {
      set_threads(n);
      ambient().next_stream = 9;
      const Tensor y = attend(b, x, {.mask = c.mask, .dropout = 0.1f});
      const auto gradients = grad(sum(y * y), {x.query, x.key, x.value});
      std::vector<std::vector<double>> results{doubles(y)};
      for (const Tensor& gradient : gradients) results.push_back(doubles(gradient));
      if (first.empty()) first = results;
      CHECK(results == first);
    }
  }
  set_threads(before);
}

TEST_CASE("error messages of masks", "[ops]") {
  const Tensor x = ones({3, 1, 2});
  const auto with = [&](const Mask& mask) { return attention(x, x, x, Sequences{1, 2}, {.mask = mask}); };
  CHECK_THROWS_WITH(window(0), "window: n is 0, but it must be at least 1");
  CHECK_THROWS_WITH(prefix(-1), "prefix: n is -1, but it must not be negative");
  CHECK_THROWS_WITH(prefix(ones({2})), "prefix: got float32 [2], but it must be int64 with one axis");
  CHECK_THROWS_WITH(lengths(zeros({2, 1}, int64)), "lengths: got int64 [2, 1], but it must be int64 with one axis");
  CHECK_THROWS_WITH(documents(ones({2})), "documents: got float32 [2], but it must be int64 with one axis");
  CHECK_THROWS_WITH(keep(ones({2})), "keep: got float32 [2], but it must be bool with one or two axes");
  CHECK_THROWS_WITH(with(causal() & lengths(numbers({1, 2, 3}))),
                    "attention: lengths has counts of 3 sequences, but there are 2");
  CHECK_THROWS_WITH(with(!documents(numbers({1, 2}))),
                    "attention: documents has ids of 2 queries and 2 keys, but there are 3 and 3");
  CHECK_THROWS_WITH(
      with(causal() | keep(zeros({3, 1}, boolean))),
      "attention: keep is [3, 1], but with 3 queries and 3 keys, at most 2 and 2 in a sequence, it must be [3], "
      "[3, 2] or [2, 2]");
}
