#include "workspace.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>

#include "../../graph/fail.h"

namespace heed::kernels {
namespace {

class Buffer {
 public:
  Buffer() = default;
  ~Buffer() { std::free(memory_); }
  Buffer(const Buffer&) = delete;

  void* at_least(std::size_t bytes) {
    if (bytes > size_) grow(bytes);
    return memory_;
  }

 private:
  void grow(std::size_t bytes) {
    constexpr std::size_t line = 64, huge_page = 2 << 20;
    bytes = std::max(bytes, size_ + size_ / 2);  // so that a little more each time does not mean each time
    const std::size_t unit = bytes < huge_page ? line : huge_page;
    bytes = (bytes + unit - 1) / unit * unit;
    std::free(memory_);
    size_ = 0;
    memory_ = std::aligned_alloc(unit, bytes);
    if (!memory_) fail("out of memory: {} bytes were asked for to work in", bytes);
    size_ = bytes;
    if (unit == huge_page) madvise(memory_, bytes, MADV_HUGEPAGE);  // else thousands of page faults, and misses later
  }

  void* memory_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace

void* workspace(Workspace which, std::size_t bytes) {
  thread_local Buffer buffers[workspaces];
  return buffers[static_cast<int>(which)].at_least(bytes);
}

}  // namespace heed::kernels
