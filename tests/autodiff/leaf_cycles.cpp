#include <heed/autodiff/backward.h>
#include <heed/autodiff/checkpoint.h>
#include <heed/graph/create.h>
#include <heed/graph/memory.h>
#include <heed/ops/linalg/matmul.h>
#include <heed/ops/math/arithmetic.h>
#include <heed/ops/math/exponentials.h>
#include <heed/ops/math/softmax.h>
#include <heed/ops/math/trigonometry.h>
#include <heed/ops/reduce/reduce.h>
#include <heed/ops/shape/view.h>

#include <thread>

#include "catch.h"

using namespace heed;

namespace {

struct Alive {
  std::int64_t nodes = live_nodes(), bytes = memory_report().in_use;
  bool operator==(const Alive&) const = default;
};
std::ostream& operator<<(std::ostream& stream, const Alive& alive) {
  return stream << alive.nodes << " nodes, " << alive.bytes << " bytes";
}

std::vector<float> values(const Tensor& x) { return contiguous(x).to_vector<float>(); }

}  // namespace

TEST_CASE("a leaf with a recorded gradient is freed with its last handle", "[autodiff]") {
  const Alive before;
  {
    const Tensor x = full({3}, 2).require_grad();
    backward(sum(x * x * x), {.create_graph = true});
  }
  CHECK(Alive() == before);
  {
    const Tensor x = full({3, 3}, 2).require_grad(), w = full({3, 3}, 1).require_grad(),
                 unused = ones({2}).require_grad();
    Tensor loss = sum(softmax(matmul(tanh(matmul(x, w)), w)) * x) + sum(concat({x, w}) * concat({w, x}));
    loss = loss + sum(checkpoint([w](const Tensor& in) { return exp(matmul(in, w)); }, {x}));
    backward(loss, {.create_graph = true});
    backward(sum(x.grad() * w.grad()), {.create_graph = true});
  }
  CHECK(Alive() == before);
  {
    const Tensor x = full({3}, 2).require_grad();
    x.set_grad(grad(sum(x * x * x), x, {.create_graph = true}));
  }
  CHECK(Alive() == before);
  {
    Tensor kept;
    {
      const Tensor x = full({3}, 2).require_grad();
      kept = x * x;
      backward(sum(kept), {.create_graph = true});
    }
    live_nodes();
    backward(sum(kept));  // the graph of a kept tensor is intact
  }
  CHECK(Alive() == before);
}

TEST_CASE("a recorded gradient keeps its graph while its leaf is reachable", "[autodiff]") {
  const Tensor x = full({3}, 2).require_grad();
  backward(sum(x * x * x), {.create_graph = true});
  live_nodes();
  const Tensor gradient = x.grad();
  REQUIRE(gradient.requires_grad());
  CHECK(values(grad(sum(gradient), x)) == std::vector<float>(3, 12));
  x.clear_grad();
}

TEST_CASE("steps with recorded gradients do not accumulate memory", "[autodiff]") {
  std::int64_t peak = 0;
  const Alive before;
  for (int step = 0; step < 20; ++step) {
    const Tensor x = full({100, 100}, 2).require_grad();
    backward(sum(x * x * x), {.create_graph = true});
  }
  peak = memory_report().peak;
  CHECK(Alive() == before);
  CHECK(peak > 0);
}

TEST_CASE("leaves of several threads are freed during backward passes of others", "[autodiff]") {
  const Alive before;
  std::vector<std::thread> all;
  for (int i = 0; i < 4; ++i)
    all.emplace_back([] {
      for (int step = 0; step < 50; ++step) {
        const Tensor x = full({10}, 2).require_grad();
        backward(sum(x * x * x), {.create_graph = true});
        live_nodes();
        CHECK(values(grad(sum(x.grad()), x)) == std::vector<float>(10, 12));
      }
    });
  for (std::thread& one : all) one.join();
  CHECK(Alive() == before);
}
