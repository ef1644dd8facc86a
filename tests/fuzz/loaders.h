// Shared by targets for readers of files: any bytes are read or give a heed::Error. libFuzzer reports other exceptions.
#pragma once

#include <fcntl.h>
#include <heed/graph/error.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "input.h"

namespace fuzz {

/// A file in memory, removed at the end of its scope.
class File {
 public:
  File(const std::uint8_t* bytes, std::size_t size) : descriptor_(::memfd_create("fuzz", MFD_CLOEXEC)) {
    if (descriptor_ < 0 || ::write(descriptor_, bytes, size) != static_cast<ssize_t>(size)) std::abort();
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { ::close(descriptor_); }
  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

inline std::string_view text_of(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

template <class Read>
int only_errors(const Read& read) {
  try {
    read();
  } catch (const heed::Error&) {
  }
  return 0;
}

inline void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace fuzz
