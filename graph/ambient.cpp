#include "ambient.h"

#include <unistd.h>

#include <atomic>

namespace heed::detail {

void take_streams() {
  constexpr int streams_of_a_thread = 40;  // as a power of two
  static constinit std::atomic<std::uint64_t> other_threads{0};
  has_streams = true;
  if (gettid() != getpid())
    ambient_state.next_stream += (other_threads.fetch_add(1, std::memory_order_relaxed) + 1) << streams_of_a_thread;
}

}  // namespace heed::detail
