// The threads that run the chunks of one caller's parallel calls.
#pragma once

#include <tbb/task_arena.h>

#include <cstdint>

#include "executor.h"

namespace heed::detail {

/// Whether this thread is running a chunk now.
bool inside_chunk();

/// Returns true if there can be helpers: not in the child of a process that had some when it forked. There a team must
/// be neither used nor destroyed.
bool helpers_exist();

/// The chunks of one call: call(body, place(i)) for each i in [0, chunks), where the place may be another than i.
struct Job {
  const void* body;
  Chunk call;
  std::int64_t chunks, first = 0, stride = 1;
};

/// A calling thread and its helpers. Helpers are TBB's workers, invited into the caller's own arena; each takes the
/// next chunk of the job at hand until none is left, and then looks out for the next job for some time before it goes
/// back to TBB. For a step of training is some hundred short calls: TBB's workers fall asleep in between, and it takes
/// 20 to 40 us to wake one, or a time slice if another process has its core.
class Team {
 public:
  /// Of the caller and at most threads - 1 helpers.
  explicit Team(int threads);
  /// Returns when no helper runs any more.
  ~Team();
  Team(const Team&) = delete;

  int threads() const { return threads_; }

  /// Returns when all chunks have run; rethrows the first exception. Chunks that come after it are left out.
  void run(const Job& job);

 private:
  class Board;
  struct Invitation;
  const int threads_;
  const bool looks_out_;  // with more threads than cores, one that waits would take the core from one that works
  Board* const board_;    // outlives the team if a helper that was invited comes too late
  tbb::task_arena arena_;
};

}  // namespace heed::detail
