// The one parallel runtime. Work is cut by shape alone, so results do not depend on the number of threads.
#pragma once

#include <cstdint>
#include <type_traits>

namespace heed {

/// A half-open interval of items: [begin, end).
struct Range {
  std::int64_t begin, end;
  std::int64_t size() const { return end - begin; }
};

/// Uses at most n threads from now on, the calling one included (1 <= n <= 1024). At the start: the cores this process
/// may use, or the environment variable HEED_THREADS. Several threads may compute at the same time, each with helpers
/// of its own among these. The child of a process that has computed with several threads computes with one, as does
/// what runs at the end of a thread or of the program: the bits are the same.
void set_threads(int n);
int threads();

namespace detail {
/// Those that this process may use.
int cores();
using Chunk = void (*)(const void* body, std::int64_t chunk);
void run_chunks(std::int64_t chunks, const void* body, Chunk call);
/// How many threads have run a chunk of a parallel call so far: for tests.
int threads_that_ran_chunks();
}  // namespace detail

/// Calls body(c) for every c in [0, chunks), on any thread in any order; returns when all are done. The caller decides
/// what a chunk is, from shapes alone; no two chunks may write one place. With one chunk, or one thread, it is a plain
/// loop on the caller. The first exception that a body throws is rethrown.
template <class Body>
void parallel_chunks(std::int64_t chunks, const Body& body) {
  if (chunks == 1) return body(std::int64_t{0});
  detail::run_chunks(chunks, &body, [](const void* b, std::int64_t chunk) { (*static_cast<const Body*>(b))(chunk); });
}

/// Items in one chunk such that a chunk takes about 20 us, given what an item costs. Depends on its arguments alone.
std::int64_t chunk_items(std::int64_t items, double nanoseconds_per_item);

/// Calls body(Range) for ranges that cover [0, items). Cut by items and cost alone; work under about 10 us is one range
/// on the caller.
template <class Body>
void parallel(std::int64_t items, double nanoseconds_per_item, const Body& body) {
  if (items <= 0) return;
  const std::int64_t size = chunk_items(items, nanoseconds_per_item);
  parallel_chunks((items + size - 1) / size, [&](std::int64_t chunk) {
    const std::int64_t begin = chunk * size;
    body(Range{begin, begin + size < items ? begin + size : items});
  });
}

}  // namespace heed
