// Parallel runtime. Work is split by shape alone, so results do not depend on the number of threads.
#pragma once

#include <cstdint>
#include <type_traits>

namespace heed {

/// Half-open interval of items: [begin, end).
struct Range {
  std::int64_t begin, end;
  /// Number of indices.
  std::int64_t size() const { return end - begin; }
};

/// Sets the maximum number of threads, including the calling one (1 <= n <= 1024). Default: the environment variable
/// HEED_THREADS, or the number of cores this process may use. Several threads may compute at the same time, each with
/// its own helpers within this limit. The forked child of a process that has computed with several threads computes
/// with one, as do destructors at the end of a thread or of the program: the bits are the same.
void set_threads(int n);
/// Maximum number of threads.
int threads();

namespace detail {
/// Number of cores that this process may use.
int cores();
using Chunk = void (*)(const void* body, std::int64_t chunk);
void run_chunks(std::int64_t chunks, const void* body, Chunk call);
/// Number of threads that have run a chunk of a parallel call so far. For tests.
int threads_that_ran_chunks();
}  // namespace detail

/// Calls body(c) for every c in [0, chunks), on any thread in any order, and returns when all are done. Chunks must be
/// determined by shapes alone, and no two chunks may write to the same place. With one chunk, or one thread, it is a
/// plain loop on the caller. The first exception of a body is rethrown.
template <class Body>
void parallel_chunks(std::int64_t chunks, const Body& body) {
  if (chunks == 1) return body(std::int64_t{0});
  detail::run_chunks(chunks, &body, [](const void* b, std::int64_t chunk) { (*static_cast<const Body*>(b))(chunk); });
}

/// Number of items per chunk such that a chunk takes about 20 us. Depends on its arguments alone.
std::int64_t chunk_items(std::int64_t items, double nanoseconds_per_item);

/// Calls body(Range) for ranges that cover [0, items). Ranges depend on items and cost alone; work under about 10 us is
/// a single range on the caller.
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
