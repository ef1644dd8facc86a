#include <heed/graph/create.h>
#include <heed/graph/memory.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <random>

#include "catch.h"

using namespace heed;

namespace {

std::int64_t resident() {
  std::int64_t all = 0, present = 0;
  std::ifstream("/proc/self/statm") >> all >> present;
  return present * sysconf(_SC_PAGESIZE);
}

Tensor written(std::int64_t bytes) {
  Tensor x = empty({bytes / 4});
  std::memset(x.mutable_data<float>().data(), 1, static_cast<std::size_t>(x.elements()) * 4);
  return x;
}

}  // namespace

TEST_CASE("random shapes hold at most about the peak in use", "[graph]") {
  release_cached_memory();
  const std::int64_t before = memory_report().in_use, resident_before = resident();
  std::mt19937 random(5);
  std::uniform_real_distribution<double> size(17, 22), share(0, 1);  // 128 KB to 4 MB
  const std::int64_t budget = 40 << 20;
  std::int64_t max_held = 0, max_resident = 0;
  for (int step = 0; step < 150; ++step) {
    std::vector<Tensor> alive;
    const double narrow = 17 + 5 * share(random);  // different sizes in each step
    for (std::int64_t left = budget; left > 0;) {
      const auto bytes = static_cast<std::int64_t>(std::exp2(std::min(size(random), narrow)));
      alive.push_back(step % 20 == 0 ? written(bytes) : empty({bytes / 4}));
      left -= bytes;
    }
    max_held = std::max(max_held, memory_report().in_use + memory_report().cached);
    if (step % 20 == 0) max_resident = std::max(max_resident, resident() - resident_before);
  }
  const std::int64_t peak = memory_report().peak;
  CHECK(peak > budget);
  CHECK(max_held <= 2 * peak);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  CHECK(max_resident <= peak * 22 / 10);
#endif
  CHECK(memory_report().in_use == before);
}

TEST_CASE("release_cached_memory returns cached memory to the system", "[graph]") {
  const Tensor kept = full({1000}, 3);
  written(64 << 20);
  const MemoryReport before = memory_report();
  [[maybe_unused]] const std::int64_t resident_before = resident();
  REQUIRE(before.cached >= 64 << 20);
  const std::int64_t returned = release_cached_memory();
  CHECK(returned >= 63 << 20);
  const MemoryReport after = memory_report();
  CHECK(after.cached == before.cached - returned);
  CHECK(after.in_use == before.in_use);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  CHECK(resident() <= resident_before - (60 << 20));
#endif
  CHECK(release_cached_memory() == 0);
  const Tensor again = written(64 << 20);               // the same block
  CHECK(after.cached - memory_report().cached < 8192);  // except pages at its ends
  CHECK(kept.to_vector<float>() == std::vector<float>(1000, 3));
}

TEST_CASE("a step with known shapes needs no new memory", "[graph]") {
  const auto step = [] {
    std::vector<Tensor> alive;
    for (std::int64_t length = 1; length < 200; ++length) alive.push_back(empty({length * 3000}));
  };
  step();
  step();
  const MemoryReport before = memory_report();
  for (int i = 0; i < 20; ++i) {
    reset_peak_memory();
    step();
  }
  CHECK(memory_report().in_use + memory_report().cached == before.in_use + before.cached);
}
