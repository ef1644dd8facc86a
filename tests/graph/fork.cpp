#include <heed/autodiff/backward.h>
#include <heed/graph/ambient.h>
#include <heed/graph/create.h>
#include <heed/graph/executor.h>
#include <heed/ops/linalg/matmul.h>
#include <heed/ops/math/trigonometry.h>
#include <heed/ops/random/random.h>
#include <heed/ops/reduce/reduce.h>
#include <heed/ops/shape/view.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <thread>

#include "catch.h"

using namespace heed;

namespace {

/// A computation that uses several threads, and some memory.
std::vector<float> computed() {
  seed(3);
  const Tensor a = normal({200, 300}).require_grad(), b = normal({300, 250});
  backward(sum(tanh(matmul(a, b))));
  return a.grad().to_vector<float>();
}

/// Exit status of a forked child that calls f; it is killed after 20 seconds.
int status_of_child(const std::function<void()>& f) {
  std::fflush(nullptr);  // otherwise the child prints the buffer too
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    f();
    std::_Exit(99);
  }
  int status = -1;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

struct Threads {
  explicit Threads(int n) : before(threads()) { set_threads(n); }
  ~Threads() { set_threads(before); }
  int before;
};

}  // namespace

TEST_CASE("a forked child computes the same bits and exits", "[graph]") {
  const Threads two(2);
  const auto expected = computed();
  const auto same = [&] { return computed() == expected ? 0 : 1; };
  CHECK(status_of_child([] { std::_Exit(0); }) == 0);
  CHECK(status_of_child([] { std::exit(0); }) == 0);
  CHECK(status_of_child([&] { std::_Exit(same()); }) == 0);
  CHECK(status_of_child([&] { std::exit(same()); }) == 0);
  CHECK(status_of_child([&] {
          set_threads(3);
          if (threads() != 3) std::exit(2);
          std::exit(same());
        }) == 0);
  CHECK(status_of_child([&] {
          if (same() != 0) std::exit(2);
          std::exit(status_of_child([&] { std::exit(same()); }));
        }) == 0);
  CHECK(status_of_child([&] {
          int result = 1;
          std::thread([&] { result = same(); }).join();
          std::exit(result);
        }) == 0);
  CHECK(computed() == expected);
}

// Before LLVM 18 (llvm-project pull request 75290), and with GCC 12, the address sanitizer's allocator may stay locked
// in the child.
#ifndef __SANITIZE_ADDRESS__
TEST_CASE("a child forked while other threads compute works", "[graph]") {
  const Threads two(2);
  const auto expected = computed();
  std::atomic<bool> stop{false};
  const Tensor shared = ones({64}).require_grad();
  std::thread other([&] {
    while (!stop) {
      computed();
      for (std::int64_t length = 1; length < 100; ++length) empty({length * 5000});
      backward(sum(shared));
    }
  });
  int wrong = 0;
  for (int i = 0; i < 25; ++i)
    wrong += status_of_child([&] {
               const bool same = computed() == expected;
               shared.clear_grad();
               std::exit(same ? 0 : 1);
             }) != 0;
  stop = true;
  other.join();
  CHECK(wrong == 0);
}
#endif
