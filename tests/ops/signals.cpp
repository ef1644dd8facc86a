#include <heed/autodiff/backward.h>
#include <heed/graph/ambient.h>
#include <heed/graph/executor.h>
#include <heed/ops/attention/attention.h>
#include <heed/ops/convolution/convolution.h>
#include <heed/ops/linalg/matmul.h>
#include <heed/ops/linalg/precision.h>
#include <heed/ops/math/arithmetic.h>
#include <heed/ops/random/random.h>
#include <heed/ops/reduce/reduce.h>
#include <heed/ops/shape/view.h>
#include <sys/time.h>

#include <csignal>

#include "catch.h"

using namespace heed;

namespace {

volatile std::sig_atomic_t handled = 0;

/// Overwrites the stack below this frame.
__attribute__((noinline)) void handle(int /*signal*/) {
  volatile char below[12'000];
  for (volatile char& byte : below) byte = 0x55;
  handled = handled + 1;
}

/// Raises a signal every 200 us during its scope.
class Timer {
 public:
  Timer() {
    struct sigaction action = {};
    action.sa_handler = handle;
    action.sa_flags = SA_RESTART;
    sigaction(SIGALRM, &action, &before_);
    set(200);
  }
  ~Timer() {
    set(0);
    sigaction(SIGALRM, &before_, nullptr);
  }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

 private:
  static void set(int microseconds) {
    const itimerval every{{0, microseconds}, {0, microseconds}};
    setitimer(ITIMER_REAL, &every, nullptr);
  }
  struct sigaction before_;
};

std::vector<float> values(const Tensor& x) { return contiguous(x).to_vector<float>(); }

/// Values and gradients of all ops that call oneDNN.
std::vector<std::vector<float>> computed(std::int64_t m, std::int64_t n, std::int64_t k) {
  seed(static_cast<std::uint64_t>(m + 1000 * n));
  std::vector<std::vector<float>> all;
  const auto both = [&](const Tensor& y, const std::vector<Tensor>& inputs) {
    all.push_back(values(y));
    backward(sum(y * y));
    for (const Tensor& x : inputs) all.push_back(values(x.grad()));
  };
  const Tensor a = normal({m, k}).require_grad(), b = normal({k, n}).require_grad();
  const Tensor batch = normal({6, m % 40 + 1, k}).require_grad(), others = normal({6, k, n % 40 + 1}).require_grad();
  both(matmul(a, b), {a, b});
  both(matmul(batch, others), {batch, others});
  const Tensor x = normal({m, 2, 32}).require_grad();
  both(attention(x, x, x, Sequences{m / 2, m - m / 2}), {x});
  const Tensor images = normal({2, 8, 12, 12}).require_grad(), weight = normal({8, 8, 3, 3}).require_grad();
  both(conv2d(images, weight), {images, weight});
  all.push_back(values(precision(bfloat16, [&] { return matmul(a.detach(), b.detach()); })));
  return all;
}

}  // namespace

TEST_CASE("signal handlers change no result", "[ops]") {
  const int before = threads();
  for (const int n : {1, 2}) {
    set_threads(n);
    for (const auto& [m, rows, k] :
         {std::array<std::int64_t, 3>{20, 273, 211}, {191, 279, 181}, {300, 48, 500}, {64, 512, 96}}) {
      CAPTURE(n, m, rows, k);
      const auto expected = computed(m, rows, k);
      const Timer timer;
      for (int i = 0; i < 12; ++i) REQUIRE(computed(m, rows, k) == expected);
    }
  }
  set_threads(before);
  CHECK(handled > 20);
}
