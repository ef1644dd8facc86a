#include <dirent.h>
#include <heed/graph/error.h>
#include <heed/graph/executor.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "catch.h"

namespace {

struct Threads {
  explicit Threads(int n) : before(heed::threads()) { heed::set_threads(n); }
  ~Threads() { heed::set_threads(before); }
  int before;
};

int threads_of_process() {
  int n = 0;
  DIR* tasks = opendir("/proc/self/task");
  while (const dirent* entry = readdir(tasks)) n += entry->d_name[0] != '.';
  closedir(tasks);
  return n;
}

void spin(std::chrono::microseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {
  }
}

struct Used {
  std::set<std::thread::id> threads;
  int concurrent = 0;  // maximum number of chunks that ran at the same time
};

Used threads_used(std::int64_t chunks, std::chrono::microseconds each) {
  std::mutex mutex;
  Used used;
  int running = 0;
  heed::parallel_chunks(chunks, [&](std::int64_t) {
    {
      const std::lock_guard lock{mutex};
      used.concurrent = std::max(used.concurrent, ++running);
      used.threads.insert(std::this_thread::get_id());
    }
    spin(each);
    const std::lock_guard lock{mutex};
    --running;
  });
  return used;
}

}  // namespace

TEST_CASE("every chunk runs once") {
  const Threads threads{GENERATE(1, 2, 3, 8)};
  const std::int64_t chunks = GENERATE(0, 1, 2, 7, 64, 1000);
  std::vector<std::atomic<int>> runs(static_cast<std::size_t>(chunks));
  heed::parallel_chunks(chunks, [&](std::int64_t chunk) { ++runs[static_cast<std::size_t>(chunk)]; });
  for (const auto& run : runs) REQUIRE(run == 1);
}

TEST_CASE("ranges cover the items once, for any cost") {
  const Threads threads{GENERATE(1, 2)};
  const std::int64_t items = GENERATE(0, 1, 3, 1000, 123457);
  const double cost = GENERATE(0.0, 0.1, 30.0, 1e6);
  std::vector<std::atomic<char>> runs(static_cast<std::size_t>(items));
  std::atomic<bool> any_empty{false};  // Catch's assertions are not thread-safe
  heed::parallel(items, cost, [&](heed::Range range) {
    if (range.size() <= 0) any_empty = true;
    for (std::int64_t i = range.begin; i < range.end; ++i) ++runs[static_cast<std::size_t>(i)];
  });
  REQUIRE_FALSE(any_empty);
  for (const auto& run : runs) REQUIRE(run == 1);
}

TEST_CASE("chunks are about 20 microseconds, and few") {
  REQUIRE(heed::chunk_items(1000, 5) == 1000);        // 5 us: one range
  REQUIRE(heed::chunk_items(1000, 200) == 100);       // 200 us: ten chunks
  REQUIRE(heed::chunk_items(10, 1e9) == 1);           // never less than an item
  REQUIRE(heed::chunk_items(1 << 30, 1) == 1 << 22);  // never more than 256 chunks
  REQUIRE(heed::chunk_items(100'000, 1) % 64 == 0);   // long chunks start at a cache line
  REQUIRE(heed::chunk_items(0, 1) == 1);
}

TEST_CASE("the requested number of threads runs chunks, and no more exist") {
  using namespace std::chrono_literals;
  for (const int n : {2, 3, 8}) {
    const Threads threads{n};
    const int others = threads_of_process();
    std::set<std::thread::id> seen;  // may exceed n over all tries: workers take turns
    for (int tries = 0; tries < 50 && seen.size() < static_cast<std::size_t>(n); ++tries) {
      Used used = threads_used(64, 200us);
      REQUIRE(used.concurrent <= n);
      seen.merge(used.threads);
    }
    REQUIRE(seen.size() >= 2);
    REQUIRE(threads_of_process() <= std::max(others, n));
    REQUIRE(heed::detail::threads_that_ran_chunks() >= 2);
  }
}

TEST_CASE("with one thread everything runs on the caller, in order") {
  const Threads threads{1};
  std::vector<std::int64_t> order;
  heed::parallel_chunks(100, [&](std::int64_t chunk) { order.push_back(chunk); });
  REQUIRE(order.size() == 100);
  if (std::getenv("HEED_SHUFFLE_CHUNKS")) {
    REQUIRE_FALSE(std::is_sorted(order.begin(), order.end()));
  } else {
    REQUIRE(std::is_sorted(order.begin(), order.end()));
  }
}

TEST_CASE("a call inside a chunk runs serially on its thread") {
  const Threads threads{2};
  std::atomic<int> elsewhere{0}, runs{0};
  heed::parallel_chunks(16, [&](std::int64_t) {
    const auto here = std::this_thread::get_id();
    heed::parallel_chunks(16, [&](std::int64_t) {
      ++runs;
      elsewhere += std::this_thread::get_id() != here;
    });
  });
  REQUIRE(runs == 256);
  REQUIRE(elsewhere == 0);
}

TEST_CASE("an exception of a chunk reaches the caller, and the next call works") {
  const Threads threads{GENERATE(1, 2)};
  for (int i = 0; i < 20; ++i) {
    REQUIRE_THROWS_AS(heed::parallel_chunks(64,
                                            [](std::int64_t chunk) {
                                              if (chunk == 33) throw std::out_of_range("chunk 33");
                                            }),
                      std::out_of_range);
    std::atomic<int> runs{0};
    heed::parallel_chunks(64, [&](std::int64_t) { ++runs; });
    REQUIRE(runs == 64);
  }
}

TEST_CASE("user threads share the workers") {
  using namespace std::chrono_literals;
  const Threads threads{3};
  threads_used(64, 100us);
  const int before = threads_of_process();
  std::atomic<int> max_threads{0}, runs{0};
  std::vector<std::thread> users;
  for (int user = 0; user < 4; ++user)
    users.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        heed::parallel_chunks(16, [&](std::int64_t) {
          spin(20us);
          ++runs;
        });
        max_threads = std::max(max_threads.load(), threads_of_process());
      }
    });
  for (auto& user : users) user.join();
  REQUIRE(runs == 4 * 20 * 16);
  REQUIRE(max_threads <= std::max(before, 3) + 4);
}

TEST_CASE("a number of threads out of range is an error") {
  REQUIRE_THROWS_WITH(heed::set_threads(0), "set_threads: got 0, expected 1 to 1024");
  REQUIRE_THROWS_WITH(heed::set_threads(1025), "set_threads: got 1025, expected 1 to 1024");
}
