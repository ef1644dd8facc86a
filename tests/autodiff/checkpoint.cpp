#include <heed/heed.h>

#include "catch.h"

using namespace heed;
using Catch::Matchers::Message;

namespace {

/// Bits of a result and the gradients, and the next random stream.
struct Run {
  std::vector<std::vector<float>> values;
  std::uint64_t next_stream;
  bool operator==(const Run&) const = default;
};

template <class Function>
Run run(const std::vector<Tensor>& leaves, const Function& f) {
  seed(7);
  const Tensor y = f();
  Run found{{y.to_vector<float>()}, {}};
  backward(sum(y * dropout(y, 0.5, true)));
  found.next_stream = next_random_stream().stream;
  for (const Tensor& x : leaves) {
    found.values.push_back(x.grad().to_vector<float>());
    x.clear_grad();
  }
  return found;
}

/// Linear layer that taps a side result for a loss.
struct Tapped {
  Size width;
  nn::Linear linear{.in = width, .out = width};
  Tensor operator()(const Tensor& x) const {
    Tensor y = linear(x);
    nn::tap(*this, "square", sum(y * y));
    return y;
  }
};

Tensor random(const Shape& shape) { return normal(shape).require_grad(); }

}  // namespace

TEST_CASE("a checkpoint has the bits of the plain run, with dropout and captured parameters", "[checkpoint]") {
  seed(1);
  const Tensor x = random({5, 8}), w = random({8, 8}), v = random({8, 8});
  const auto block = [w, v](const Tensor& a) {
    return dropout(gelu(matmul(dropout(matmul(a, w), 0.3, true), v)), 0.2, true);
  };
  const Run plain = run({x, w, v}, [&] { return block(block(x)); });
  CHECK(run({x, w, v}, [&] { return checkpoint(block, {checkpoint(block, {x})}); }) == plain);
  // A checkpoint that contains two others, nested.
  const auto inner = [&](const Tensor& a) { return checkpoint(block, {a}); };
  const auto both = [&](const Tensor& a) { return checkpoint(inner, {inner(a)}); };
  CHECK(run({x, w, v}, [&] { return checkpoint(both, {x}); }) == plain);
  const auto before = live_nodes();
  (void)checkpoint(both, {x});
  CHECK(live_nodes() == before);
}

// Sums of floats depend on their order. Tensors used several times, inside and outside, accumulate gradients in the
// order of the plain run.
TEST_CASE("gradients are summed in the order of the plain run", "[checkpoint]") {
  seed(3);
  const Tensor x = random({6, 50}), w = random({50}), v = random({50});
  const bool computed = GENERATE(false, true);  // true: inputs and captured tensors are computed, not leaves
  const int uses = GENERATE(1, 2, 3);
  const auto used = [uses](const Tensor& c, const Tensor& p) {
    Tensor h = c * p;
    for (int i = 1; i < uses; ++i) h = tanh(h) * p + c;
    return h;
  };
  const auto compute = [&](int order, bool recompute) {
    const Tensor a = computed ? x * 1.0 : x, p = computed ? w * 1.0 : w;
    const auto inner = [used, p](const Tensor& c) { return used(c, p); };
    const auto f = [=](const Tensor& c) { return recompute ? checkpoint(inner, {c}) : inner(c); };
    const auto nested = [=](const Tensor& c) {
      return recompute ? checkpoint([=](const Tensor& b) { return f(f(b)) * p + b; }, {c}) : f(f(c)) * p + c;
    };
    const auto elsewhere = [&](const Tensor& c) { return gelu(c) * p * v; };
    Tensor y, before, after;
    if (order == 0) {
      y = f(a);
      after = elsewhere(a);
      return y + after;
    }
    before = elsewhere(a);
    if (order == 1) {
      y = f(a);
      return y + before;
    }
    y = order == 2 ? f(f(a)) : nested(a);
    after = elsewhere(a);
    return y + before + after;
  };
  for (int order : {0, 1, 2, 3}) {
    INFO("computed before " << computed << ", used " << uses << " times, order " << order);
    const Run plain = run({x, w, v}, [&] { return compute(order, false); });
    CHECK(run({x, w, v}, [&] { return compute(order, true); }) == plain);
    const auto gradients = [&](bool recompute, const GradOptions& options) {
      const Tensor y = compute(order, recompute);
      std::vector<std::vector<float>> found;
      for (const Tensor& gradient : grad(sum(y * y), {w, x}, options)) found.push_back(gradient.to_vector<float>());
      return found;
    };
    CHECK(gradients(true, {}) == gradients(false, {}));
    CHECK(gradients(true, {.retain_graph = true}) == gradients(false, {}));
    CHECK(gradients(true, {.create_graph = true}) == gradients(false, {.create_graph = true}));
  }
}

