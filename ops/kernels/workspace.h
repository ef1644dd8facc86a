// Memory that a thread works in: it grows to what was needed most, and is kept for as long as the thread lives.
#pragma once

#include <cstddef>
#include <cstdint>

namespace heed::kernels {

/// A thread may hold one of each at a time.
enum class Workspace {
  own,     // of a chunk
  shared,  // of the thread that hands out chunks, which all of them read
  onednn,  // of a primitive
  unfold,  // of a chunk of a convolution, beside those of its products
};
inline constexpr int workspaces = 4;

/// At least this many bytes from a 64-byte boundary, with no particular content. Valid until the same is asked for
/// again.
void* workspace(Workspace which, std::size_t bytes);

template <Workspace which, class T>
T* workspace(std::int64_t elements) {
  return static_cast<T*>(workspace(which, static_cast<std::size_t>(elements) * sizeof(T)));
}

}  // namespace heed::kernels
