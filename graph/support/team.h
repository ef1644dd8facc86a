// Threads that run the chunks of one caller's parallel calls.
#pragma once

#include <tbb/task_arena.h>

#include <cstdint>

#include "../executor.h"

namespace heed::detail {

/// Returns true while this thread runs a chunk.
bool inside_chunk();

/// Returns false in the forked child of a process that had helpers: a team must be neither used nor destroyed there.
bool helpers_exist();

/// Chunks of one parallel call: call(body, (first + i * stride) mod chunks) for each i in [0, chunks).
struct Job {
  const void* body;
  Chunk call;
  std::int64_t chunks, first = 0, stride = 1;
};

/// A calling thread and its helpers. Helpers are TBB workers in the caller's own arena. Each runs chunks of the current
/// job until none is left, and then spins for the next job for some time before it returns to TBB. A training step
/// consists of hundreds of short calls: TBB's workers would sleep in between, and waking one takes 20 to 40 us, or a
/// time slice if another process uses its core.
class Team {
 public:
  /// Team of the caller and at most threads - 1 helpers.
  explicit Team(int threads);
  /// Waits until no helper runs any more.
  ~Team();
  Team(const Team&) = delete;

  int threads() const { return threads_; }

  /// Runs all chunks and returns when they are done. Rethrows the first exception; chunks not yet started are skipped.
  void run(const Job& job);

 private:
  class JobSlot;
  struct HelperTask;
  const int threads_;
  const bool helpers_spin_;  // with more threads than cores, a spinning helper would block the core of a working one
  JobSlot* const slot_;      // outlives the team if a helper task starts late
  tbb::task_arena arena_;
};

}  // namespace heed::detail