TEST_CASE("repeated results and returned inputs have the gradients of the plain run", "[checkpoint]") {
  seed(4);
  const Tensor x = random({6, 50}), w = random({50});
  const auto f = [w](const Tensor& a) {
    const Tensor h = a * w;
    return std::array{h, a, gelu(h) * w, h, w};
  };
  const auto compute = [&](bool recompute) {
    const auto y = recompute ? checkpoint(f, {x}) : f(x);
    Tensor z = w * x;
    for (int i : {0, 3, 4, 2, 1, 0, 3, 1, 4}) z = tanh(z) * y[static_cast<std::size_t>(i)];
    return z;
  };
  CHECK(run({x, w}, [&] { return compute(true); }) == run({x, w}, [&] { return compute(false); }));
}

TEST_CASE("a retained graph with checkpoints can be differentiated again", "[checkpoint]") {
  const Tensor x = tensor({1.0, 2.0}).require_grad(), w = tensor({3.0, 4.0}).require_grad();
  const Tensor y = sum(checkpoint([w](const Tensor& a) { return a * w * w; }, {x}));
  const auto before = live_nodes();
  for (int i = 0; i < 2; ++i) backward(y, {.retain_graph = true});
  CHECK(live_nodes() == before);
  backward(y);
  CHECK(x.grad().to_vector<double>() == std::vector<double>{27, 48});
  CHECK(w.grad().to_vector<double>() == std::vector<double>{18, 48});
  CHECK_THROWS(backward(y));
}

TEST_CASE("captured tensors get gradients when no input requires one", "[checkpoint]") {
  const Tensor x = ones({2, 3}), w = ones({3, 3}).require_grad();
  const Tensor y = checkpoint([&](const Tensor& a) { return matmul(a, w); }, {x});
  REQUIRE(y.requires_grad());
  backward(sum(y));
  CHECK(w.grad().to_vector<float>() == std::vector<float>(9, 2));
}

TEST_CASE("captured tensors that were computed before, and inputs that depend on each other", "[checkpoint]") {
  Tensor w = scalar(3.0).require_grad();
  Tensor h = w * w, k = h * w;  // 9, 27
  const auto f = [h](const Tensor& a, const Tensor& b) { return a * b * h; };
  const Tensor y = checkpoint(f, {h, k});  // w^2 w^3 w^2
  CHECK(y.item() == 2187);
  CHECK(grad(y, w, {.retain_graph = true}).item() == Approx(7 * 729));
  CHECK(grad(y, h, {.retain_graph = true}).item() == Approx(2 * 9 * 27 + 81 * 3));
  backward(y);
  CHECK(w.grad().item() == Approx(7 * 729));
}

