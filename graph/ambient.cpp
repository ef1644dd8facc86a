#include "ambient.h"

#include <unistd.h>

#include <atomic>

namespace heed::detail {

void take_streams() {
  constexpr int log2_streams_per_thread = 40;
  static constinit std::atomic<std::uint64_t> other_threads{0};
  has_streams = true;
  if (gettid() != getpid())
    ambient_state.next_stream += (other_threads.fetch_add(1, std::memory_order_relaxed) + 1) << log2_streams_per_thread;
}

}  // namespace heed::detail
