// What static objects and handlers of std::atexit compute after main is what main computed: to the bit where oneDNN's
// sgemm does not take part, else nearly.
#include <heed/heed.h>

#include <cmath>
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

/// Of products that sgemm makes while it can: of every layout, long sums, long sides, batches, attention.
std::vector<float> computed_by_sgemm() {
  seed(5);
  std::vector<float> all;
  const auto take = [&](const Tensor& y) {
    for (const float value : y.to_vector<float>()) all.push_back(value);
  };
  for (const std::int64_t n : {40, 100})
    for (const bool turned : {false, true})
      for (const bool turned_other : {false, true}) {
        const Tensor a = normal({n, n}), b = normal({n, n});
        take(matmul(turned ? transpose(a, 0, 1) : a, turned_other ? transpose(b, 0, 1) : b));
      }
  take(matmul(normal({5, 9000}), normal({9000, 50})));
  take(matmul(normal({50, 20}), normal({20, 9000})));
  take(matmul(normal({6, 40, 50}), normal({6, 50, 60})));
  const auto low = [&](const Tensor& a, const Tensor& b) { take(precision(bfloat16, [&] { return matmul(a, b); })); };
  const Tensor m = normal({70, 100}), n = normal({100, 130}), bias = normal({130});
  low(m, n);
  low(transpose(normal({100, 70}), 0, 1), n);
  take(precision(bfloat16, [&] { return linear(m, transpose(n, 0, 1), bias); }));
  const Tensor x = normal({70, 4, 16}).require_grad();
  const Sequences sequences{60, 10};
  const Tensor y = attention(x, x, x, sequences, sequences);
  backward(sum(y * y));
  take(y);
  take(x.grad());
  return all;
}

std::vector<float>& expected() {
  static auto& it = *new std::vector<float>;
  return it;
}

std::vector<float>& expected_by_sgemm() {
  static auto& it = *new std::vector<float>;
  return it;
}

bool is_near(const std::vector<float>& one, const std::vector<float>& other) {
  if (one.size() != other.size()) return false;
  for (std::size_t i = 0; i < one.size(); ++i)
    if (!(std::abs(one[i] - other[i]) <= 1e-3f + 1e-4f * std::abs(other[i]))) return false;
  return true;
}

/// A product of bfloat16 of a size that was not computed before, for which oneDNN needs a new primitive.
bool multiplies_anew() {
  static std::int64_t length = 70;
  length += 64;
  const Tensor a = normal({length, length + 32}), b = normal({length + 32, length});
  const Tensor low = precision(bfloat16, [&] { return matmul(a, b); });
  return max(abs(low - matmul(a, b))).item<float>() < 0.5f;
}

void check(const char* where) {
  const bool same = computed() == expected();
  set_threads(3);
  const bool again = computed() == expected();
  const bool near = is_near(computed_by_sgemm(), expected_by_sgemm()) && multiplies_anew();
  release_cached_memory();
  std::printf("%s: %s\n", where, same && again && near ? "the same" : "something else");
  std::fflush(stdout);
  if (!same || !again || !near) std::_Exit(1);
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
  expected_by_sgemm() = computed_by_sgemm();
  static const struct Late {
    ~Late() { check("the destructor of an object made in main"); }
  } late;
  return 0;
}