TEST_CASE("several results, some of integers, constant, unused, or inputs", "[checkpoint]") {
  Tensor x = tensor({1.0, 2.0}).require_grad(), w = tensor({3.0, 4.0}).require_grad();
  const auto f = [w](const Tensor& a) { return std::array{a * w, cast(a, int64), ones({2}, float64), exp(a), a, w}; };
  const auto y = checkpoint(f, {x});
  CHECK(y[1].to_vector<std::int64_t>() == std::vector<std::int64_t>{1, 2});
  CHECK_FALSE(y[1].requires_grad());
  CHECK_FALSE(y[2].requires_grad());
  backward(sum(y[0] + y[4] * 10 + y[5] * 100));
  CHECK(x.grad().to_vector<double>() == std::vector<double>{13, 14});
  CHECK(w.grad().to_vector<double>() == std::vector<double>{101, 102});
  const std::vector<Tensor> many =
      checkpoint([](std::span<const Tensor> all) { return std::vector<Tensor>{all[0] + all[1]}; }, {x, w});
  CHECK(many[0].to_vector<double>() == std::vector<double>{4, 6});
}

TEST_CASE("second derivatives through checkpoints", "[checkpoint]") {
  const Tensor x = tensor({0.5, -0.25}).require_grad(), w = tensor({1.5, 0.75}).require_grad();
  const auto f = [](const Tensor& a, const Tensor& b) {
    return checkpoint([b](const Tensor& c) { return tanh(c * b) * b; }, {a * a});
  };
  REQUIRE(gradcheck(f, {x, w}));
  REQUIRE(gradgradcheck(f, {x, w}));
  const auto nested = [](const Tensor& a, const Tensor& b) {
    return checkpoint(
        [b](const Tensor& c) { return checkpoint([b](const Tensor& d) { return gelu(d * b); }, {c * b}); }, {a});
  };
  REQUIRE(gradgradcheck(nested, {x, w}));
}

TEST_CASE("a function that takes gradients itself can be checkpointed", "[checkpoint]") {
  const auto f = [](const Tensor& a) {
    const Tensor b = a * a * a;
    return grad(sum(b), a, {.create_graph = true}) * b;  // 3 x^5
  };
  Tensor x = tensor({1.0, 2.0}).require_grad();
  const Tensor h = x * 1.0;
  backward(sum(checkpoint(f, {h})));
  CHECK(x.grad().to_vector<double>() == std::vector<double>{15, 240});
}

TEST_CASE("checkpoints reduce peak memory", "[checkpoint]") {
  constexpr int blocks = 8;
  const Tensor x = random({64, 256});
  const auto block = [](const Tensor& a) {
    Tensor h = a;
    for (int i = 0; i < 8; ++i) h = tanh(h * 1.5);
    return h;
  };
  const auto peak = [&](bool recompute) {
    reset_peak_memory();
    const auto before = memory_report().in_use;
    Tensor h = x;
    for (int i = 0; i < blocks; ++i) h = recompute ? checkpoint(block, {h}) : block(h);
    backward(sum(h));
    x.clear_grad();
    return memory_report().peak - before;
  };
  const auto plain = peak(false), recomputed = peak(true);
  INFO(plain << " bytes, and recomputed " << recomputed);
  CHECK(recomputed < plain / 3);  // 8 inputs and about 16 of one block, of 128
}

TEST_CASE("overwriting a tensor that a checkpoint reads again is an error", "[checkpoint]") {
  const Tensor x = tensor({1.0, 2.0}).require_grad();
  const Tensor w = tensor({1.0, 2.0}).require_grad();
  const Tensor y = sum(checkpoint([&](const Tensor& a) { return a * w; }, {x}));
  w.mutable_data<double>()[0] = 5;
  CHECK_THROWS_MATCHES(
      backward(y), Error,
      Message("the gradient of checkpoint needs values of a tensor [2] that mutable_data has overwritten since"));
}

