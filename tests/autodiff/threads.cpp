#include <heed/autodiff/backward.h>
#include <heed/autodiff/checkpoint.h>
#include <heed/autodiff/hooks.h>
#include <heed/graph/create.h>
#include <heed/ops/linalg/matmul.h>
#include <heed/ops/math/arithmetic.h>
#include <heed/ops/reduce/reduce.h>

#include <atomic>
#include <thread>

#include "catch.h"

using namespace heed;

namespace {

template <class Body>
void in_threads(int count, const Body& body) {
  std::vector<std::thread> all;
  for (int i = 0; i < count; ++i) all.emplace_back([&body, i] { body(i); });
  for (std::thread& one : all) one.join();
}

}  // namespace

TEST_CASE("graphs of several threads add their gradients to a shared parameter", "[autodiff]") {
  constexpr int threads = 4, steps = 200;
  const Tensor weight = ones({7, 5}).require_grad(), bias = ones({5}).require_grad();
  const Tensor also = ones({7, 5}).require_grad();
  in_threads(threads, [&](int i) {
    for (int step = 0; step < steps; ++step) {
      const Tensor x = full({3, 7}, i + 1);
      Tensor loss = sum(matmul(x, weight)) + sum(weight + also) + sum(bias);
      if (step % 2 == 1) loss = loss + sum(checkpoint([&](const Tensor& in) { return matmul(in, weight); }, {x}));
      backward(loss);
      if (const Tensor seen = weight.grad()) CHECK(seen.shape() == weight.shape());
    }
  });
  // Integers, whose sums are exact: 3 (i + 1) for each product, 1.5 products a step, and 1.
  const float of_products = 3 * 1.5f * steps * (1 + 2 + 3 + 4), of_sums = threads * steps;
  CHECK(weight.grad().to_vector<float>() == std::vector<float>(35, of_products + of_sums));
  CHECK(also.grad().to_vector<float>() == std::vector<float>(35, of_sums));
  CHECK(bias.grad().to_vector<float>() == std::vector<float>(5, of_sums));
}

TEST_CASE("hooks of a shared parameter are called by each thread's backward pass", "[autodiff]") {
  const Tensor weight = ones({5}).require_grad();
  std::atomic<int> calls{0};
  on_gradient(weight, [&](const Tensor& gradient) {
    ++calls;
    return gradient * 2.0;
  });
  in_threads(4, [&](int) {
    for (int step = 0; step < 100; ++step) backward(sum(weight));
  });
  CHECK(calls == 400);
  CHECK(weight.grad().to_vector<float>() == std::vector<float>(5, 800));
}

TEST_CASE("a gradient may be read while other threads add to it", "[autodiff]") {
  const Tensor weight = ones({1000}).require_grad();
  std::atomic<bool> stop{false};
  std::thread reader([&] {
    while (!stop) {
      const Tensor seen = weight.grad();
      if (seen) {
        const auto values = seen.to_vector<float>();
        CHECK(values == std::vector<float>(1000, values[0]));
      }
    }
  });
  in_threads(2, [&](int) {
    for (int step = 0; step < 300; ++step) backward(sum(weight));
  });
  stop = true;
  reader.join();
  CHECK(weight.grad().to_vector<float>()[999] == 600);
}
