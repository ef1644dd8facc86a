#include "workspace.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>

#include "../../graph/fail.h"

namespace heed::kernels {
namespace {

struct Buffer {
  void* memory;
  std::size_t size;
};
// Emptied at the end of the thread, but not destroyed: destructors that run later may compute, too.
constinit thread_local Buffer buffers[workspaces] = {};

struct AtThreadEnd {
  ~AtThreadEnd() {
    for (Buffer& buffer : buffers) {
      std::free(buffer.memory);
      buffer = {};
    }
  }
};

void grow(Buffer& buffer, std::size_t bytes) {
  constexpr std::size_t line = 64, huge_page = 2 << 20;
  thread_local AtThreadEnd at_end;
  bytes = std::max(bytes, buffer.size + buffer.size / 2);  // so that sizes that grow slowly do not reallocate each time
  const std::size_t unit = bytes < huge_page ? line : huge_page;
  bytes = (bytes + unit - 1) / unit * unit;
  std::free(buffer.memory);
  buffer = {};
  buffer.memory = std::aligned_alloc(unit, bytes);
  if (!buffer.memory) fail("out of memory: cannot allocate a workspace of {} bytes", bytes);
  buffer.size = bytes;
  if (unit == huge_page)
    madvise(buffer.memory, bytes, MADV_HUGEPAGE);  // avoids thousands of page faults, and TLB misses
}

}  // namespace

void* workspace(Workspace which, std::size_t bytes) {
  Buffer& buffer = buffers[static_cast<int>(which)];
  if (bytes > buffer.size) grow(buffer, bytes);
  return buffer.memory;
}

}  // namespace heed::kernels
