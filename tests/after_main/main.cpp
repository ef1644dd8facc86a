// What static objects and handlers of std::atexit compute after main is what main computed.
#include <heed/heed.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

using namespace heed;

namespace {

std::vector<float> computed() {
  seed(3);
  const Tensor a = normal({200, 300}).require_grad(), b = normal({300, 250});
  const Tensor y = matmul(a, b);
  const Tensor low = precision(bfloat16, [&] { return matmul(a.detach(), b); });
  const Tensor turned = rotary(reshape(y, {200, 5, 50}), arange(200));
  backward(sum(tanh(y)) + sum(turned * turned));
  std::vector<float> all = a.grad().to_vector<float>();
  for (const Tensor& one : {low, turned}) {
    const std::vector<float> more = one.to_vector<float>();
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

std::vector<float>& expected() {
  static auto& it = *new std::vector<float>;
  return it;
}

void check(const char* where) {
  const bool same = computed() == expected();
  set_threads(3);
  const bool again = computed() == expected();
  release_cached_memory();
  std::printf("%s: %s\n", where, same && again ? "the same" : "something else");
  std::fflush(stdout);
  if (!same || !again) std::_Exit(1);
}

struct Early {
  ~Early() { check("the destructor of an object made before main"); }
} early;

struct OfAThread {
  ~OfAThread() { check("the destructor of a thread's object"); }
};

}  // namespace

int main() {
  thread_local const OfAThread of_a_thread;
  static_cast<void>(of_a_thread);
  std::atexit([] { check("a function for the end"); });
  set_threads(2);
  expected() = computed();
  static const struct Late {
    ~Late() { check("the destructor of an object made in main"); }
  } late;
  return 0;
}