TEST_CASE("a function that computes differently when recomputed is an error", "[checkpoint]") {
  const Tensor x = tensor({1.0, 2.0}).require_grad(), w = tensor({1.0, 2.0}).require_grad();
  const auto* expected =
      "checkpoint: the recomputed function used other tensors or gave other shapes than in the first run, but it must "
      "depend on its inputs, captured tensors and random numbers alone";
  const Tensor y = checkpoint([&](const Tensor& a) { return is_recomputing() ? a * w : a * 2; }, {x});
  CHECK_THROWS_MATCHES(backward(sum(y)), Error, Message(expected));
  const Tensor z = checkpoint([&](const Tensor& a) { return is_recomputing() ? sum(a) : a * 2; }, {x});
  CHECK_THROWS_MATCHES(backward(sum(z)), Error, Message(expected));
  CHECK_FALSE(is_recomputing());
  CHECK_THROWS_MATCHES(checkpoint([](const Tensor& a) { return a; }, {x, x}), Error,
                       Message("checkpoint: 2 inputs were given, but the function takes 1"));
}

TEST_CASE("hooks inside and around a checkpoint run once", "[checkpoint]") {
  Tensor x = tensor({1.0}).require_grad(), w = tensor({2.0}).require_grad();
  int inside = 0, outside = 0;
  on_gradient(w, [&](const Tensor& dw) {
    ++outside;
    return dw * 10;
  });
  const auto f = [&](const Tensor& a) {
    const Tensor h = a * w;
    on_gradient(h, [&](const Tensor&) { ++inside; });
    return h * w;
  };
  backward(sum(checkpoint(f, {checkpoint(f, {x})})));
  CHECK(inside == 2);
  CHECK(outside == 1);
  CHECK(w.grad().item() == 10 * 4 * 8);  // w^4
}

TEST_CASE("taps in a checkpoint collect once, and the collected tensors have gradients", "[checkpoint]") {
  const Tapped layer{.width = 4};
  const Tensor x = normal({3, 4});
  const auto gradient = [&](bool recompute) {
    const nn::Taps taps{layer};
    const Tensor y = recompute ? nn::checkpointed(layer, x) : layer(x);
    backward(sum(y) + taps["square"]);
    CHECK(taps.size() == 1);
    const std::vector<float> found = layer.linear.weight.grad().to_vector<float>();
    layer.linear.weight.clear_grad();
    layer.linear.bias->clear_grad();
    return found;
  };
  const std::vector<float> plain = gradient(false), recomputed = gradient(true);
  for (std::size_t i = 0; i < plain.size(); ++i) CHECK(recomputed[i] == Approx(plain[i]).epsilon(1e-5));
}

TEST_CASE("a stack of recomputed layers trains with the bits of a plain one", "[checkpoint]") {
  seed(2);
  const auto layer = [](int) {
    return nn::EncoderLayer{.dropout = 0.1f,
                            .attention = nn::MultiHeadAttention<>{.width = 16, .heads = 2, .dropout = 0.1f},
                            .feed_forward = nn::FeedForward{.width = 16}};
  };
  const nn::Stack plain{.layers = nn::repeat(2, layer), .norm = nn::LayerNorm{.width = 16}};
  const nn::Stack recomputed{.layers = plain.layers, .norm = plain.norm, .call = nn::CheckpointedCall{}};
  const Tensor x = normal({7, 16});
  const Sequences sequences{3, 4};
  const auto gradients = [&](const auto& model) {
    seed(5);
    const Tensor y = model(x, sequences);
    backward(sum(y * y));
    std::vector<std::vector<float>> all{y.to_vector<float>()};
    for (const nn::Parameter& p : nn::parameters(model)) {
      all.push_back(p.grad().template to_vector<float>());
      p.clear_grad();
    }
    return all;
  };
  CHECK(gradients(plain) == gradients(recomputed));
}

TEST_CASE("running statistics are updated once for a recomputed batch", "[autodiff]") {
  const nn::BatchNorm plain{.channels = 3}, recomputed{.channels = 3};
  const Tensor x = normal({5, 3}).require_grad();
  backward(sum(plain(x) * x));
  backward(sum(checkpoint([&](const Tensor& h) { return recomputed(h); }, {x}) * x));
  CHECK(plain.running_mean.to_vector<float>() == recomputed.running_mean.to_vector<float>());
  CHECK(plain.running_variance.to_vector<float>() == recomputed.running_variance.to_vector<float>());
}
