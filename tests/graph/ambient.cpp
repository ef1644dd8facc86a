// Also tests graph/random.h.
#include <heed/graph/ambient.h>
#include <heed/graph/random.h>

#include <set>
#include <thread>
#include <vector>

#include "catch.h"

using namespace heed;

TEST_CASE("scopes nest and restore the previous state", "[graph]") {
  CHECK(ambient().grad);
  {
    NoGrad off;
    CHECK_FALSE(ambient().grad);
    {
      Grad on;
      CHECK(ambient().grad);
    }
    CHECK_FALSE(ambient().grad);
  }
  CHECK(ambient().grad);
  CHECK_THROWS_AS(no_grad([]() -> int { throw 1; }), int);
  CHECK(ambient().grad);
  CHECK(no_grad([] { return ambient().grad ? 1 : 2; }) == 2);
}

TEST_CASE("seed restarts the streams", "[graph]") {
  seed(7);
  const RandomStream first = next_random_stream(), second = next_random_stream();
  CHECK(first.seed == 7);
  CHECK(first.stream != second.stream);
  seed(7);
  CHECK(next_random_stream().stream == first.stream);
}

TEST_CASE("each thread has its own ambient state", "[graph]") {
  seed(5);
  NoGrad off;
  bool grad_there = false;
  std::uint64_t seed_there = 1;
  std::thread([&] {
    grad_there = ambient().grad;
    seed_there = ambient().seed;
    seed(9);
  }).join();
  CHECK(grad_there);
  CHECK(seed_there == 0);
  CHECK(ambient().seed == 5);
}

TEST_CASE("Philox gives the known answers", "[graph]") {
  // Random123, tests/kat_vectors, philox4x32 with 10 rounds.
  using Counter = Philox::Counter;
  CHECK(Philox::block({0, 0, 0, 0}, {0, 0}) == Counter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(Philox::block({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
        Counter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(Philox::block({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Counter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("each new thread draws different numbers", "[graph]") {
  std::set<std::uint64_t> firsts;
  std::vector<std::uint64_t> streams;
  for (int i = 0; i < 8; ++i)
    std::thread([&] {
      const RandomStream one = next_random_stream(), two = next_random_stream();
      CHECK(one.seed == 0);
      CHECK(two.stream == one.stream + 1);
      streams.push_back(one.stream);
    }).join();
  for (const std::uint64_t stream : streams) firsts.insert(stream);
  CHECK(firsts.size() == 8);
  CHECK(firsts.count(0) == 0);  // of the main thread
  for (std::size_t i = 1; i < streams.size(); ++i) CHECK(streams[i] == streams[i - 1] + (std::uint64_t{1} << 40));
  std::thread([] {
    seed(5);
    CHECK(next_random_stream().stream == 0);
    CHECK(ambient().seed == 5);
  }).join();
  std::uint64_t inside = 0, after = 0;
  std::thread([&] {
    Ambient other;
    {
      const AmbientScope scope(other);
      next_random_stream();
    }
    inside = ambient().next_stream;
    after = next_random_stream().stream;
  }).join();
  CHECK(after == inside);
  CHECK(after == streams.back() + (std::uint64_t{1} << 40));  // the thread that was seeded took none
}
